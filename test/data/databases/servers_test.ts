/** Real servers, started here: what PostgreSQL and MariaDB give, how they fail, and what stays. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { openDuckDB } from "../../../pipeline/data/duckdb.ts";
import { fetchTables } from "../../../pipeline/data/databases/fetch.ts";
import { fileDigest, filesOf } from "../../../pipeline/engine/digest.ts";
import { LockFile } from "../../../pipeline/engine/lockfile.ts";
import { silent } from "../../../pipeline/engine/effects.ts";
import { main } from "../../../pipeline/main.ts";
import { buildPipeline } from "../../../pipeline/pipeline.ts";
import {
  execute,
  missing,
  PASSWORD,
  type Server,
  startMariadb,
  startPostgres,
} from "../../support/databases.ts";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url)).replace(/[/\\]$/, "");
const QUERY = "source.interactions.query";
/** The variable that holds the password: in no other test's way. */
const SECRET = "RECOMMENDER_TEST_DATABASE_SECRET";
const WITH_SECRET = (url: string) => url.replace("@", `:\${${SECRET}}@`);
const environment = (name: string) => name === SECRET ? PASSWORD : undefined;
const COLUMNS = { user: "u", item: "i", quantity: "q", time: "t" };
const ORDERS = "SELECT u, i, q, t, note FROM orders";
const ITEMS = "SELECT i AS id, label AS catalog_item_name, price FROM things";

