/** The user's files as DuckDB sees them: their kind, their columns, and the SQL that scans them. */
import { basename, join } from "node:path";
import { z } from "zod";
import { dialectOf, scanCsv } from "./csv.ts";
import type { Database } from "./duckdb.ts";
import { STAGED, stageNdjson } from "./ndjson.ts";
import { clearRejects } from "./rejects.ts";
import { exactly, identifier } from "./sql.ts";
import { type Encoding, readHead, toUtf8 } from "./text.ts";
import type { ColumnTypes } from "./values.ts";

type Kind = "csv" | "parquet" | "ndjson";

/** How a source is scanned. */
export interface Scan {
  /** Keep broken lines in table `reject_errors`; else they are skipped without a word. */
  readonly rejects?: boolean;
  /** Read on one thread: see `purchases.ts`. */
  readonly serial?: boolean;
  /** Read this file of the source only. */
  readonly only?: number;
}

/** Files of one kind with the same columns, read as one table. */
export interface Source {
  readonly kind: Kind;
  /** As the user named them. */
  readonly files: readonly string[];
  /** What is read in their place, in the same order: UTF-8 copies of those in another encoding. */
  readonly paths: readonly string[];
  readonly columns: ColumnTypes;
  /** CSV only. */
  readonly delimiter: string;
  /** Columns whose names the header holds more than once. */
  readonly repeated: ReadonlySet<string>;
  /** NDJSON only: the table of lines that were refused when it was staged. */
  readonly refused?: string;
  /** A table expression: the columns, and `file_index`, a file's place in `files`. */
  scan(how?: Scan): string;
  /**
   * A table expression: the columns of one file's rows, and `record`, a row's place in the file from 0:
   * in CSV not counting broken records, in NDJSON counting broken and blank lines. NDJSON gives the
   * rows of all files where none is named.
   */
  records(file?: number): string;
}

/** A column that must be there, and the config key that names it. */
export interface Needed {
  readonly column: string;
  readonly key: string;
}

const KINDS: readonly [RegExp, Kind][] = [
  [/\.(csv|tsv|txt)(\.gz|\.zst)?$/i, "csv"],
  [/\.(ndjson|jsonl|json)(\.gz|\.zst)?$/i, "ndjson"],
  [/\.(parquet|pq)$/i, "parquet"],
];

/** How many files' heads are read at once. */
const AT_ONCE = 16;

/**
 * Opens files, those that look alike as one source. `wanted` are columns by which the delimiter of a
 * CSV file is told. Throws `TypeError` for a kind of file that is not known and `SyntaxError` where
 * one cannot be read; the message names it.
 */
export async function openSources(
  db: Database,
  files: readonly string[],
  encoding: Encoding,
  wanted: readonly string[],
): Promise<Source[]> {
  const groups = new Map<
    string,
    { kind: Kind; header: string; files: string[]; paths: string[] }
  >();
  const look = async (file: string) => {
    const kind = kindOf(file);
    if (kind === "parquet") return { kind, header: "", path: file };
    // Of a name of its own: purchases, catalogue and lists are opened one after the other.
    const copy = join(db.scratch, `utf8-${crypto.randomUUID()}.txt`);
    try {
      const path = await toUtf8(file, encoding, copy) ? copy : file;
      const { line, first } = await readHead(path);
      if (kind === "ndjson") {
        if (first === "[") {
          throw new SyntaxError("it is a JSON array: write one object a line (jq -c '.[]' does)");
        }
        return { kind, header: "", path };
      }
      if (line === undefined) throw new SyntaxError("it is empty");
      return { kind, header: line, path };
    } catch (error) {
      throw unreadable(file, error);
    }
  };
  for (let from = 0; from < files.length; from += AT_ONCE) {
    const part = files.slice(from, from + AT_ONCE);
    const found = await Promise.all(part.map(look));
    for (const [at, { kind, header, path }] of found.entries()) {
      const key = `${kind} ${header}`;
      const group = groups.get(key) ?? { kind, header, files: [], paths: [] };
      group.files.push(part[at]!);
      group.paths.push(path);
      groups.set(key, group);
    }
  }
  const sources: Source[] = [];
  for (const { kind, header, files, paths } of groups.values()) {
    try {
      if (kind === "csv") sources.push(await openCsv(db, header, files, paths, wanted));
      else if (kind === "ndjson") sources.push(await openNdjson(db, files, paths));
      else sources.push(...await openParquet(db, files));
    } catch (error) {
      throw unreadable(files.join(", "), error);
    }
  }
  return sources;
}

/** Throws `SyntaxError` where `source` lacks a column of `needed`, or has it twice. */
export function requireColumns(source: Source, needed: readonly Needed[]): void {
  const found = [...source.columns.keys()];
  const file = source.files.length > 1 && source.kind === "ndjson"
    ? `${source.files[0]} (and ${source.files.length - 1} more)`
    : source.files[0];
  for (const { column, key } of needed) {
    if (source.repeated.has(column)) {
      throw new SyntaxError(
        `${file} has several columns "${column}": rename those that ${key} does not mean`,
      );
    }
    if (source.columns.has(column)) continue;
    const like = found.find((name) => name.trim().toLowerCase() === column.toLowerCase());
    throw new SyntaxError(
      `${file} has no column "${column}"; its columns are ${shown(found) || "none"}. ` +
        `Set ${key} to ${like ? `"${like}"` : "the one that is meant"}`,
    );
  }
}

