/** Databases as sources: where they are, what is asked, and that no password stands in a config. */
import { z } from "zod";

/** `${NAME}`: a variable of the environment. */
export const PLACEHOLDER = /\$\{([A-Za-z_]\w*)\}/g;

/**
 * What only reads, behind comments. The transaction is read only, but MySQL ends it before it drops a
 * table; and takes a comment that begins with "!" for code.
 */
const READS =
  /^(?:\s+|--[^\n]*\n|#[^\n]*\n|\/\*(?!M?!)(?:[^*]|\*(?!\/))*\*\/|\()*(?:select|with|values|table)\b/i;

const SCHEME = /^(postgres|postgresql|mysql|mariadb):\/\//;
const ALONE = /^\$\{[A-Za-z_]\w*\}$/;

/** Where a database is. What it says wrong, it says without repeating the value: that may be a password. */
export const databaseUrl = z.string().superRefine((url, context) => {
  const refuse = (message: string) => {
    context.addIssue({ code: "custom", message });
  };
  if (ALONE.test(url)) return;
  if (!SCHEME.test(url)) {
    return refuse(
      "write postgresql://USER@HOST:PORT/DATABASE, mysql://… or mariadb://…, or one ${NAME} for all of it",
    );
  }
  if (/\$\{/.test(url.replace(PLACEHOLDER, ""))) {
    return refuse('a "${" begins the name of a variable: write ${NAME}');
  }
  const rest = url.replace(SCHEME, "");
  // Up to the last @: one in a password that is not encoded belongs to it.
  const user = rest.slice(0, Math.max(rest.lastIndexOf("@"), 0));
  const password = user.includes(":") ? user.slice(user.indexOf(":") + 1) : "";
  if (password !== "" && !ALONE.test(password)) {
    return refuse(
      "it holds a password: write ${NAME} in its place and set that variable, or leave it out " +
        "and set PGPASSWORD (PostgreSQL) or MYSQL_PWD (MySQL)",
    );
  }
  if (/[?&](password|pwd|pass)=/i.test(rest)) {
    return refuse("a password among its options would be kept: set PGPASSWORD or MYSQL_PWD");
  }
}).describe(
  "A database: postgresql://USER@HOST:PORT/DATABASE, mysql:// or mariadb://. ${NAME} is taken from the environment. Passwords are never written here: PGPASSWORD, MYSQL_PWD or ${NAME}.",
);

/** What is asked: its columns are those that `columns` names. */
export const databaseQuery = z.string().regex(READS, "write a SELECT (or WITH, VALUES, TABLE)")
  .describe("The SELECT whose rows are read. It is kept in the lock file: no secrets.");

/** When a database is read again. */
export const refreshSchema = z.enum(["always", "manual"]).default("always")
  .describe(
    "Databases: always: each run reads them. manual: what was read last is taken; `run --only fetch --force` reads again.",
  );

interface Place {
  readonly path?: unknown;
  readonly url?: string | undefined;
  readonly query?: string | undefined;
}

/** What a source's places must be together. */
export function databaseRules(
  { interactions, items }: { readonly interactions: Place; readonly items: Place },
  context: z.RefinementCtx,
): void {
  for (const [name, place] of [["interactions", interactions], ["items", items]] as const) {
    const refuse = (key: string, message: string) =>
      context.addIssue({ code: "custom", path: [name, key], message });
    const { path, url, query } = place;
    if (url !== undefined && path !== undefined) {
      refuse("url", "path and url are both set: leave one of them out");
    }
    if (query !== undefined && path !== undefined) {
      refuse("query", "path and query are both set: leave one of them out");
    }
    if (url !== undefined && query === undefined) refuse("query", "say what to read: a SELECT");
    if (query === undefined || url !== undefined) continue;
    if (name === "interactions") refuse("url", "say which database query is for");
    else if (interactions.url === undefined) {
      refuse("url", "say which database query is for; left out, it is that of interactions");
    }
  }
}
