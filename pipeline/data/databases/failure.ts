/** What went wrong with a database, in words that say what to do and never hold a secret. */
import type { Address } from "./address.ts";

/** A database refused, failed or was not there. */
export class DatabaseError extends Error {
  override readonly name = "DatabaseError";
  /** What to do about it. */
  readonly remedy: string;

  constructor(message: string, remedy: string) {
    super(message);
    this.remedy = remedy;
  }
}

const CHANGED = "Run again: a table of the query was changed while it was read";
const UNREACHED = "Check host and port in the url, and that no firewall stands between";

/** What to do, by the codes of PostgreSQL (SQLSTATE), MySQL and MariaDB, and of the network. */
const REMEDIES: readonly (readonly [readonly (string | number)[], string])[] = [
  [
    ["28P01", "28000", 1045, 1698, 1251],
    "Check user and password: the user in the url (or PGUSER), the password in PGPASSWORD or MYSQL_PWD",
  ],
  [["3D000", 1049], "Check the name of the database: the last part of the url"],
  [["42P01", 1146, "3F000"], "Check the table's name in the query, and its schema"],
  [
    ["42703", 1054],
    "Check the column's name in the query: if the table's columns were renamed, name the new one AS the old",
  ],
  [["42601", 1064, "42883", 1305], "Correct the query: the database does not understand it"],
  [
    ["42501", 1044, 1142, 1143, 1370],
    "Let the database's owner GRANT SELECT on what the query reads to this user",
  ],
  [
    ["25006", 1792],
    "Write a query that only reads: it runs in a transaction that is read only",
  ],
  [
    ["57014", 1969, 3024, 1317, "25P03", "55P03", 1205],
    "Give the user a longer statement_timeout (PostgreSQL) or max_statement_time (MariaDB), or make the query faster; then run again",
  ],
  [[1412], CHANGED],
  [["0A000"], "Correct the query: it asks for what this database does not do"],
  [
    ["53300", 1040, 1203, 1226],
    "Run again later: the server takes no more connections of this user",
  ],
  [
    ["57P01", "57P02", "57P03", 1053, 1927, 1077, 1079],
    "Run again when the server is up: nothing of this run was kept",
  ],
  [["40001", "40P01", 1213], "Run again: the server ended the transaction in favour of another"],
  [["53100", "53200", "53400", 1021, 1041, 3], "Give the database server more disk or memory"],
  [
    ["ENOTFOUND", "EAI_AGAIN", "EAI_NONAME"],
    "Check the host in the url: its name is not known here",
  ],
  [
    ["ECONNREFUSED"],
    "Check host and port in the url, and that the server runs and listens there",
  ],
  [
    ["ETIMEDOUT", "EHOSTUNREACH", "ENETUNREACH"],
    UNREACHED,
  ],
];

const CERTIFICATE =
  "Name who signed the server's certificate by ?sslrootcert=FILE in the url, and the host that it is made out to";

const CONNECTION_LOST =
  "Run again: nothing of this run was kept. If it happens again, look into the server's log";

/**
 * The error to show: without the password, and without the driver's own as its cause, which may hold
 * it. `key` is the config's that the connection or the question is of.
 */
export function databaseFailure(error: unknown, address: Address, key: string): Error {
  if (error instanceof DatabaseError || error instanceof TypeError && isOwn(error, key)) {
    return error;
  }
  if (error instanceof DOMException) return error;
  const found = detailsOf(error, (text) => redacted(text, address).replace(/\s+/g, " ").trim());
  if (/client password must be a (non-empty )?string|using password: NO/.test(found.message)) {
    return new DatabaseError(
      `${key}: ${address.label} asks for a password, and there is none`,
      `Set ${address.kind === "mysql" ? "MYSQL_PWD" : "PGPASSWORD"} in the environment`,
    );
  }
  const said = /cached plan must not change/.test(found.message)
    ? CHANGED
    : /^timeout expired$/.test(found.message)
    ? UNREACHED
    : undefined;
  const known = said ??
    REMEDIES.find(([codes]) => codes.some((code) => found.codes.includes(code)))?.[1];
  // Of some faults of certificates the drivers pass on the words alone.
  const remedy = known ?? (/certificate|altnames/i.test(found.message) ? CERTIFICATE : undefined);
  const where = `${key}: ${address.label}: ${found.message}`;
  if (remedy !== undefined) return new DatabaseError(where, remedy);
  return new DatabaseError(
    where,
    found.lost ? CONNECTION_LOST : "Try the query and the url with psql or mysql, then run again",
  );
}

/** `text` without the password, as it is and as a URL holds it. */
export function redacted(text: string, { password }: Pick<Address, "password">): string {
  if (password === undefined || password === "") return text;
  return [password, encodeURIComponent(password)].reduce(
    (so, secret) => so.replaceAll(secret, "***"),
    text,
  );
}

/** Errors of our own name their key; those of a driver do not. */
function isOwn(error: TypeError, key: string): boolean {
  return error.message.startsWith(key);
}

interface Details {
  readonly message: string;
  /** SQLSTATE, errno, or the network's code. */
  readonly codes: readonly unknown[];
  /** Whether the connection ended before the answer did. */
  readonly lost: boolean;
}

function detailsOf(error: unknown, clean: (text: string) => string): Details {
  if (!(error instanceof Error)) return { message: clean(String(error)), codes: [], lost: false };
  // Several addresses of a name were tried: each failed.
  const inner = error instanceof AggregateError && error.errors[0] instanceof Error
    ? error.errors[0]
    : error;
  const codes = ["code", "errno"].flatMap((name) =>
    name in inner ? [Reflect.get(inner, name) as unknown] : []
  );
  const hint = "hint" in inner && typeof inner.hint === "string" ? ` (${inner.hint})` : "";
  const text = inner.message || String(codes[0] ?? inner.name);
  const lost = /terminated|closed|lost|reset|EPIPE|ended by the other party/i.test(text) ||
    codes.some((code) =>
      ["ECONNRESET", "EPIPE", "PROTOCOL_CONNECTION_LOST"].includes(String(code))
    );
  return { message: clean(text + hint), codes, lost };
}
