/**
 * DuckDB in one process: opening it so that it stays within bounds, and asking it.
 *
 * Results never come through DuckDB's data chunks: Deno up to 2.9.5 finalizes them twice, and the
 * process that has read some dies at its end (denoland/deno#36538). Tables go through Parquet files,
 * answers of a few rows through a JSON file.
 */
import { DuckDBInstance } from "@duckdb/node-api";
import { join } from "node:path";
import { z } from "zod";
import { literal } from "./sql.ts";

export interface DuckDBOptions {
  /** Worker threads of DuckDB. */
  readonly threads: number;
  /** A folder of the caller's own: for what does not fit in memory, and for answers. */
  readonly scratch: string;
}

/** Bytes that DuckDB may hold before it spills to `scratch`; half of the machine's memory where that is less. */
const MEMORY_LIMIT = 2e9;

/** An open database; `using` closes it. */
export interface Database extends Disposable {
  readonly scratch: string;
  /** Runs statements one after the other; their results are dropped. */
  run(sql: string): Promise<void>;
  /** Runs one SELECT and parses each row, an object by column name, with `schema`. */
  query<T>(sql: string, schema: z.ZodType<T>): Promise<T[]>;
  /** Makes the statement that runs now fail. */
  interrupt(): void;
}

const rows = z.array(z.unknown());

/**
 * Opens DuckDB with its tables in memory, and in `scratch` beyond the limit: a database file would be
 * compressed as it is written, which costs more than reading the input. It never downloads an
 * extension; times are UTC.
 */
export async function openDuckDB({ threads, scratch }: DuckDBOptions): Promise<Database> {
  const instance = await DuckDBInstance.create(":memory:", {
    threads: String(threads),
    memory_limit: `${Math.floor(Math.min(MEMORY_LIMIT, Deno.systemMemoryInfo().total / 2))}B`,
    temp_directory: scratch,
    autoinstall_known_extensions: "false",
    autoload_known_extensions: "false",
  });
  const connection = await instance.connect();
  await connection.run("SET TimeZone = 'UTC'");
  const answer = join(scratch, "answer.json");
  return {
    scratch,
    async run(sql) {
      await connection.run(sql);
    },
    async query(sql, schema) {
      await connection.run(`COPY (${sql}) TO ${literal(answer)} (FORMAT json, ARRAY true)`);
      const found = rows.parse(JSON.parse(await Deno.readTextFile(answer)));
      return z.array(schema).parse(found);
    },
    interrupt: () => connection.interrupt(),
    [Symbol.dispose]() {
      connection.closeSync();
      instance.closeSync();
    },
  };
}

/** Runs `sql`, which gives one row of numbers. */
export async function numbers<K extends string>(
  db: Database,
  sql: string,
  ...names: readonly K[]
): Promise<Readonly<Record<K, number>>> {
  const row = (await db.query(sql, z.record(z.string(), z.number())))[0] ?? {};
  const entries = names.map((name) => {
    const value = row[name];
    if (value === undefined) throw new TypeError(`The query gives no "${name}": ${sql}`);
    return [name, value];
  });
  return Object.fromEntries(entries);
}
