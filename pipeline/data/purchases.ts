/** The purchase files into one DuckDB table, each row with the reason why it is left out, if any. */
import { z } from "zod";
import {
  type InteractionColumns,
  type ItemColumns,
  type ItemFields,
  itemFields,
  measures,
  neededOfItems,
  neededOfPurchases,
} from "./columns.ts";
import type { Database } from "./duckdb.ts";
import { DROP_REASONS, type IngestReport } from "./report.ts";
import { identifier } from "./sql.ts";
import { openSource, quantityOf, type Source, textOf, timeOf, unreadable } from "./source.ts";

const EXAMPLES = 5;

/** Line errors that stand for one line whatever else is in the file. */
const LOCAL_ERRORS = ["MISSING COLUMNS", "TOO MANY COLUMNS", "INVALID ENCODING"];

export interface Purchases {
  readonly columns: IngestReport["columns"];
  /** Item columns, where the items come from the purchase rows. */
  readonly fields: ItemFields;
  readonly broken: BrokenLines;
}

/** Lines that are no rows at all. */
export interface BrokenLines {
  readonly lines: number;
  readonly examples: readonly { line: number; error: string }[];
}

/**
 * Fills table `purchases`: "user", item VARCHAR; quantity DECIMAL; "time" BIGINT seconds;
 * quantity_text, time_text (as they stood, where they are unusable); reason VARCHAR, null for rows
 * that are kept; name, brand, a0, a1, … VARCHAR (item columns; null with a catalogue).
 */
export async function loadPurchases(
  db: Database,
  files: readonly string[],
  config: { interactions: InteractionColumns; items: ItemColumns; catalogue: boolean },
): Promise<Purchases> {
  const [first] = files;
  if (first === undefined) {
    throw new TypeError("There are no purchase files: set source.interactions.path");
  }
  const { user, item } = config.interactions;
  const needed = neededOfPurchases(config.interactions);
  if (!config.catalogue) needed.push(...neededOfItems(config.items, config.items.id ?? item));
  const { quantity, time } = measures(
    config.interactions,
    await openSource(db, first, needed),
  );
  const resolved = { ...config.interactions, quantity, time };
  const all = [...needed, ...neededOfPurchases(resolved)];
  const sources: Source[] = [];
  for (const file of files) sources.push(await openSource(db, file, all));

  const found = sources.flatMap(({ columns }) => [...columns.keys()]);
  const fields = config.catalogue
    ? { name: [], brand: null, attributes: new Map<string, string>() }
    : itemFields(config.items, found, [user, item, quantity, time], true);
  const attributes = [...fields.attributes.keys()];
  await db.run(
    `CREATE TABLE purchases ("user" VARCHAR, item VARCHAR, quantity DECIMAL(18, 3), "time" BIGINT,
       quantity_text VARCHAR, time_text VARCHAR, reason VARCHAR,
       ${itemColumns(attributes.length).map((name) => `${name} VARCHAR`).join(", ")})`,
  );
  const broken: BrokenLines[] = [];
  for (const source of sources) {
    const insert = (scan: string) =>
      `INSERT INTO purchases ${selectRows(source, scan, resolved, fields)}`;
    broken.push(await insertFrom(db, source, insert));
  }
  const read = new Set([user, item, quantity, time, ...fields.name, fields.brand, ...attributes]);
  return {
    columns: {
      user,
      item,
      quantity,
      time,
      name: [...fields.name],
      brand: fields.brand,
      attributes: [...fields.attributes.values()],
      ignored: [...new Set(found)].filter((column) => !read.has(column)).sort(),
    },
    fields,
    broken: mergeBroken(broken),
  };
}

/** The names of the item columns in SQL. */
export function itemColumns(attributes: number): string[] {
  return ["name", "brand", ...Array.from({ length: attributes }, (_, at) => `a${at}`)];
}

/** SQL for each item column of `source`, in the order of `itemColumns`; null where it lacks one. */
export function itemValues(source: Source, fields: ItemFields): string[] {
  const text = (column: string | null) =>
    column !== null && source.columns.has(column) ? textOf(source, column) : "NULL";
  const name = fields.name.length > 1
    ? `NULLIF(concat_ws(', ', ${fields.name.map(text).join(", ")}), '')`
    : text(fields.name[0] ?? null);
  return [name, text(fields.brand), ...[...fields.attributes.keys()].map(text)];
}

