/** Database servers for tests: started in a temporary folder, on loopback, never as root. */
import { join } from "node:path";
// @ts-types="../../pipeline/data/databases/mysql2.d.ts"
import { createConnection } from "mysql2";
// @ts-types="../../pipeline/data/databases/pg.d.ts"
import pg from "pg";
import { tell } from "../../pipeline/child.ts";
import { give, programOf, ran, spawned } from "./server_programs.ts";

/** A server that runs until it is disposed of. */
export interface Server extends AsyncDisposable {
  readonly kind: "postgresql" | "mysql";
  readonly port: number;
  /** Who owns database `shop`. */
  readonly owner: string;
  readonly password: string;
  /** As a config has it: without a password. */
  readonly url: string;
  /** Ends it at once, as a crash does. */
  kill(): Promise<void>;
}

/** A certificate and its key, as PEM files. */
export interface Pair {
  readonly certificate: string;
  readonly key: string;
}

/** Not a word that stands anywhere by chance. */
export const PASSWORD = "Tr0ub4dor+s3cret/%40x";

/** For what takes a second or two; a machine may have much else to do. */
const PATIENCE_MS = 120_000;

/** Why there is no such server here; `undefined` where there is. */
export async function missing(kind: Server["kind"]): Promise<string | undefined> {
  const [program, name] = kind === "postgresql"
    ? ["initdb", "postgresql"] as const
    : ["mariadbd", "mariadb-server-core"] as const;
  return await programOf(program) === undefined
    ? `no ${program} here: apt-get install ${name}`
    : undefined;
}

/** Starts PostgreSQL with an empty database `shop`, encrypted by `pair` where it is given. */
export async function startPostgres(pair?: Pair): Promise<Server> {
  const folder = await ownFolder("postgres_");
  const [initdb, postgres] = [await programOf("initdb") ?? "", await programOf("postgres") ?? ""];
  await Deno.writeTextFile(join(folder, "password"), PASSWORD);
  await give(join(folder, "password"));
  await ran(initdb, [
    ...["-D", join(folder, "data"), "-U", "owner", "-A", "scram-sha-256", "-E", "UTF8"],
    ...["--locale=C", "--no-sync", `--pwfile=${join(folder, "password")}`],
  ]);
  const { certificate, key } = await ownPair(folder, pair);
  const start = (port: number) =>
    spawned(postgres, [
      ...pair === undefined ? [] : [
        ...["-c", "ssl=on", "-c", `ssl_cert_file=${certificate}`, "-c", `ssl_key_file=${key}`],
      ],
      ...["-D", join(folder, "data"), "-p", String(port), "-h", "127.0.0.1", "-k", folder],
      ...["-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off"],
    ]);
  const where = (server: Server) => execute(server, ["SHOW data_directory"], "postgres");
  const server = await answering("postgresql", folder, start, where);
  await execute(server, ["CREATE DATABASE shop"], "postgres");
  return server;
}

/** Starts MariaDB with an empty database `shop`, encrypted by `pair` where it is given. */
export async function startMariadb(pair?: Pair): Promise<Server> {
  const folder = await ownFolder("mariadb_");
  const [install, mariadbd] = [
    await programOf("mariadb-install-db") ?? "",
    await programOf("mariadbd") ?? "",
  ];
  const data = `--datadir=${join(folder, "data")}`;
  await ran(install, [
    ...["--no-defaults", data, "--auth-root-authentication-method=normal", "--skip-test-db"],
    "--skip-name-resolve",
  ]);
  const first = join(folder, "start.sql");
  await Deno.writeTextFile(
    first,
    `CREATE DATABASE IF NOT EXISTS shop CHARACTER SET utf8mb4;\n` +
      `CREATE USER IF NOT EXISTS owner@'%' IDENTIFIED BY '${PASSWORD}';\n` +
      `GRANT ALL ON *.* TO owner@'%' WITH GRANT OPTION;\n`,
  );
  await give(first);
  const { certificate, key } = await ownPair(folder, pair);
  const start = (port: number) =>
    spawned(mariadbd, [
      ...["--no-defaults", data, `--port=${port}`, "--bind-address=127.0.0.1"],
      ...[`--socket=${join(folder, "socket")}`, `--pid-file=${join(folder, "pid")}`],
      ...["--skip-name-resolve", `--init-file=${first}`, "--innodb-flush-log-at-trx-commit=0"],
      ...pair === undefined ? [] : [`--ssl-cert=${certificate}`, `--ssl-key=${key}`],
    ]);
  return await answering("mysql", folder, start, (server) => execute(server, ["SELECT @@datadir"]));
}

