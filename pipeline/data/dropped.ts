/** The rows that are left out, by reason: how many, and the first ones as they stood in the input. */
import { z } from "zod";
import { brokenBytes, firstBroken } from "./broken.ts";
import { type Database, numbers } from "./duckdb.ts";
import { STAGED } from "./ndjson.ts";
import type { Purchases, PurchaseSource } from "./purchases.ts";
import { type DropReason, dropReason, INTENDED, MAX_EXAMPLES, type RowExample } from "./report.ts";
import { rows, type Rules } from "./rows.ts";
import { identifier } from "./sql.ts";
import type { Source } from "./source.ts";
import { csvLines } from "./text.ts";
import { textOf } from "./values.ts";

/** Rows of one reason in one file. */
export interface ReasonCount {
  /** The source's number, and the file's place in it. */
  readonly source: number;
  readonly file: number;
  readonly reason: DropReason;
  readonly rows: number;
}

/** A dropped row, where it stands. */
export interface DroppedRow {
  readonly reason: DropReason;
  /** The path as the user gave it. */
  readonly file: string;
  /** From 1: a line of a text file, a row of a Parquet file. */
  readonly place: number;
  readonly unit: "line" | "row";
  /** The column to blame, where one is. */
  readonly column: string | null;
  /** Its value as it stands there, or what is wrong with the line. */
  readonly value: string | null;
  readonly example: RowExample;
}

/** How many rows of table `found` are dropped for each reason, file by file. */
export async function countReasons(db: Database): Promise<readonly ReasonCount[]> {
  return await db.query(
    `SELECT source, file, reason, CAST(sum(n) AS BIGINT) AS "rows" FROM found
     WHERE reason IS NOT NULL GROUP BY source, file, reason ORDER BY source, file, reason`,
    z.object({ source: z.number(), file: z.number(), reason: dropReason, rows: z.number() }),
  );
}

/**
 * The first rows of each reason in `counts`, at most `MAX_EXAMPLES` each, in the order of files and
 * lines. `rules` are the conditions of the reasons that are none of the row's own. Who is excluded is
 * shown nowhere.
 */
export async function firstDropped(
  db: Database,
  purchases: Purchases,
  counts: readonly ReasonCount[],
  rules: Rules = {},
): Promise<DroppedRow[]> {
  const left = new Map<DropReason, number>();
  const found: DroppedRow[] = [];
  for (const [number, source] of purchases.sources.entries()) {
    for (const [file] of source.files.entries()) {
      const here = counts.filter((count) => count.source === number && count.file === file)
        .filter(({ reason }) => !INTENDED.includes(reason))
        .map(({ reason, rows }) => {
          const take = Math.min(rows, left.get(reason) ?? MAX_EXAMPLES);
          left.set(reason, (left.get(reason) ?? MAX_EXAMPLES) - take);
          return { reason, take, rows };
        }).filter(({ take }) => take > 0);
      if (here.length > 0) found.push(...await droppedOf(db, purchases, number, file, here, rules));
    }
  }
  return found;
}

/** The first broken lines of all files, and how many there are. */
export async function brokenRows(
  db: Database,
  { sources, label }: { readonly sources: readonly Source[]; label(file: string): string },
): Promise<{ lines: number; rows: DroppedRow[] }> {
  const { lines, first } = await firstBroken(db, MAX_EXAMPLES);
  const found: DroppedRow[] = [];
  for (const { source: number, file, at, error, column } of first.slice(0, MAX_EXAMPLES)) {
    const source = sources.at(number)!;
    const path = source.files[file]!;
    const line = source.kind === "ndjson" ? at : (await csvLines(source.paths[file]!, {
      delimiter: source.delimiter,
      rows: [],
      broken: new Set([at]),
      blankRows: source.columns.size === 1,
    })).broken.get(at) ?? 0;
    const example = { file: label(path), line, error };
    found.push({
      reason: "broken line",
      file: path,
      place: line,
      unit: "line",
      column,
      value: error,
      example,
    });
  }
  return { lines, rows: found };
}

/** The first row of a catalogue that has nothing in its column `id`. */
export async function rowWithoutId(
  db: Database,
  source: Source,
  id: string,
): Promise<DroppedRow | undefined> {
  const filled = source.kind === "ndjson"
    ? `NOT ${identifier(STAGED.broken)} AND NOT ${identifier(STAGED.blank)}`
    : "true";
  const [found] = await db.query(
    `SELECT record FROM ${source.records(0)} WHERE ${filled} AND ${
      textOf(source.columns, id)
    } IS NULL ${source.kind === "csv" ? "" : "ORDER BY record"} LIMIT 1`,
    z.object({ record: z.number() }),
  );
  const file = source.files[0];
  if (found === undefined || file === undefined) return undefined;
  const [place = 0] = await placesOf(db, source, -1, 0, [found.record]);
  const unit = source.kind === "parquet" ? "row" : "line";
  return { reason: "missing item", file, place, unit, column: id, value: null, example: {} };
}