function selectRows(
  source: Source,
  scan: string,
  { user, item, quantity, time }: InteractionColumns,
  fields: ItemFields,
): string {
  const asIs = (column: string) => `CAST(${identifier(column)} AS VARCHAR)`;
  const amount = quantity ? quantityOf(quantity) : "CAST(1 AS DECIMAL(18, 3))";
  const stamp = time ? timeOf(source, time) : "CAST(NULL AS BIGINT)";
  const values = itemValues(source, fields);
  const names = itemColumns(fields.attributes.size);
  return `
    SELECT "user", item, quantity, "time",
      CASE WHEN coalesce(quantity, 0) = 0 THEN quantity_text END,
      CASE WHEN "time" IS NULL THEN time_text END,
      CASE WHEN "user" IS NULL THEN 'missing user'
        WHEN item IS NULL THEN 'missing item'
        WHEN quantity IS NULL THEN 'bad quantity'
        WHEN quantity = 0 THEN 'zero quantity'
        ${time ? `WHEN "time" IS NULL THEN 'unparsable time'` : ""} END,
      ${names.join(", ")}
    FROM (SELECT ${textOf(source, user)} AS "user", ${textOf(source, item)} AS item,
      ${amount} AS quantity, ${stamp} AS "time",
      ${quantity ? asIs(quantity) : "NULL"} AS quantity_text,
      ${time ? asIs(time) : "NULL"} AS time_text,
      ${values.map((sql, at) => `${sql} AS ${names[at]}`).join(", ")} FROM ${scan})`;
}

/**
 * Inserts one file and gives its broken lines. Where an unclosed quote swallows lines, what is
 * swallowed depends on where DuckDB's threads cut the file: then it is read again by one thread.
 */
export async function insertFrom(
  db: Database,
  source: Source,
  insert: (scan: string) => string,
): Promise<BrokenLines> {
  const attempt = async (scan: string) => {
    for (const table of ["reject_errors", "reject_scans"]) {
      await db.run(`DROP TABLE IF EXISTS ${table}`);
    }
    await db.run("BEGIN");
    await db.run(insert(scan));
    if (source.kind === "parquet") return { lines: 0, examples: [], ambiguous: false };
    const errors = await db.query(
      `SELECT line, min(error_type || ': ' || error_message) AS error,
         bool_or(CAST(error_type AS VARCHAR) NOT IN ('${LOCAL_ERRORS.join("', '")}')) AS ambiguous
       FROM reject_errors GROUP BY line ORDER BY line`,
      z.object({ line: z.number(), error: z.string(), ambiguous: z.boolean() }),
    );
    return {
      lines: errors.length,
      examples: errors.slice(0, EXAMPLES).map(({ line, error }) => ({ line, error })),
      ambiguous: errors.some((error) => error.ambiguous),
    };
  };
  try {
    let { ambiguous, ...broken } = await attempt(source.scan);
    if (ambiguous) {
      await db.run("ROLLBACK");
      ({ ambiguous, ...broken } = await attempt(source.serialScan));
    }
    await db.run("COMMIT");
    return broken;
  } catch (error) {
    throw unreadable(source.path, error);
  }
}

function mergeBroken(parts: readonly BrokenLines[]): BrokenLines {
  const examples = parts.flatMap((part) => part.examples)
    .sort((a, b) => a.line - b.line || (a.error < b.error ? -1 : 1));
  return {
    lines: parts.reduce((sum, part) => sum + part.lines, 0),
    examples: examples.slice(0, EXAMPLES),
  };
}

/** The dropped rows of table `purchases` and the broken lines, by reason. */
export async function droppedRows(
  db: Database,
  { columns, broken }: Purchases,
): Promise<IngestReport["dropped"]> {
  const reasons = await db.query(
    `SELECT reason, count(*) AS "rows" FROM purchases WHERE reason IS NOT NULL
     GROUP BY reason ORDER BY reason`,
    z.object({ reason: z.enum(DROP_REASONS), rows: z.number() }),
  );
  const dropped: IngestReport["dropped"] = {};
  if (broken.lines > 0) {
    dropped["broken line"] = { rows: broken.lines, examples: [...broken.examples] };
  }
  const text = z.string().nullable();
  for (const { reason, rows } of reasons) {
    const examples = await db.query(
      `SELECT "user", item, coalesce(quantity_text, rtrim(rtrim(CAST(quantity AS VARCHAR), '0'), '.')) AS quantity,
         coalesce(time_text, CAST(make_timestamp("time" * 1000000) AS VARCHAR)) AS "time"
       FROM purchases WHERE reason = '${reason}' ORDER BY ALL LIMIT ${EXAMPLES}`,
      z.object({ user: text, item: text, quantity: text, time: text }),
    );
    dropped[reason] = {
      rows,
      examples: examples.map((row) => ({
        [columns.user]: row.user,
        [columns.item]: row.item,
        ...(columns.quantity === null ? {} : { [columns.quantity]: row.quantity }),
        ...(columns.time === null ? {} : { [columns.time]: row.time }),
      })),
    };
  }
  return dropped;
}