/** What each calls its types, and how it waits. */
const DIALECTS = {
  postgresql: {
    start: startPostgres,
    types: { time: "timestamptz", plain: "timestamp", double: "double precision", yes: "true" },
    sleep: (seconds: number) => `pg_sleep(${seconds})`,
    cut:
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'recommender'`,
  },
  mysql: {
    start: startMariadb,
    types: { time: "timestamp(6) null", plain: "datetime(6)", double: "double", yes: "true" },
    sleep: (seconds: number) => `sleep(${seconds})`,
    cut: `KILL USER owner@'%'`,
  },
} as const;

/** Orders as SQL of both: ids beyond 2^53, decimals, nulls, another script, a time of before 2000. */
const ROWS = [
  `(9007199254740993, 'Größe 4', 1.00, '2024-01-01 10:00:00.5+00:00', null)`,
  `(9007199254740993, 'Größe 4', 2.50, '2024-01-02 10:00:00+00:00', 'x')`,
  `(-7, '日本 "茶"', 1.00, '2024-01-02 00:00:00+00:00', '')`,
  `(12, 'it''s, \u{1f375}', 3.00, '1999-12-31 23:59:59+00:00', 'a')`,
  `(12, 'Größe 4', -1.00, '2024-01-03 00:00:00+00:00', null)`,
  `(null, 'Größe 4', 1.00, '2024-01-03 00:00:00+00:00', null)`,
  `(13, 'Größe 4', null, null, null)`,
];

interface Ran {
  readonly code: number;
  readonly lines: readonly string[];
}

/** One command line over a database, in a folder of its own. */
async function run(folder: string, source: object, args: readonly string[] = []): Promise<Ran> {
  const config = join(folder, "config.json");
  await Deno.writeTextFile(config, JSON.stringify({ source }));
  const lines: string[] = [];
  const say = (text: string) => void lines.push(...text.split("\n"));
  const code = await main(
    ["--only", "ingest", "--config", config, "--store", join(folder, "store"), ...args],
    {
      root: ROOT,
      out: say,
      err: say,
      terminal: false,
      signal: new AbortController().signal,
      build: buildPipeline,
    },
  );
  return { code, lines };
}

async function outputs(folder: string): Promise<Record<string, string>> {
  const { stages } = await LockFile.open(join(folder, "store", "config.lock.json"));
  const found: Record<string, string> = {};
  for (const [stage, { outputs }] of stages) {
    for (const [name, { digest }] of Object.entries(outputs)) found[`${stage}.${name}`] = digest;
  }
  return found;
}

/** What a store holds but for its caches. */
async function contents(folder: string): Promise<string> {
  const names = (await filesOf(join(folder, "store"))).filter((name) => !/stats|^roots/.test(name));
  const digests = await Promise.all(names.map((name) => fileDigest(join(folder, "store", name))));
  return names.map((name, at) => `${name} ${digests[at]}`).join("\n");
}

async function inFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "databases_" });
  try {
    await use(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** The same rows as a Parquet file of the types that fit best. */
async function asParquet(folder: string): Promise<{ orders: string; items: string }> {
  const [orders, items] = [join(folder, "orders.parquet"), join(folder, "items.parquet")];
  using db = await openDuckDB({ threads: 1, scratch: folder });
  await db.run(`
    COPY (SELECT CAST(u AS BIGINT) AS u, i, CAST(q AS DECIMAL(10, 2)) AS q, CAST(t AS TIMESTAMPTZ) AS t, note
      FROM (VALUES ${ROWS.join(", ")}) AS rows(u, i, q, t, note)) TO '${orders}' (FORMAT parquet);
    COPY (SELECT i AS id, label AS catalog_item_name, CAST(price AS DECIMAL(10, 2)) AS price
      FROM (VALUES ${THINGS.join(", ")}) AS rows(i, label, price)) TO '${items}' (FORMAT parquet)`);
  return { orders, items };
}

const THINGS = [
  `('Größe 4', 'Vier', 12.00)`,
  `('日本 "茶"', '茶', 1.50)`,
  `('unsold', null, null)`,
];

for (const kind of ["postgresql", "mysql"] as const) {
  const reason = await missing(kind);
  const { start, types, sleep, cut } = DIALECTS[kind];
  Deno.test({
    name: `a database as the source: ${kind}${reason === undefined ? "" : ` (${reason})`}`,
    ignore: reason !== undefined,
  }, async (t) => {
    await using server = await start();
    Deno.env.set(SECRET, PASSWORD);
    await fill(server, types.time);
    const url = WITH_SECRET(server.url);
    const source = (query = ORDERS, more: object = {}) => ({
      interactions: { url, query, columns: COLUMNS },
      items: { query: ITEMS, columns: { id: "id" } },
      ...more,
    });

    /** Takes so many seconds for each row. */
    const slow = (seconds: number) =>
      `${ORDERS} WHERE ${sleep(seconds)} ${kind === "mysql" ? "= 0" : "IS NOT NULL"}`;

    await t.step("the same digests as from Parquet, in whatever order the rows come", async () => {
      await inFolder(async (folder) => {
        const { orders, items } = await asParquet(folder);
        const parquet = await run(folder, {
          interactions: { path: orders, columns: COLUMNS },
          items: { path: items, columns: { id: "id" } },
        });
        assert.equal(parquet.code, 0, parquet.lines.join("\n"));
        const expected = await outputs(folder);
        const first = await run(folder, source());
        assert.equal(first.code, 0, first.lines.join("\n"));
        const found = await outputs(folder);
        for (const output of ["interactions", "users", "items"]) {
          assert.equal(found[`ingest.${output}`], expected[`ingest.${output}`], output);
        }
        const turned = await run(folder, source(`${ORDERS} ORDER BY q DESC, t DESC`));
        assert.equal(turned.code, 0);
        assert.deepEqual(await outputs(folder), found);
        assert.ok(turned.lines.includes("ingest: cached"), turned.lines.join("\n"));
      });
    });

    await t.step("each run reads again; manual: the first does", async () => {
      await inFolder(async (folder) => {
        const reads = ({ lines }: Ran) => lines.some((line) => line.startsWith("fetch: read"));
        assert.ok(reads(await run(folder, source())));
        const again = await run(folder, source());
        assert.ok(reads(again) && again.lines.includes("ingest: cached"), again.lines.join("\n"));
        const manual = source(ORDERS, { refresh: "manual" });
        assert.ok(reads(await run(folder, manual)));
        assert.ok(!reads(await run(folder, manual)));
      });
    });

    await t.step("types come as ingest reads them", async () => {
      const rows = await read(
        server,
        `SELECT CAST(9223372036854775807 AS ${kind === "mysql" ? "signed" : "bigint"}) AS big,
           CAST(1.10 AS decimal(30, 2)) AS tenths, CAST(12 AS decimal(30, 2)) AS whole,
           d, plain, day, c, yes FROM kinds`,
      );
      assert.deepEqual(rows, [{
        big: "9223372036854775807",
        tenths: "1.10",
        whole: "12",
        d: "1000000000000000",
        plain: kind === "mysql" ? "2024-01-02 03:04:05.678900" : "2024-01-02 03:04:05.6789",
        day: "2024-02-29",
        c: "ab",
        yes: kind === "mysql" ? "1" : "true",
      }]);
      await assert.rejects(
        read(server, "SELECT bytes FROM kinds"),
        /column "bytes" (is bytea|holds bytes): write/,
      );
    });

    await t.step("both queries see one moment", async () => {
      const writing = (async () => {
        await new Promise((resolve) => setTimeout(resolve, 150));
        await execute(server, ["INSERT INTO things (i, label) VALUES ('later', 'x')"]);
      })();
      await inFolder(async (folder) => {
        using db = await openDuckDB({ threads: 1, scratch: folder });
        const asked = (name: string, query: string) => ({
          name,
          query,
          url,
          path: join(folder, `${name}.parquet`),
        });
        const reading = fetchTables(db, [
          asked("interactions", `SELECT 1 AS a, ${sleep(0.5)} AS b`),
          asked("items", "SELECT i FROM things"),
        ], { environment, report: silent, signal: AbortSignal.timeout(20_000) });
        await Promise.all([reading, writing]);
        const [count] = await rowsOf(db, join(folder, "items.parquet"));
        assert.equal(count, THINGS.length);
      });
      await execute(server, ["DELETE FROM things WHERE i = 'later'"]);
    });

    await t.step("what fails says what to do, leaves the store, and tells no secret", async () => {
      await inFolder(async (folder) => {
        assert.equal((await run(folder, source())).code, 0);
        const before = await contents(folder);
        const said: string[] = [];
        const fails = async (source: object, message: RegExp, remedy: RegExp) => {
          const { code, lines } = await run(folder, source, ["--verbose"]);
          said.push(...lines);
          assert.equal(code, 1, lines.join("\n"));
          assert.match(lines.at(-1) ?? "", message);
          assert.match(lines.filter((line) => line.startsWith("What to do")).join(), remedy);
          // A query that gives something else was read well: that stays.
          if (!/has no column/.test(message.source)) assert.equal(await contents(folder), before);
        };
        const at = (url: string) => ({
          ...source(),
          interactions: { ...source().interactions, url },
        });

        Deno.env.set(SECRET, `${PASSWORD}-wrong`);
        await fails(
          source(),
          /url: .*(authentication failed|Access denied)/,
          /Check user and pass/,
        );
        Deno.env.set(SECRET, PASSWORD);
        await fails(at(server.url), /asks for a password, and there is none/, /Set (PG|MYSQL_)/);
        await fails(at(url.replace(/:\d+\//, ":1/")), /ECONNREFUSED/, /Check host and port/);
        await fails(
          at(url.replace(/shop$/, "nowhere")),
          /nowhere/,
          /Check the name of the database/,
        );
        await fails(
          source("SELECT u, i FROM nowhere"),
          /query: .*nowhere/,
          /Check the table's name/,
        );
        await fails(
          source("SELECT u, nix FROM orders"),
          /query: .*nix/,
          /column's name in the query/,
        );
        await fails(
          source("SELECT u, i FROM orders WHERE ("),
          /query: .*syntax/,
          /Correct the query/,
        );
        await fails(
          source("SELECT u, u FROM orders"),
          /several columns "u"/,
          /Correct what it names/,
        );

        await execute(server, timeouts(server, true));
        await fails(source(slow(0.3)), /timeout|max_statement_time/, /longer statement_timeout/);
        await execute(server, timeouts(server, false));

        const cutting = (async () => {
          await new Promise((resolve) => setTimeout(resolve, 300));
          await execute(server, [cut]);
        })();
        await fails(source(slow(0.3)), /terminat|lost|killed/, /Run again/);
        await cutting;
        await fails(source("SELECT u AS x FROM orders"), /query has no column "u"/, /Correct/);
        assert.doesNotMatch(said.join("\n"), new RegExp(RegExp.escape(PASSWORD)));
        await noSecret(folder);
      });
    });

    await t.step("a table that is altered between the queries", async () => {
      const copied = kind === "mysql" ? ", ALGORITHM = COPY" : "";
      await inFolder(async (folder) => {
        const altering = (async () => {
          await new Promise((resolve) => setTimeout(resolve, 150));
          await execute(server, [`ALTER TABLE things ADD COLUMN more int${copied}`]);
        })();
        const { code, lines } = await run(
          folder,
          source(slow(0.1)),
        );
        await altering;
        // PostgreSQL holds the change up until the snapshot is read; MySQL refuses the second query.
        if (kind === "postgresql") assert.equal(code, 0, lines.join("\n"));
        else {
          assert.equal(code, 1);
          assert.match(lines.join("\n"), /items\.query: .*definition has changed/);
          assert.match(lines.join("\n"), /What to do: Run again/);
        }
      });
    });

    await t.step("a server that goes away", async () => {
      await inFolder(async (folder) => {
        const going = (async () => {
          await new Promise((resolve) => setTimeout(resolve, 300));
          await server.kill();
        })();
        const { code, lines } = await run(
          folder,
          source(slow(0.3)),
        );
        await going;
        assert.equal(code, 1);
        assert.match(lines.join("\n"), /What to do: Run again/);
      });
    });
  });
}

async function fill(server: Server, time: string): Promise<void> {
  const text = server.kind === "mysql" ? "varchar(100)" : "text";
  const bytes = server.kind === "mysql" ? "varbinary(9)" : "bytea";
  const { double, plain } = DIALECTS[server.kind].types;
  // MariaDB's texts of times say no zone.
  const rows = ROWS.map((row) => server.kind === "mysql" ? row.replace("+00:00'", "'") : row);
  await execute(server, [
    server.kind === "mysql" ? "SET time_zone = '+00:00'" : "SET TIME ZONE 'UTC'",
    `CREATE TABLE orders (u bigint, i ${text}, q decimal(10, 2), t ${time}, note ${text})`,
    `INSERT INTO orders VALUES ${rows.join(", ")}`,
    `CREATE TABLE things (i ${text}, label ${text}, price decimal(10, 2))`,
    `INSERT INTO things VALUES ${THINGS.join(", ")}`,
    `CREATE TABLE kinds (d ${double}, plain ${plain}, day date, c char(5), yes boolean, bytes ${bytes})`,
    `INSERT INTO kinds VALUES (1e15, '2024-01-02 03:04:05.6789', '2024-02-29', 'ab', true, 'x')`,
  ]);
}

/** Rows of a query as objects, read as the stage does. */
async function read(server: Server, query: string): Promise<Record<string, unknown>[]> {
  const folder = await Deno.makeTempDir();
  try {
    using db = await openDuckDB({ threads: 1, scratch: folder });
    const path = join(folder, "rows.parquet");
    const asked = [{ name: "items", url: WITH_SECRET(server.url), query, path }];
    const signal = AbortSignal.timeout(20_000);
    await fetchTables(db, asked, { environment, report: silent, signal });
    const { asyncBufferFromFile, parquetReadObjects } = await import("hyparquet");
    return await parquetReadObjects({ file: await asyncBufferFromFile(path) });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function rowsOf(_db: unknown, path: string): Promise<number[]> {
  const { asyncBufferFromFile, parquetMetadataAsync } = await import("hyparquet");
  return [Number((await parquetMetadataAsync(await asyncBufferFromFile(path))).num_rows)];
}

function timeouts({ kind }: Server, on: boolean): string[] {
  return kind === "mysql"
    ? [`SET GLOBAL max_statement_time = ${on ? 0.1 : 0}`]
    : [`ALTER ROLE owner ${on ? "SET statement_timeout = 100" : "RESET statement_timeout"}`];
}

/** Reads every file below `folder`. */
async function noSecret(folder: string): Promise<void> {
  const encoded = encodeURIComponent(PASSWORD);
  for (const name of await filesOf(folder)) {
    const text = new TextDecoder("latin1").decode(await Deno.readFile(join(folder, name)));
    assert.ok(!text.includes(PASSWORD) && !text.includes(encoded), `${name} holds the password`);
  }
}
