/**
 * Formats of the tables that stages hand on, as Parquet. DuckDB writes them, one thread each, in
 * a total order, so that equal values give equal bytes.
 */
import {
  DOUBLE,
  type DuckDBConnection,
  DuckDBDataChunk,
  DuckDBDoubleVector,
  DuckDBIntegerVector,
  type DuckDBType,
  type DuckDBValue,
  INTEGER,
  VARCHAR,
} from "@duckdb/node-api";
import type { Format } from "../engine/stage.ts";
import { identifier, literal, openDuckDB } from "./duckdb.ts";
import type { Interactions } from "./interactions.ts";
import type { Item } from "./items.ts";
import { ITEM_COLUMNS, readItems, readUsers } from "./tables.ts";

/** Rows that DuckDB takes and gives at once. */
const CHUNK = 2048;

/** What `COPY … TO` is told: `hyparquet` reads snappy, and the footer holds facts of the table. */
export function parquetOptions(facts: Readonly<Record<string, string | number>> = {}): string {
  const entries = Object.entries(facts).map(([k, v]) => `${identifier(k)}: ${literal(String(v))}`);
  const metadata = entries.length > 0 ? `, KV_METADATA {${entries.join(", ")}}` : "";
  return `(FORMAT parquet, COMPRESSION snappy${metadata})`;
}

/** The order of `interactions.parquet`: total, since (user, item, time) is unique. */
export const INTERACTIONS_ORDER = `"user", item, "time"`;

/** Purchases: user, item INTEGER (indices), time BIGINT (seconds, or all null), quantity DOUBLE. */
export const interactionsFormat: Format<Interactions> = {
  name: "interactions",
  version: 1,
  extension: ".parquet",
  async write(path, { users, items, user, item, quantity, time }) {
    using db = await openDuckDB();
    const { connection } = db;
    await connection.run(
      `CREATE TABLE t ("user" INTEGER, item INTEGER, "time" DOUBLE, quantity DOUBLE)`,
    );
    await append(connection, "t", [INTEGER, INTEGER, DOUBLE, DOUBLE], user.length, (at) => [
      user[at]!,
      item[at]!,
      time === undefined ? null : time[at]!,
      quantity[at]!,
    ]);
    await connection.run(
      `COPY (SELECT "user", item, CAST("time" AS BIGINT) AS "time", quantity FROM t
       ORDER BY ${INTERACTIONS_ORDER}) TO ${literal(path)}
       ${parquetOptions({ users, items, timed: time === undefined ? 0 : 1 })}`,
    );
  },
  async read(path) {
    using db = await openDuckDB();
    const { connection } = db;
    const facts = await readFacts(connection, path);
    const rows = fact(path, facts, "rows");
    const user = new Uint32Array(rows);
    const item = new Uint32Array(rows);
    const time = fact(path, facts, "timed") === 1 ? new Float64Array(rows) : undefined;
    const quantity = new Float64Array(rows);
    const result = await connection.stream(
      `SELECT "user", item, CAST("time" AS DOUBLE), quantity FROM read_parquet(${literal(path)})`,
    );
    let at = 0;
    for (
      let chunk = await result.fetchChunk();
      chunk?.rowCount;
      chunk = await result.fetchChunk()
    ) {
      fill(user, at, chunk, 0);
      fill(item, at, chunk, 1);
      if (time) fill(time, at, chunk, 2);
      fill(quantity, at, chunk, 3);
      at += chunk.rowCount;
    }
    const users = fact(path, facts, "users");
    return { users, items: fact(path, facts, "items"), user, item, quantity, time };
  },
};

/** Ids by user index: index INTEGER, id VARCHAR. */
export const usersFormat: Format<readonly string[]> = {
  name: "users",
  version: 1,
  extension: ".parquet",
  read: readUsers,
  async write(path, users) {
    using db = await openDuckDB();
    await db.connection.run(`CREATE TABLE t ("index" INTEGER, id VARCHAR)`);
    await append(db.connection, "t", [INTEGER, VARCHAR], users.length, (at) => [at, users[at]!]);
    await copyIndexed(db.connection, path);
  },
};

