/** A user's file as DuckDB sees it: its kind, its columns, and the SQL that scans it. */
import { basename, join } from "node:path";
import { z } from "zod";
import type { Database } from "./duckdb.ts";
import { identifier, literal } from "./sql.ts";

export interface Source {
  readonly path: string;
  readonly kind: "csv" | "parquet";
  /** DuckDB's type by column name, in the file's order. */
  readonly columns: ReadonlyMap<string, string>;
  /** A table expression for FROM. */
  readonly scan: string;
  /** The same on one thread: see `ambiguous` in `purchases.ts`. */
  readonly serialScan: string;
}

/** A column that must be there, and the config key that names it. */
export interface Needed {
  readonly column: string;
  readonly key: string;
}

const DELIMITERS = [",", ";", "\t", "|"];
const KINDS: readonly [RegExp, Source["kind"]][] = [
  [/\.(csv|tsv|txt)(\.gz|\.zst)?$/i, "csv"],
  [/\.(parquet|pq)$/i, "parquet"],
];

/**
 * Opens `path` and checks that it has every column of `needed`. Throws `TypeError` for a kind of
 * file that is not known and `SyntaxError` where it cannot be read or lacks a column.
 */
export async function openSource(
  db: Database,
  path: string,
  needed: readonly Needed[],
): Promise<Source> {
  const kind = KINDS.find(([pattern]) => pattern.test(path))?.[1];
  if (kind === undefined) {
    throw new TypeError(
      `${path}: files are told by their endings, and this is none of .csv, .csv.gz, .csv.zst, ` +
        ".tsv, .txt, .parquet: rename or convert it",
    );
  }
  let source: Source;
  try {
    const open = kind === "csv" ? openCsv : openParquet;
    source = await open(db, path, needed.map(({ column }) => column));
  } catch (error) {
    throw unreadable(path, error);
  }
  const found = [...source.columns.keys()];
  for (const { column, key } of needed) {
    if (source.columns.has(column)) continue;
    const like = found.find((name) => name.trim().toLowerCase() === column.toLowerCase());
    throw new SyntaxError(
      `${path} has no column "${column}"; its columns are ${found.join(", ") || "none"}. ` +
        `Set ${key} to ${like ? `"${like}"` : "the one that is meant"}`,
    );
  }
  return source;
}

/** What to say of a file that DuckDB cannot read: the first line of its reason. */
export function unreadable(path: string, error: unknown): SyntaxError {
  const message = error instanceof Error ? error.message : String(error);
  return new SyntaxError(
    `${path} cannot be read: ${message.split("\n")[0]}. Check that ${basename(path)} is whole, ` +
      "is what its ending says, and is UTF-8 where it is text",
    { cause: error },
  );
}