/** `rows` in the form of the report. */
export function examplesOf(rows: readonly DroppedRow[], reason: DropReason): RowExample[] {
  return rows.filter((row) => row.reason === reason).map(({ example }) => example);
}

const text = z.string().nullable();
const rawRow = z.object({
  record: z.number(),
  reason: dropReason,
  user: text,
  item: text,
  quantity: text,
  time: text,
});

async function droppedOf(
  db: Database,
  { sources, label }: Purchases,
  number: number,
  file: number,
  wanted: readonly { reason: DropReason; take: number; rows: number }[],
  rules: Rules,
): Promise<DroppedRow[]> {
  const source = sources[number]!;
  const { user, item, quantity, time } = source.interactions;
  // Rows of a CSV file come in its order, unless they are joined.
  const ordered = source.kind === "csv" && source.exclusion === undefined;
  const raw = (column: string | null, name: string) =>
    `${column === null ? "NULL" : `CAST(${identifier(column)} AS VARCHAR)`} AS raw_${name}`;
  const staged = source.kind === "ndjson"
    ? [`(${identifier(STAGED.broken)} OR ${identifier(STAGED.blank)}) AS none`]
    : ["false AS none"];
  const keep = ["record", raw(user, "user"), raw(item, "item"), ...staged];
  keep.push(raw(quantity, "quantity"), raw(time, "time"));
  const select = (reasons: readonly string[], limit: number) =>
    `SELECT record, reason, raw_user AS "user", raw_item AS item, raw_quantity AS quantity,
       raw_time AS "time" FROM ${rows(source, source.records(file), { rules, keep })}
     WHERE NOT none AND reason IN ('${reasons.join("', '")}')
     ${ordered ? "" : "ORDER BY record"} LIMIT ${limit}`;
  // A common reason's are found soon; rare ones, for which the whole file is read, are sought together.
  const rare = wanted.filter(({ rows, take }) => rows <= take);
  const common = wanted.filter(({ rows, take }) => rows > take);
  const found: z.infer<typeof rawRow>[] = [];
  for (const { reason, take } of common) {
    found.push(...await db.query(select([reason], take), rawRow));
  }
  if (rare.length > 0) {
    const limit = rare.reduce((sum, { take }) => sum + take, 0);
    found.push(...await db.query(select(rare.map(({ reason }) => reason), limit), rawRow));
  }
  found.sort((a, b) => a.record - b.record);
  const places = await placesOf(db, source, number, file, found.map(({ record }) => record));
  const unit = source.kind === "parquet" ? "row" : "line";
  return found.map((row, at): DroppedRow => {
    const place = places[at]!;
    const column = columnOf(row.reason, source.interactions);
    const values: RowExample = { [user]: row.user, [item]: row.item };
    if (quantity !== null) values[quantity] = row.quantity;
    if (time !== null) values[time] = row.time;
    return {
      reason: row.reason,
      file: source.files[file]!,
      place,
      unit,
      column,
      value: column === null ? null : String(values[column] ?? ""),
      // Last, so that columns of the same names do not hide them.
      example: { ...values, file: label(source.files[file]!), [unit]: place },
    };
  });
}

/** Lines or rows from 1 of the records of one file. */
async function placesOf(
  db: Database,
  source: Source,
  number: number,
  file: number,
  records: readonly number[],
): Promise<number[]> {
  if (source.kind === "parquet") return records.map((record) => record + 1);
  if (source.kind === "csv") {
    const { rows } = await csvLines(source.paths[file]!, {
      delimiter: source.delimiter,
      rows: records,
      broken: await brokenBytes(db, number, file),
      blankRows: source.columns.size === 1,
    });
    return records.map((record) => rows.get(record) ?? 0);
  }
  // As in `keepBroken`: refused lines are no records.
  const places: number[] = [];
  for (const record of records) {
    const { before } = await numbers(
      db,
      `SELECT count(*) AS before FROM (SELECT "at" - row_number() OVER (ORDER BY "at") AS before
         FROM broken WHERE source = ${number} AND file = ${file} AND error NOT LIKE 'INVALID JSON:%')
       WHERE before <= ${record}`,
      "before",
    );
    places.push(record + 1 + before);
  }
  return places;
}

function columnOf(
  reason: DropReason,
  columns: PurchaseSource["interactions"],
): string | null {
  switch (reason) {
    case "missing user":
    case "excluded user":
    case "bot-like user":
      return columns.user;
    case "missing item":
      return columns.item;
    case "bad quantity":
    case "zero quantity":
    case "outlier quantity":
      return columns.quantity;
    case "unparsable time":
      return columns.time;
    case "broken line":
    case "also in the purchases":
      return null;
  }
}