/** Items by index: index INTEGER, id, name, brand and the attributes of the first item VARCHAR. */
export const itemsFormat: Format<readonly Item[]> = {
  name: "items",
  version: 1,
  extension: ".parquet",
  read: readItems,
  async write(path, items) {
    const attributes = Object.keys(items[0]?.attributes ?? {});
    for (const name of attributes) {
      if (ITEM_COLUMNS.includes(name.toLowerCase())) {
        throw new TypeError(`An item attribute cannot be called "${name}": give it another name`);
      }
    }
    const columns = ["id", "name", "brand", ...attributes];
    using db = await openDuckDB();
    await db.connection.run(
      `CREATE TABLE t ("index" INTEGER, ${
        columns.map((column) => `${identifier(column)} VARCHAR`).join(", ")
      })`,
    );
    await append(
      db.connection,
      "t",
      [INTEGER, ...columns.map(() => VARCHAR)],
      items.length,
      (at) => {
        const { id, name, brand, attributes: values } = items[at]!;
        return [at, id, name, brand, ...attributes.map((column) => values[column] ?? null)];
      },
    );
    await copyIndexed(db.connection, path);
  },
};

async function copyIndexed(connection: DuckDBConnection, path: string): Promise<void> {
  await connection.run(
    `COPY (SELECT * FROM t ORDER BY "index") TO ${literal(path)} ${parquetOptions()}`,
  );
}

/** Appends `rows` rows to `table`, a chunk at a time. */
export async function append(
  connection: DuckDBConnection,
  table: string,
  types: readonly DuckDBType[],
  rows: number,
  row: (at: number) => DuckDBValue[],
): Promise<void> {
  const appender = await connection.createAppender(table);
  for (let from = 0; from < rows; from += CHUNK) {
    const size = Math.min(CHUNK, rows - from);
    const chunk = DuckDBDataChunk.create(types, size);
    const columns: DuckDBValue[][] = types.map(() => []);
    for (let at = from; at < from + size; at++) {
      const values = row(at);
      for (let c = 0; c < columns.length; c++) columns[c]!.push(values[c]!);
    }
    chunk.setColumns(columns);
    appender.appendDataChunk(chunk);
  }
  appender.closeSync();
}

/** Copies one numeric column of a chunk to `target` from `at` on. */
function fill(
  target: Uint32Array | Float64Array,
  at: number,
  chunk: DuckDBDataChunk,
  column: number,
): void {
  const vector = chunk.getColumnVector(column);
  if (!(vector instanceof DuckDBIntegerVector || vector instanceof DuckDBDoubleVector)) {
    throw new SyntaxError(`Column ${column} of the interactions holds ${vector.type}, no number`);
  }
  for (let row = 0; row < chunk.rowCount; row++) target[at + row] = vector.getItem(row) ?? NaN;
}

/** The numbers in the footer that `parquetOptions` wrote, and the number of rows. */
async function readFacts(connection: DuckDBConnection, path: string) {
  const facts = new Map<string, number>();
  const reader = await connection.runAndReadAll(
    `SELECT decode(key), TRY_CAST(decode(value) AS DOUBLE) FROM parquet_kv_metadata(${
      literal(path)
    })
     UNION ALL
     SELECT 'rows', CAST(num_rows AS DOUBLE) FROM parquet_file_metadata(${literal(path)})`,
  );
  for (const [key, value] of reader.getRowsJS()) {
    if (typeof key === "string" && typeof value === "number") facts.set(key, value);
  }
  return facts;
}

function fact(path: string, facts: ReadonlyMap<string, number>, name: string): number {
  const value = facts.get(name);
  if (value !== undefined) return value;
  throw new SyntaxError(`${path} does not say its number of ${name}: run the pipeline again`);
}
