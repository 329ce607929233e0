/** Rows as they come into a Parquet file of texts, group by group: what is in memory stays small. */
import { fileWriter, ParquetWriter, schemaFromColumnData } from "hyparquet-writer";
import type { Sink } from "./query.ts";

/** A row group ends at so many rows, or so many characters: rows may hold long texts. */
const GROUP_ROWS = 50_000;
const GROUP_CHARACTERS = 8_000_000;

/** A table that is being written; it is whole once `finish` was called. */
export interface TableWriter extends Sink {
  /** Rows so far. */
  readonly rows: number;
  finish(): void;
}

/** Writes to `path`. `told` is called with the number of rows after each group. */
export function writeRows(path: string, key: string, told: (rows: number) => void): TableWriter {
  let names: readonly string[] = [];
  let columns: (string | null)[][] = [];
  let writer: ParquetWriter | undefined;
  let [rows, characters] = [0, 0];
  const flush = () => {
    const columnData = names.map((name, at) => ({ name, data: columns[at] ?? [] }));
    // Uncompressed: it is read once, and then written anew in order.
    writer?.write({ columnData, rowGroupSize: GROUP_ROWS });
    columns = names.map(() => []);
    characters = 0;
    told(rows);
  };
  return {
    get rows() {
      return rows;
    },
    open(found) {
      requireNames(found, key);
      names = found;
      columns = names.map(() => []);
      const columnData = names.map((name) => ({
        name,
        type: "STRING" as const,
        data: [],
        nullable: true,
      }));
      writer = new ParquetWriter({
        writer: fileWriter(path),
        schema: schemaFromColumnData({ columnData }),
        codec: "UNCOMPRESSED",
        statistics: false,
      });
    },
    add(row) {
      for (const [at, column] of columns.entries()) {
        const value = row[at] ?? null;
        column.push(value);
        characters += value?.length ?? 0;
      }
      rows++;
      if ((columns[0]?.length ?? 0) >= GROUP_ROWS || characters >= GROUP_CHARACTERS) flush();
    },
    finish() {
      if ((columns[0]?.length ?? 0) > 0) flush();
      writer?.finish();
    },
  };
}

/** Throws `TypeError` unless the names tell columns apart. */
function requireNames(names: readonly string[], key: string): void {
  if (names.length === 0) throw new TypeError(`${key} gives no columns: write a SELECT of some`);
  const seen = new Set<string>();
  for (const name of names) {
    if (name.trim() === "") {
      throw new TypeError(`${key} gives a column without a name: name it by AS`);
    }
    // DuckDB's names of columns have no case.
    const same = name.toLowerCase();
    if (seen.has(same)) {
      throw new TypeError(`${key} gives several columns "${name}": tell them apart by AS`);
    }
    seen.add(same);
  }
}
