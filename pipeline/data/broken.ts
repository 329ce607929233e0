/** Lines that are no rows at all: as DuckDB refuses them while it reads. */
import { z } from "zod";
import { type Database, numbers } from "./duckdb.ts";
import { STAGED } from "./ndjson.ts";
import { REJECTS } from "./rejects.ts";
import { identifier, literal } from "./sql.ts";
import type { Source } from "./source.ts";

/** Line errors that stand for one line whatever else is in the file. */
const LOCAL_ERRORS = ["MISSING COLUMNS", "TOO MANY COLUMNS", "INVALID ENCODING"];

/** A line that is no row. */
export interface BrokenLine {
  /** Its file's place in the source. */
  readonly file: number;
  /** CSV: its first byte from 0 in the decompressed file. NDJSON: its line from 1. */
  readonly at: number;
  readonly error: string;
  readonly column: string | null;
}

/** Makes table `broken`: the broken lines of all sources. */
export async function createBroken(db: Database): Promise<void> {
  await db.run(
    `CREATE TABLE IF NOT EXISTS broken
       (source INTEGER, file INTEGER, "at" BIGINT, error VARCHAR, "column" VARCHAR)`,
  );
}

/** Whether what DuckDB refused depends on where its threads have cut the file. */
export async function ambiguous(db: Database, source: Source): Promise<boolean> {
  if (source.kind !== "csv") return false;
  const { others } = await numbers(
    db,
    `SELECT count(*) AS others FROM reject_errors
     WHERE CAST(error_type AS VARCHAR) NOT IN ('${LOCAL_ERRORS.join("', '")}')`,
    "others",
  );
  return others > 0;
}

/** Adds to table `broken` what was refused of `source`, which is number `number`. */
export async function keepBroken(db: Database, source: Source, number: number): Promise<void> {
  if (source.kind === "parquet") return;
  const paths = `[${source.paths.map(literal).join(", ")}]`;
  // DuckDB counts bytes from 1. In NDJSON, where nothing is quoted, its lines are those of the file.
  await db.run(
    `INSERT INTO broken SELECT ${number}, list_position(${paths}, file_path) - 1 AS file,
       ${source.kind === "csv" ? "line_byte_position - 1" : "line"} AS "at",
       min(error_type || ': ' || error_message), min(column_name)
     FROM ${source.refused ?? REJECTS}
     GROUP BY ALL`,
  );
  if (source.kind !== "ndjson") return;
  // Refused lines are not among the records: a record's line is further down by as many.
  await db.run(
    `INSERT INTO broken WITH refused AS (
         SELECT file, "at" - row_number() OVER (PARTITION BY file ORDER BY "at") AS before
         FROM broken WHERE source = ${number}),
       staged AS (SELECT ${identifier(STAGED.file)} AS file, record, ${
      identifier(STAGED.broken)
    } AS bad
         FROM ${source.records()})
     SELECT ${number}, file, record + 1 + (SELECT count(*) FROM refused
         WHERE refused.file = staged.file AND before <= record),
       'INVALID JSON: it is no object on one line', NULL
     FROM staged WHERE bad`,
  );
}

/** How many lines of all sources are broken, and the first few of each source. */
export async function firstBroken(
  db: Database,
  limit: number,
): Promise<{ lines: number; first: readonly (BrokenLine & { source: number })[] }> {
  const { lines } = await numbers(db, `SELECT count(*) AS "lines" FROM broken`, "lines");
  const first = lines === 0 ? [] : await db.query(
    `SELECT source, file, "at", error, "column" FROM broken
     QUALIFY row_number() OVER (PARTITION BY source, file ORDER BY "at") <= ${limit}
     ORDER BY source, file, "at"`,
    z.object({
      source: z.number(),
      file: z.number(),
      at: z.number(),
      error: z.string(),
      column: z.string().nullable(),
    }),
  );
  return { lines, first };
}

/** First bytes of the broken records of a CSV file. */
export async function brokenBytes(
  db: Database,
  source: number,
  file: number,
): Promise<ReadonlySet<number>> {
  const found = await db.query(
    `SELECT "at" FROM broken WHERE source = ${source} AND file = ${file}`,
    z.object({ at: z.number() }),
  );
  return new Set(found.map(({ at }) => at));
}