/** DuckDB expands globs in paths; the engine has done so already, and names may hold such marks. */
function exactly(path: string): string {
  return literal(path.replace(/[*?[]/g, "[$&]"));
}

/**
 * DuckDB's sniffer takes broken lines for another dialect, so nothing is sniffed from the rows:
 * the header alone, copied to a file of its own, is tried with each delimiter, and the one under
 * which most of the wanted columns appear is taken.
 */
async function openCsv(
  db: Database,
  path: string,
  wanted: readonly string[],
): Promise<Source> {
  const header = await db.query(
    `SELECT line FROM read_csv(${exactly(path)}, auto_detect = false, header = false,
       columns = {'line': 'VARCHAR'}, delim = '\u0001', quote = '', escape = '',
       ignore_errors = true) LIMIT 1`,
    z.object({ line: z.string() }),
  );
  const line = header[0]?.line;
  if (line === undefined) throw new SyntaxError("it is empty");
  if (line.includes("\0")) throw new SyntaxError("it is not UTF-8 (UTF-16?): convert it");
  const copy = join(db.scratch, "header.csv");
  await Deno.writeTextFile(copy, line + "\n");
  let best: { delimiter: string; names: string[]; hits: number } | undefined;
  for (const delimiter of DELIMITERS) {
    const names = [
      ...(await describe(
        db,
        `SELECT * FROM read_csv(${exactly(copy)}, header = true, all_varchar = true,
         delim = ${literal(delimiter)}, quote = '"', escape = '"')`,
      )).keys(),
    ];
    const hits = wanted.filter((column) => names.includes(column)).length;
    if (
      best === undefined || hits > best.hits ||
      (hits === best.hits && names.length > best.names.length)
    ) best = { delimiter, names, hits };
  }
  const { delimiter, names } = best!;
  const options = `auto_detect = false, header = true, delim = ${literal(delimiter)},
    quote = '"', escape = '"', store_rejects = true,
    columns = {${names.map((name) => `${literal(name)}: 'VARCHAR'`).join(", ")}}`;
  return {
    path,
    kind: "csv",
    columns: new Map(names.map((name) => [name, "VARCHAR"])),
    scan: `read_csv(${exactly(path)}, ${options})`,
    serialScan: `read_csv(${exactly(path)}, ${options}, parallel = false)`,
  };
}

async function openParquet(db: Database, path: string): Promise<Source> {
  const scan = `read_parquet(${exactly(path)})`;
  const columns = await describe(db, `SELECT * FROM ${scan}`);
  return { path, kind: "parquet", columns, scan, serialScan: scan };
}

/** The columns that `select` gives, with their types. */
async function describe(db: Database, select: string): Promise<ReadonlyMap<string, string>> {
  const columns = await db.query(
    `SELECT column_name, column_type FROM (DESCRIBE ${select})`,
    z.object({ column_name: z.string(), column_type: z.string() }),
  );
  return new Map(columns.map(({ column_name, column_type }) => [column_name, column_type]));
}

/** SQL: the column as text, null where it is empty. Whole numbers kept as floats lose their ".0". */
export function textOf(source: Source, column: string): string {
  const name = identifier(column);
  const type = source.columns.get(column) ?? "VARCHAR";
  const text = /^(FLOAT|DOUBLE|DECIMAL)/.test(type)
    ? `CASE WHEN ${name} = trunc(${name}) AND abs(${name}) < 9007199254740992
       THEN CAST(CAST(${name} AS BIGINT) AS VARCHAR) ELSE CAST(${name} AS VARCHAR) END`
    : `CAST(${name} AS VARCHAR)`;
  return `CASE WHEN trim(CAST(${name} AS VARCHAR)) <> '' THEN ${text} END`;
}

/** SQL: the column as a quantity to three decimals, null where it is none. */
export function quantityOf(column: string): string {
  return `TRY_CAST(${identifier(column)} AS DECIMAL(18, 3))`;
}

/**
 * SQL: the column as seconds since 1970 UTC, null where it is no time. Text may be an ISO date or
 * timestamp (UTC unless it says otherwise), or seconds (9-10 digits) or milliseconds (12-13) since
 * 1970.
 */
export function timeOf(source: Source, column: string): string {
  const name = identifier(column);
  const type = source.columns.get(column) ?? "VARCHAR";
  if (/^(TIMESTAMP|DATE)/.test(type)) {
    return `CASE WHEN isfinite(${name}) THEN CAST(floor(epoch(${name})) AS BIGINT) END`;
  }
  const text = type === "VARCHAR" ? `trim(${name})` : textOf(source, column);
  const stamp = `TRY_CAST(${text} AS TIMESTAMPTZ)`;
  return `CASE WHEN regexp_full_match(${text}, '[0-9]{9,10}') THEN TRY_CAST(${text} AS BIGINT)
    WHEN regexp_full_match(${text}, '[0-9]{12,13}') THEN TRY_CAST(${text} AS BIGINT) // 1000
    WHEN isfinite(${stamp}) THEN CAST(floor(epoch(${stamp})) AS BIGINT) END`;
}
