/** The tables of users and items, read without DuckDB: a server needs no native library for them. */
import { parquetMetadataAsync, parquetReadObjects } from "hyparquet";
import type { Item } from "./items.ts";

/** The columns of `items.parquet` that are no attributes. */
export const ITEM_COLUMNS: readonly string[] = ["index", "id", "name", "brand"];

type Row = Record<string, unknown>;

/** Reads `users.parquet` (index, id): ids by index. Throws `SyntaxError` where it is not that. */
export async function readUsers(path: string): Promise<readonly string[]> {
  const { rows } = await readTable(path, ["index", "id"]);
  return rows.map((row) => text(path, row, "id"));
}

/**
 * Reads `items.parquet` (index, id, name, brand, attributes): items by index. Throws `SyntaxError`
 * where it is not that.
 */
export async function readItems(path: string): Promise<readonly Item[]> {
  const { rows, columns } = await readTable(path, ITEM_COLUMNS);
  const attributes = columns.filter((column) => !ITEM_COLUMNS.includes(column));
  return rows.map((row) => ({
    id: text(path, row, "id"),
    name: textOrNull(path, row, "name"),
    brand: textOrNull(path, row, "brand"),
    attributes: Object.fromEntries(
      attributes.map((column) => [column, textOrNull(path, row, column)]),
    ),
  }));
}

/** All rows in the order of their `index`, which must count 0, 1, 2, … */
async function readTable(path: string, needed: readonly string[]) {
  const file = (await Deno.readFile(path)).buffer;
  let rows: Row[];
  let columns: string[];
  try {
    const metadata = await parquetMetadataAsync(file);
    columns = metadata.schema.slice(1).map((column) => column.name);
    rows = await parquetReadObjects({ file, metadata });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new SyntaxError(`${path} is no usable Parquet file (${why}): make or copy it again`);
  }
  for (const column of needed) {
    if (!columns.includes(column)) {
      throw new SyntaxError(`${path} has no column "${column}"; it has ${columns.join(", ")}`);
    }
  }
  rows.forEach((row, at) => {
    if (row.index !== at) {
      throw new SyntaxError(`${path}: row ${at} has index ${row.index}; rows must be in order`);
    }
  });
  return { rows, columns };
}

function text(path: string, row: Row, column: string): string {
  const value = row[column];
  if (typeof value === "string") return value;
  throw new SyntaxError(`${path}: row ${row.index} has no text in "${column}"`);
}

function textOrNull(path: string, row: Row, column: string): string | null {
  return row[column] === null || row[column] === undefined ? null : text(path, row, column);
}
