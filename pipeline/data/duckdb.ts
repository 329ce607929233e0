/** DuckDB in one process: opening it so that it stays within bounds, and quoting for its SQL. */
import { type DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import { z } from "zod";

export interface DuckDBOptions {
  /** Worker threads of DuckDB; default 1. */
  readonly threads?: number;
  /** A folder for what does not fit in memory; without it nothing is spilled. */
  readonly scratch?: string;
  /** A file for tables that may be larger than memory; default: in memory. */
  readonly path?: string;
}

/** What DuckDB may hold in memory before it spills to `scratch`. */
const MEMORY_LIMIT = "2GB";

/** An open database; `using` closes it. */
export interface Database extends Disposable {
  readonly connection: DuckDBConnection;
}

/** Opens DuckDB. It never downloads an extension, and times without a zone are UTC. */
export async function openDuckDB(options: DuckDBOptions = {}): Promise<Database> {
  const instance = await DuckDBInstance.create(options.path ?? ":memory:", {
    threads: String(options.threads ?? 1),
    memory_limit: MEMORY_LIMIT,
    temp_directory: options.scratch ?? "",
    autoinstall_known_extensions: "false",
    autoload_known_extensions: "false",
  });
  const connection = await instance.connect();
  return {
    connection,
    [Symbol.dispose]() {
      connection.closeSync();
      instance.closeSync();
    },
  };
}

/** `text` as an SQL string. */
export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** Several strings as an SQL list. */
export function literals(texts: readonly string[]): string {
  return `[${texts.map(literal).join(", ")}]`;
}

/** `name` as an SQL identifier. */
export function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A count or sum: DuckDB gives them as bigints. */
export const number = z.union([z.bigint().transform(Number), z.number()]);

/** Runs `sql` and parses each row, an object by column name, with `schema`. */
export async function query<T>(
  connection: DuckDBConnection,
  sql: string,
  schema: z.ZodType<T>,
): Promise<T[]> {
  const reader = await connection.runAndReadAll(sql);
  return z.array(schema).parse(reader.getRowObjectsJS());
}

/** Runs `sql`, which gives one row of numbers. */
export async function numbers<K extends string>(
  connection: DuckDBConnection,
  sql: string,
  ...names: readonly K[]
): Promise<Readonly<Record<K, number>>> {
  const [row] = await query(connection, sql, z.record(z.string(), number));
  const entries = names.map((name) => {
    const value = row?.[name];
    if (value === undefined) throw new TypeError(`The query gives no "${name}": ${sql}`);
    return [name, value];
  });
  return Object.fromEntries(entries);
}
