/** Files of one JSON object a line, staged as Parquet: parsed once, read as often as needed. */
import { join } from "node:path";
import { z } from "zod";
import { distinct } from "./csv.ts";
import type { Database } from "./duckdb.ts";
import { REJECTS } from "./rejects.ts";
import { copyToParquet, exactly, identifier, literal } from "./sql.ts";

/** No line of JSON holds this character, so each line is one field. */
const NO_DELIMITER = "\u0001";

/** Columns of the staged file beside those of the objects. */
export const STAGED = { file: "\u0001file", broken: "\u0001broken", blank: "\u0001blank" } as const;

/** A staged table: one row a line, in the order of files and lines. */
export interface Staged {
  readonly path: string;
  /** The keys of all objects, ascending by code unit. */
  readonly columns: readonly string[];
  /** A table of the lines that DuckDB refuses (no UTF-8, too long). */
  readonly refused: string;
}

/**
 * Stages `paths`. Values that are no text are written as JSON writes them; a null is a missing value.
 */
export async function stageNdjson(
  db: Database,
  paths: readonly string[],
): Promise<Staged> {
  const lines = (how: string) =>
    `(SELECT file_index AS f, line, line IS NOT NULL AND trim(line) <> '' AS filled,
       CASE WHEN json_valid(line) THEN json_type(line) = 'OBJECT' ELSE false END AS ok
     FROM read_csv([${paths.map(exactly).join(", ")}], auto_detect = false, header = false,
       columns = {'line': 'VARCHAR'}, delim = '${NO_DELIMITER}', quote = '', escape = '',
       max_line_size = 8388608, ${how} = true))`;
  const keys = await db.query(
    `SELECT DISTINCT unnest(keys) AS key FROM
       (SELECT DISTINCT json_keys(line) AS keys FROM ${lines("ignore_errors")} WHERE ok)`,
    z.object({ key: z.string() }),
  );
  const found = keys.map(({ key }) => key).sort();
  const columns = distinct(found);
  const pointers = found.map((key) =>
    literal("/" + key.replaceAll("~", "~0").replaceAll("/", "~1"))
  );
  const name = `ndjson_${crypto.randomUUID().replaceAll("-", "")}`;
  const path = join(db.scratch, `${name}.parquet`);
  const values = columns.map((column, at) => `v[${at + 1}] AS ${identifier(column)}`);
  const select = `SELECT f AS ${identifier(STAGED.file)}, filled AND NOT ok AS ${
    identifier(STAGED.broken)
  }, NOT filled AS ${identifier(STAGED.blank)}${values.map((sql) => `, ${sql}`).join("")}
    FROM (SELECT f, filled, ok, CASE WHEN ok THEN
      ${
    found.length === 0 ? "NULL" : `json_extract_string(line, [${pointers.join(", ")}])`
  } END AS v
    FROM ${lines("store_rejects")})`;
  await db.run(copyToParquet(select, path));
  // Before another source is read: its rejects go into the same tables.
  await db.run(`CREATE TABLE ${name} AS SELECT * FROM ${REJECTS}`);
  return { path, columns, refused: name };
}