/** What to say of a file that cannot be read: the first line of the reason. */
export function unreadable(path: string, error: unknown): SyntaxError {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof SyntaxError && message.includes(" cannot be read: ")) return error;
  const mixed = message.includes("reached an invalid state");
  return new SyntaxError(
    `${path} cannot be read: ${message.split("\n")[0]}. Check that ${basename(path)} is whole, ` +
      `is what its ending says, ${mixed ? "has the same line ends throughout, " : ""}` +
      "and is UTF-8 where it is text",
    { cause: error },
  );
}

function kindOf(path: string): Kind {
  const kind = KINDS.find(([pattern]) => pattern.test(path))?.[1];
  if (kind !== undefined) return kind;
  throw new TypeError(
    `${path}: files are told by their endings, and this is none of .csv, .tsv, .txt, .ndjson, ` +
      ".jsonl, .json (each also with .gz or .zst), .parquet: rename or convert it",
  );
}

async function openCsv(
  db: Database,
  header: string,
  files: readonly string[],
  paths: readonly string[],
  wanted: readonly string[],
): Promise<Source> {
  const dialect = await dialectOf(db, header, wanted);
  const scan = ({ rejects = false, serial = false, only }: Scan = {}) =>
    scanCsv(only === undefined ? paths : [paths[only]!], dialect, { rejects, serial });
  return {
    kind: "csv",
    files,
    paths,
    columns: new Map(dialect.names.map((name) => [name, "VARCHAR"])),
    delimiter: dialect.delimiter,
    repeated: dialect.repeated,
    scan,
    // A window without an order counts rows as they come, and makes the scan go in order.
    records: (only = 0) =>
      `(SELECT *, row_number() OVER () - 1 AS record FROM ${scan({ only, serial: true })})`,
  };
}

async function openNdjson(
  db: Database,
  files: readonly string[],
  paths: readonly string[],
): Promise<Source> {
  await clearRejects(db);
  const staged = await stageNdjson(db, paths);
  if (staged.columns.length === 0) {
    throw new SyntaxError("none of its lines is a JSON object with keys");
  }
  const [file, broken, blank] = [STAGED.file, STAGED.broken, STAGED.blank].map(identifier);
  const table = `read_parquet(${exactly(staged.path)}, file_row_number = true)`;
  return {
    kind: "ndjson",
    files,
    paths,
    columns: new Map(staged.columns.map((name) => [name, "VARCHAR"])),
    delimiter: "",
    repeated: new Set(),
    refused: staged.refused,
    scan: () =>
      `(SELECT * RENAME (${file} AS file_index) FROM ${table} WHERE NOT ${broken} AND NOT ${blank})`,
    records: (only) =>
      `(SELECT *, file_row_number - min(file_row_number) OVER (PARTITION BY ${file}) AS record
        FROM ${table}${only === undefined ? "" : ` WHERE ${file} = ${only}`})`,
  };
}

/** Files with the same columns of the same types are one source. */
async function openParquet(db: Database, files: readonly string[]): Promise<Source[]> {
  const list = (paths: readonly string[]) => `[${paths.map(exactly).join(", ")}]`;
  const fields = (paths: readonly string[]) =>
    db.query(
      `SELECT file_name AS file, md5(string_agg(concat_ws(' ', name, duckdb_type, num_children), ',')) AS hash
       FROM parquet_schema(${list(paths)}) GROUP BY file_name`,
      z.object({ file: z.string(), hash: z.string() }),
    );
  let found: readonly { file: string; hash: string }[];
  try {
    found = await fields(files);
  } catch {
    // One of them is broken: asked one by one, it is the one that throws.
    for (const file of files) {
      await fields([file]).catch((error) => {
        throw unreadable(file, error);
      });
    }
    throw new SyntaxError("they cannot be read together");
  }
  const hashes = new Map(found.map(({ file, hash }) => [file, hash]));
  const groups = new Map<string, string[]>();
  for (const file of files) {
    const hash = hashes.get(file) ?? file;
    groups.set(hash, [...groups.get(hash) ?? [], file]);
  }
  const sources: Source[] = [];
  for (const group of groups.values()) {
    sources.push({
      kind: "parquet",
      files: group,
      paths: group,
      columns: await describe(db, `SELECT * FROM read_parquet(${exactly(group[0]!)})`),
      delimiter: "",
      repeated: new Set(),
      scan: ({ only } = {}) =>
        `(SELECT *, file_index
          FROM read_parquet(${list(only === undefined ? group : [group[only]!])}))`,
      records: (only = 0) =>
        `(SELECT * RENAME (file_row_number AS record)
          FROM read_parquet(${exactly(group[only]!)}, file_row_number = true))`,
    });
  }
  return sources;
}

/** The columns that `select` gives, with their types. */
async function describe(db: Database, select: string): Promise<ColumnTypes> {
  const columns = await db.query(
    `SELECT column_name, column_type FROM (DESCRIBE ${select})`,
    z.object({ column_name: z.string(), column_type: z.string() }),
  );
  return new Map(columns.map(({ column_name, column_type }) => [column_name, column_type]));
}

/** A message of names that fits a screen. */
function shown(names: readonly string[]): string {
  const text = names.slice(0, 40).join(", ");
  return text.length > 1000 || names.length > 40 ? `${text.slice(0, 1000)}, …` : text;
}
