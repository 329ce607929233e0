/** CSV files for DuckDB. Nothing is sniffed from the rows: broken ones pass for another dialect. */
import { join } from "node:path";
import { z } from "zod";
import type { Database } from "./duckdb.ts";
import { exactly, literal } from "./sql.ts";

const DELIMITERS = [",", ";", "\t", "|"];

/** How a CSV file is read. */
export interface Dialect {
  readonly delimiter: string;
  /** As in the header; a name that occurred before, or none at all, has its place added. */
  readonly names: readonly string[];
  /** Names that the header holds more than once. */
  readonly repeated: ReadonlySet<string>;
}

/**
 * Tries each delimiter on the header alone, in a file of its own, and takes the one under which most of
 * the wanted columns appear. Throws `SyntaxError` where a quote of the header does not close.
 */
export async function dialectOf(
  db: Database,
  header: string,
  wanted: readonly string[],
): Promise<Dialect> {
  if ((header.match(/"/g)?.length ?? 0) % 2 === 1) {
    throw new SyntaxError(
      "a quote of its header does not close on the first line: give the columns names without line " +
        "breaks",
    );
  }
  const copy = join(db.scratch, "header.csv");
  await Deno.writeTextFile(copy, header + "\n");
  let best: { delimiter: string; found: string[]; hits: number } | undefined;
  for (const delimiter of DELIMITERS) {
    const [row] = await db.query(
      `SELECT * FROM read_csv(${exactly(copy)}, auto_detect = false, header = false,
         columns = {${named(places(header.split(delimiter).length))}}, delim = ${
        literal(delimiter)
      }, quote = '"', escape = '"', null_padding = true,
         max_line_size = 8388608, ignore_errors = true)`,
      z.record(z.string(), z.string().nullable()),
    );
    // Under a wrong delimiter quotes may stand where none can.
    if (row === undefined) continue;
    const cells = Object.values(row).map((name) => name ?? "");
    // A quoted delimiter leaves padding behind.
    const found = cells.slice(0, cells.findLastIndex((name) => name !== "") + 1);
    const hits = wanted.filter((column) => found.includes(column)).length;
    if (
      best === undefined || hits > best.hits ||
      (hits === best.hits && found.length > best.found.length)
    ) best = { delimiter, found, hits };
  }
  if (best === undefined) {
    throw new SyntaxError('its header has quotes within a name: write them twice, as in "a""b"');
  }
  const { delimiter, found } = best;
  const trailing = header.endsWith(delimiter) && found.at(-1) !== "" ? [""] : [];
  const names = [...found, ...trailing];
  return {
    delimiter,
    names: distinct(names),
    repeated: new Set(names.filter((name, at) => names.indexOf(name) !== at)),
  };
}

/** A table expression for files of one dialect, all columns text, with `file_index`. */
export function scanCsv(
  paths: readonly string[],
  { delimiter, names }: Dialect,
  { rejects, serial }: { rejects: boolean; serial: boolean },
): string {
  return `read_csv([${paths.map(exactly).join(", ")}], auto_detect = false, header = true,
    delim = ${literal(delimiter)}, quote = '"', escape = '"', max_line_size = 8388608,
    columns = {${named(names)}}, ${rejects ? "store_rejects" : "ignore_errors"} = true
    ${serial ? ", parallel = false" : ""})`;
}

/** Names that DuckDB tells apart: it does not look at their case. */
export function distinct(names: readonly string[]): string[] {
  const used = new Set<string>();
  return names.map((name, at) => {
    let free = name === "" ? `column${at}` : name;
    while (used.has(free.toLowerCase())) free += `_${at}`;
    used.add(free.toLowerCase());
    return free;
  });
}

function named(names: readonly string[]): string {
  return names.map((name) => `${literal(name)}: 'VARCHAR'`).join(", ");
}

function places(count: number): string[] {
  return Array.from({ length: count }, (_, at) => `c${at}`);
}
