/** Where a database is and who asks: a URL of the config, filled in from the environment. */

/** How the connection is encrypted, as PostgreSQL's `sslmode` says it. */
export type Tls = "prefer" | "disable" | "require" | "verify-full";

export interface Address {
  readonly kind: "postgresql" | "mysql";
  readonly host: string;
  readonly port: number;
  readonly user: string | undefined;
  readonly password: string | undefined;
  readonly database: string | undefined;
  readonly tls: Tls;
  /** A file of certificates that are trusted, in place of the usual ones. */
  readonly authorities: string | undefined;
  /** What messages call it: no user, no password. */
  readonly label: string;
}

/** A variable of the environment; empty ones count as not set. */
export type Environment = (name: string) => string | undefined;

const PLACEHOLDER = /\$\{([A-Za-z_]\w*)\}/g;
const ALONE = /^\$\{([A-Za-z_]\w*)\}$/;
const MODES: readonly Tls[] = ["prefer", "disable", "require", "verify-full"];
const OPTIONS = ["sslmode", "sslrootcert"];
/** Stands for a host that is left out. */
const UNNAMED = "unnamed.invalid";

/** The variables that each database's own clients read, and its usual port. */
const CLIENTS = {
  postgresql: {
    port: 5432,
    host: "PGHOST",
    portOf: "PGPORT",
    user: "PGUSER",
    password: "PGPASSWORD",
    database: "PGDATABASE",
    tls: "PGSSLMODE",
    authorities: "PGSSLROOTCERT",
  },
  mysql: {
    port: 3306,
    host: "MYSQL_HOST",
    portOf: "MYSQL_TCP_PORT",
    user: undefined,
    password: "MYSQL_PWD",
    database: undefined,
    tls: undefined,
    authorities: undefined,
  },
} as const;

/**
 * The address that `url` stands for. `${NAME}` is replaced by that variable; a URL that is one
 * placeholder alone is the variable's value as it is. What the URL leaves out is taken from the
 * variables that the database's own clients read.
 *
 * Throws `TypeError` where a variable is missing or the URL says what is not known; the message names
 * `key`, the config's, and never repeats the URL.
 */
export function addressOf(url: string, key: string, environment: Environment): Address {
  const valueOf = (name: string) => {
    const value = environment(name);
    if (value === undefined || value === "") {
      throw new TypeError(`${key} asks for \${${name}}, which the environment lacks: set ${name}`);
    }
    return value;
  };
  const alone = ALONE.exec(url)?.[1];
  const filled = alone === undefined
    ? url.replace(PLACEHOLDER, (_, name: string) => encodeURIComponent(valueOf(name)))
    : valueOf(alone).trim();
  const wrong = (what: string) =>
    new TypeError(
      `${key}${alone === undefined ? "" : `, the value of ${alone},`} ${what}: ` +
        "write postgresql://USER@HOST:PORT/DATABASE or mysql://…",
    );
  const scheme = /^(postgres|postgresql|mysql|mariadb):\/\//.exec(filled)?.[1];
  if (scheme === undefined) throw wrong("begins with no scheme that is known");
  // The URL parser wants a host where there is a user.
  const whole = filled.replace(/^(\w+:\/\/([^@/?#]*@)?)(?=[/:?#]|$)/, `$1${UNNAMED}`);
  if (!URL.canParse(whole)) throw wrong("is no URL (is a part of it not percent-encoded?)");
  const found = new URL(whole);
  const kind = scheme.startsWith("postgres") ? "postgresql" : "mysql";
  const client = CLIENTS[kind];
  const known = (name: string | undefined) =>
    name === undefined ? undefined : environment(name) || undefined;

  const options = new Map(found.searchParams);
  for (const name of options.keys()) {
    if (!OPTIONS.includes(name)) {
      throw wrong(`has an option that is not known (known are ${OPTIONS.join(", ")})`);
    }
  }
  const tls = options.get("sslmode") ?? known(client.tls) ?? "prefer";
  const mode = MODES.find((mode) => mode === tls);
  if (mode === undefined) throw wrong(`has an sslmode that is none of ${MODES.join(", ")}`);
  const authorities = options.get("sslrootcert") ?? known(client.authorities);
  // Who names a signer believes that somebody asks for it. Where nothing is asked for, a variable may stand.
  const believed = options.has("sslrootcert") || mode === "require";
  if (authorities !== undefined && believed && mode !== "verify-full") {
    throw new TypeError(
      `${key}: sslrootcert says who is trusted, which sslmode=${mode} does not ask: ` +
        "write sslmode=verify-full",
    );
  }
  const named = found.hostname === UNNAMED ? undefined : found.hostname;
  const host = (named ?? known(client.host) ?? "localhost").replace(/^\[(.*)\]$/, "$1");
  if (/[/%]/.test(host)) throw wrong("names a socket, or no host: name a host, it is read by TCP");
  const port = Number(found.port || (known(client.portOf) ?? client.port));
  if (!Number.isInteger(port) || port < 1 || port > 65535) throw wrong("has no usable port");
  const decoded = (part: string) => {
    if (part === "") return undefined;
    try {
      return decodeURIComponent(part);
    } catch {
      throw wrong("is not percent-encoded as it should be");
    }
  };
  // Not the URL parser's path: it walks through "." and "..", which are names here.
  const path = /^\w+:\/\/[^/?#]*\/([^?#]*)/.exec(whole)?.[1] ?? "";
  const database = decoded(path) ?? known(client.database);
  const shown = host.includes(":") ? `[${host}]` : host;
  return {
    kind,
    host,
    port,
    user: decoded(found.username) ?? known(client.user),
    password: decoded(found.password) ?? known(client.password),
    database,
    tls: mode,
    authorities,
    label: `${kind}://${shown}:${port}${database === undefined ? "" : `/${database}`}`,
  };
}
