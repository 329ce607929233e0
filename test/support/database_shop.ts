/** A shop of seven orders in a database, and command lines over it. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } from "hyparquet";
import { fetchTables } from "../../pipeline/data/databases/fetch.ts";
import { openDuckDB } from "../../pipeline/data/duckdb.ts";
import { fileDigest, filesOf } from "../../pipeline/engine/digest.ts";
import { silent } from "../../pipeline/engine/effects.ts";
import { LockFile } from "../../pipeline/engine/lockfile.ts";
import { main } from "../../pipeline/main.ts";
import { buildPipeline } from "../../pipeline/pipeline.ts";
import { execute, PASSWORD, type Server, startMariadb, startPostgres } from "./databases.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url)).replace(/[/\\]$/, "");
/** The variable that holds the password: in no other test's way. */
export const SECRET = "RECOMMENDER_TEST_DATABASE_SECRET";
export const WITH_SECRET = (url: string) => url.replace("@", `:\${${SECRET}}@`);
export const environment = (name: string) => name === SECRET ? PASSWORD : undefined;
export const COLUMNS = { user: "u", item: "i", quantity: "q", time: "t" };
export const ORDERS = "SELECT u, i, q, t, note FROM orders";
export const ITEMS = "SELECT i AS id, label AS catalog_item_name, price FROM things";

/** What each calls its types, and how it waits. */
export const DIALECTS = {
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

export interface Ran {
  readonly code: number;
  readonly lines: readonly string[];
}

/** One command line over a database, in a folder of its own. */
export async function run(
  folder: string,
  source: object,
  args: readonly string[] = [],
): Promise<Ran> {
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

export async function outputs(folder: string): Promise<Record<string, string>> {
  const { stages } = await LockFile.open(join(folder, "store", "config.lock.json"));
  const found: Record<string, string> = {};
  for (const [stage, { outputs }] of stages) {
    for (const [name, { digest }] of Object.entries(outputs)) found[`${stage}.${name}`] = digest;
  }
  return found;
}

/** What a store holds but for its caches. */
export async function contents(folder: string): Promise<string> {
  const names = (await filesOf(join(folder, "store"))).filter((name) => !/stats|^roots/.test(name));
  const digests = await Promise.all(names.map((name) => fileDigest(join(folder, "store", name))));
  return names.map((name, at) => `${name} ${digests[at]}`).join("\n");
}

export async function inFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "databases_" });
  try {
    await use(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** The same rows as a Parquet file of the types that fit best. */
export async function asParquet(folder: string): Promise<{ orders: string; items: string }> {
  const [orders, items] = [join(folder, "orders.parquet"), join(folder, "items.parquet")];
  using db = await openDuckDB({ threads: 1, scratch: folder });
  await db.run(`
    COPY (SELECT CAST(u AS BIGINT) AS u, i, CAST(q AS DECIMAL(10, 2)) AS q, CAST(t AS TIMESTAMPTZ) AS t, note
      FROM (VALUES ${ROWS.join(", ")}) AS rows(u, i, q, t, note)) TO '${orders}' (FORMAT parquet);
    COPY (SELECT i AS id, label AS catalog_item_name, CAST(price AS DECIMAL(10, 2)) AS price
      FROM (VALUES ${THINGS.join(", ")}) AS rows(i, label, price)) TO '${items}' (FORMAT parquet)`);
  return { orders, items };
}

export const THINGS = [
  `('Größe 4', 'Vier', 12.00)`,
  `('日本 "茶"', '茶', 1.50)`,
  `('unsold', null, null)`,
];

export async function fill(server: Server, time: string): Promise<void> {
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
export async function read(server: Server, query: string): Promise<Record<string, unknown>[]> {
  const folder = await Deno.makeTempDir();
  try {
    using db = await openDuckDB({ threads: 1, scratch: folder });
    const path = join(folder, "rows.parquet");
    const asked = [{ name: "items", url: WITH_SECRET(server.url), query, path }];
    const signal = AbortSignal.timeout(120_000);
    await fetchTables(db, asked, { environment, report: silent, signal });
    return await parquetReadObjects({ file: await asyncBufferFromFile(path) });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

export async function rowsIn(path: string): Promise<number> {
  return Number((await parquetMetadataAsync(await asyncBufferFromFile(path))).num_rows);
}

/** Reads every file below `folder`. */
export async function noSecret(folder: string): Promise<void> {
  const encoded = encodeURIComponent(PASSWORD);
  for (const name of await filesOf(folder)) {
    const text = new TextDecoder("latin1").decode(await Deno.readFile(join(folder, name)));
    assert.ok(!text.includes(PASSWORD) && !text.includes(encoded), `${name} holds the password`);
  }
}
