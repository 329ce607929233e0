/**
 * `deno task test:databases [--rows 2000000]`: purchases out of PostgreSQL and MariaDB as large as a
 * shop's, through the command line: digests, memory, lost connections, changed tables, secrets. Says
 * each thing that it has shown; skips, with exit code 0, what is not installed.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { openDuckDB } from "../../pipeline/data/duckdb.ts";
import { contents, noSecret, outputs } from "../support/database_shop.ts";
import {
  execute,
  missing,
  PASSWORD,
  type Server,
  startMariadb,
  startPostgres,
} from "../support/databases.ts";
import { showEncryption } from "./encrypted.ts";
import { type Ended, megabytes, runPipeline, say } from "./command_line.ts";

/** What a run may hold at its peak: DuckDB's own limit, and the rest of a process. */
const MOST_MEMORY = 2.5e9;
const USERS = 33_000;
const ITEMS = 30_000;

/** The same orders in every dialect: whole numbers of row n, a time of so many seconds. */
const ORDER = {
  user: `n * 7919 % ${USERS} + 9007199254740993`,
  item: `n * 104729 % ${ITEMS}`,
  quantity: "n % 3 + 1",
  seconds: "1700000000 + n * 13",
};

const SERVERS = {
  postgresql: {
    start: startPostgres,
    fill: (rows: number) => [
      `CREATE TABLE orders AS SELECT CAST(${ORDER.user} AS bigint) AS u, CAST(${ORDER.item} AS text) AS i,
         CAST(${ORDER.quantity} AS numeric(10, 2)) AS q, to_timestamp(${ORDER.seconds}) AS t
       FROM generate_series(CAST(1 AS bigint), ${rows}) AS n`,
      `CREATE TABLE things AS SELECT CAST(n AS text) AS id, 'Größe ' || n AS name
       FROM generate_series(0, ${ITEMS - 1}) AS n`,
    ],
    cut:
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'recommender'`,
    variable: "PGPASSWORD",
  },
  mysql: {
    start: startMariadb,
    fill: (rows: number) => [
      "SET time_zone = '+00:00'",
      `CREATE TABLE orders (u bigint, i varchar(20), q decimal(10, 2), t timestamp null)`,
      `INSERT INTO orders SELECT ${ORDER.user}, ${ORDER.item}, ${ORDER.quantity}, from_unixtime(${ORDER.seconds})
       FROM (SELECT CAST(seq AS signed) AS n FROM seq_1_to_${rows}) AS numbers`,
      `CREATE TABLE things AS SELECT CAST(seq AS char(20)) AS id, concat('Größe ', seq) AS name
       FROM seq_0_to_${ITEMS - 1}`,
    ],
    cut: "KILL USER owner@'%'",
    variable: "MYSQL_PWD",
  },
} as const;

const COLUMNS = { user: "u", item: "i", quantity: "q", time: "t" };
const DESCRIBED = { id: "id", name: "name" };

/** Runs the command line in `folder` over `source`. */
async function pipeline(
  folder: string,
  source: object,
  environment: Readonly<Record<string, string>> = {},
  onProgress: (stage: string) => void = () => {},
): Promise<Ended> {
  await Deno.writeTextFile(join(folder, "config.json"), JSON.stringify({ source }));
  return await runPipeline(folder, environment, onProgress);
}

async function parquet(folder: string, rows: number): Promise<object> {
  const [orders, things] = [join(folder, "orders.parquet"), join(folder, "things.parquet")];
  using db = await openDuckDB({ threads: 2, scratch: folder });
  await db.run(`
    COPY (SELECT CAST(${ORDER.user} AS BIGINT) AS u, CAST(${ORDER.item} AS VARCHAR) AS i,
        CAST(${ORDER.quantity} AS DECIMAL(10, 2)) AS q, to_timestamp(${ORDER.seconds}) AS t
      FROM range(1, ${rows + 1}) AS numbers(n)) TO '${orders}' (FORMAT parquet);
    COPY (SELECT CAST(n AS VARCHAR) AS id, 'Größe ' || n AS name
      FROM range(${ITEMS}) AS numbers(n)) TO '${things}' (FORMAT parquet)`);
  return {
    interactions: { path: orders, columns: COLUMNS },
    items: { path: things, columns: DESCRIBED },
  };
}

async function show(server: Server, folder: string, rows: number, expected: object): Promise<void> {
  const { kind } = server;
  const { cut, fill, variable } = SERVERS[kind];
  const secret = { [variable]: PASSWORD };
  await execute(server, fill(rows));
  const source = {
    interactions: { url: server.url, query: "SELECT * FROM orders", columns: COLUMNS },
    items: { query: "SELECT * FROM things", columns: DESCRIBED },
  };
  const said: string[] = [];
  const run = async (
    environment: Readonly<Record<string, string>> = secret,
    onProgress?: (stage: string) => void,
  ) => {
    const ended = await pipeline(folder, source, environment, onProgress);
    said.push(...ended.lines);
    return ended;
  };

  const first = await run();
  assert.equal(first.code, 0, first.lines.join("\n"));
  const { "fetch.interactions": fetched, ...found } = await outputs(folder);
  for (const [output, digest] of Object.entries(expected)) {
    if (output !== "ingest.report") assert.equal(found[output], digest, output);
  }
  say(
    `${kind}: ${rows} rows ingested in ${
      first.seconds.toFixed(1)
    } s, the digests of the same Parquet file`,
  );
  const quarter = join(folder, "quarter");
  await Deno.mkdir(quarter);
  const query = "SELECT * FROM orders WHERE u % 4 = 0";
  const less = await pipeline(quarter, {
    ...source,
    interactions: { ...source.interactions, query },
  }, secret);
  assert.equal(less.code, 0, less.lines.join("\n"));
  assert.ok(first.peak < MOST_MEMORY, `it held ${megabytes(first.peak)}`);
  say(
    `${kind}: at most ${megabytes(first.peak)} of memory, ${
      megabytes(less.peak)
    } for a quarter of the rows`,
  );

  const again = await run();
  assert.ok(again.lines.includes("ingest: cached"), again.lines.join("\n"));
  assert.equal((await outputs(folder))["fetch.interactions"], fetched);
  say(`${kind}: nothing changed: read again in ${again.seconds.toFixed(1)} s, the rest cached`);

  const before = await contents(folder);
  const fails = async (what: string, message: RegExp, ended: Ended) => {
    assert.equal(ended.code, 1, ended.lines.join("\n"));
    assert.match(ended.lines.join("\n"), message);
    assert.equal(await contents(folder), before);
    say(`${kind}: ${what}: exit code 1, the store as it was: ${ended.lines.at(-1)}`);
  };
  await fails(
    "a wrong password",
    /Check user and password/,
    await run({ [variable]: "wr0ng-s3cret" }),
  );
  let cutting: Promise<unknown> | undefined;
  const cutOff = await run(secret, (stage) => {
    if (stage === "fetch") cutting ??= execute(server, [cut]).catch(() => {});
  });
  await cutting;
  assert.ok(cutting !== undefined, "rows were on their way");
  await fails("a connection cut amid the rows", /Run again/, cutOff);
  await execute(server, ["ALTER TABLE orders RENAME COLUMN q TO pieces"]);
  const renamed = await pipeline(folder, {
    ...source,
    interactions: { ...source.interactions, query: "SELECT u, i, q, t FROM orders" },
  }, secret);
  said.push(...renamed.lines);
  await fails("a column that was renamed", /Check the column's name/, renamed);
  await execute(server, ["ALTER TABLE orders RENAME COLUMN pieces TO q"]);
  let killing: Promise<void> | undefined;
  const killed = await run(secret, (stage) => {
    if (stage === "fetch") killing ??= server.kill();
  });
  await killing;
  await fails("a server killed amid the rows", /Run again|is up/, killed);
  await fails("a server that is gone", /Check host and port/, await run());

  assert.doesNotMatch(said.join("\n"), new RegExp(`${RegExp.escape(PASSWORD)}|wr0ng-s3cret`));
  await noSecret(folder);
  say(`${kind}: no password in ${said.length} lines of output, lock file, keys or objects`);
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { rows: { type: "string", default: "2000000" } } });
  const rows = Number(values.rows);
  const folder = await Deno.makeTempDir({ prefix: "databases_" });
  try {
    let expected: object | undefined;
    for (const kind of ["postgresql", "mysql"] as const) {
      const reason = await missing(kind);
      if (reason !== undefined) {
        say(`${kind}: skipped (${reason})`);
        continue;
      }
      if (expected === undefined) {
        const own = join(folder, "parquet");
        await Deno.mkdir(own);
        const { code, lines } = await pipeline(own, await parquet(own, rows));
        assert.equal(code, 0, lines.join("\n"));
        expected = await outputs(own);
      }
      const own = join(folder, kind);
      await Deno.mkdir(own);
      await using server = await SERVERS[kind].start();
      await show(server, own, rows, expected);
      await showEncryption(kind, folder);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

if (import.meta.main) {
  try {
    await main();
  } catch (error) {
    say(error instanceof Error ? error.message : String(error));
    Deno.exit(1);
  }
}