type Rows = readonly unknown[];

async function postgresQuery(place: Place, statements: readonly string[]): Promise<Rows> {
  const client = new pg.Client({
    ...place,
    ssl: false,
    application_name: "test",
    connectionTimeoutMillis: PATIENCE_MS,
    keepAlive: false,
  });
  client.on("error", () => {});
  try {
    await client.connect();
    let rows: Rows = [];
    for (const statement of statements) ({ rows } = await client.query(statement));
    return rows;
  } finally {
    await client.end().catch(() => {});
  }
}

async function mysqlQuery(place: Place, statements: readonly string[]): Promise<Rows> {
  const connection = createConnection({
    ...place,
    charset: "utf8mb4",
    connectTimeout: PATIENCE_MS,
    enableKeepAlive: false,
    multipleStatements: false,
  });
  connection.on("error", () => {});
  try {
    let rows: Rows = [];
    for (const sql of statements) {
      rows = await new Promise<Rows>((resolve, reject) => {
        connection.query(
          sql,
          (error, found) =>
            error === null ? resolve(Array.isArray(found) ? found : []) : reject(error),
        );
      });
    }
    return rows;
  } finally {
    connection.destroy();
  }
}

interface Place {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
}

/** Runs statements as the owner; the rows of the last one. */
export async function execute(
  { kind, port, owner, password }: Pick<Server, "kind" | "port" | "owner" | "password">,
  statements: readonly string[],
  database = "shop",
): Promise<Rows> {
  const place = { host: "127.0.0.1", port, user: owner, password, database };
  return await (kind === "mysql" ? mysqlQuery : postgresQuery)(place, statements);
}

/** Waits until another connection's statement sleeps, or until none does. */
export async function sleeping(server: Server, wanted = true): Promise<void> {
  const query = server.kind === "mysql"
    ? `SELECT 1 FROM information_schema.processlist
         WHERE info LIKE '%sleep(%' AND id <> connection_id()`
    : "SELECT 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep'";
  const until = performance.now() + PATIENCE_MS;
  while ((await execute(server, [query])).length > 0 !== wanted) {
    if (performance.now() > until) throw new Error(`no statement ${wanted ? "sleeps" : "ends"}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function serverOf(
  kind: Server["kind"],
  port: number,
  child: Deno.ChildProcess,
  folder: string,
): Server {
  const end = async () => {
    // PostgreSQL ends its children at SIGQUIT; of MariaDB there is one process.
    tell(child, kind === "mysql" ? "SIGKILL" : "SIGQUIT");
    await child.status;
  };
  return {
    kind,
    port,
    owner: "owner",
    password: PASSWORD,
    url: `${kind}://owner@127.0.0.1:${port}/shop`,
    kill: end,
    async [Symbol.asyncDispose]() {
      await end();
      await Deno.remove(folder, { recursive: true });
    },
  };
}

/** Starts a server, on another port where somebody took the free one meanwhile, and waits until it answers. */
async function answering(
  kind: Server["kind"],
  folder: string,
  start: (port: number) => Deno.ChildProcess,
  where: (server: Server) => Promise<Rows>,
): Promise<Server> {
  for (let starts = 1;; starts++) {
    const until = performance.now() + PATIENCE_MS;
    const port = freePort();
    const child = start(port);
    let ended = false;
    void child.status.then(() => ended = true);
    const server = serverOf(kind, port, child, folder);
    for (;;) {
      try {
        const data = JSON.stringify(await where(server));
        if (data.includes(folder)) return server;
        throw new Error(`another server is at port ${port}: ${data}`);
      } catch (error) {
        if (ended && starts < 4) break;
        if (ended || performance.now() > until) {
          await server[Symbol.asyncDispose]();
          throw error;
        }
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
  }
}

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

/** A short path: those of sockets may have a hundred letters. */
async function ownFolder(prefix: string): Promise<string> {
  const folder = await Deno.makeTempDir({ prefix });
  await give(folder);
  return folder;
}

/** Copies that are the server's own: it takes no key that others may read. */
async function ownPair(folder: string, pair: Pair | undefined): Promise<Pair> {
  const own = { certificate: join(folder, "certificate.pem"), key: join(folder, "key.pem") };
  if (pair === undefined) return own;
  for (const name of ["certificate", "key"] as const) {
    await Deno.copyFile(pair[name], own[name]);
    await Deno.chmod(own[name], 0o600);
    await give(own[name]);
  }
  return own;
}
