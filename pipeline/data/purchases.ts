/** The purchase files as tables of DuckDB: what is in them, and which rows are left out and why. */
import { dirname, relative, sep } from "node:path";
import { ambiguous, clearRejects, createBroken, keepBroken } from "./broken.ts";
import {
  type InteractionColumns,
  type ItemColumns,
  type ItemFields,
  itemFields,
  measures,
  neededOfItems,
  neededOfPurchases,
} from "./columns.ts";
import type { Encoding } from "./text.ts";
import type { Database } from "./duckdb.ts";
import type { IngestReport } from "./report.ts";
import { openSources, requireColumns, type Source, unreadable } from "./source.ts";
import { type ColumnTypes, quantityOf, textOf, timeOf } from "./values.ts";

/** A source, and whether it must be read on one thread. */
export interface PurchaseSource extends Source {
  readonly serial: boolean;
}

export interface Purchases {
  readonly sources: readonly PurchaseSource[];
  /** The columns with their meaning, as found. */
  readonly interactions: InteractionColumns & {
    readonly quantity: string | null;
    readonly time: string | null;
  };
  readonly columns: IngestReport["columns"];
  /** Item columns, where the items come from the purchase rows. */
  readonly fields: ItemFields;
  /** A file's name from the folder that holds all files: the same wherever that folder lies. */
  readonly label: (file: string) => string;
}

/** What of the config says how purchases are read. */
export interface PurchaseConfig {
  readonly interactions: InteractionColumns;
  readonly items: ItemColumns;
  readonly encoding: Encoding;
  /** Whether items are described by a catalogue, and not by the purchase rows. */
  readonly catalogue: boolean;
}

/**
 * Opens the purchase files and reads them once. Fills table `found`, a row for each
 * - user of a usable row: "user";
 * - item of one with its texts: item, "time" (the latest), name, brand, a0, a1, … (none with a catalogue);
 * - reason of each file, null for usable rows: source, file, reason, n (rows).
 *
 * Throws `SyntaxError` and `TypeError` as `openSources` and `requireColumns` do.
 */
export async function loadPurchases(
  db: Database,
  files: readonly string[],
  config: PurchaseConfig,
): Promise<Purchases> {
  if (files.length === 0) {
    throw new TypeError("There are no purchase files: set source.interactions.path");
  }
  const { user, item } = config.interactions;
  const needed = neededOfPurchases(config.interactions);
  if (!config.catalogue) needed.push(...neededOfItems(config.items, config.items.id ?? item));
  const opened = await openSources(
    db,
    files,
    config.encoding,
    needed.map(({ column }) => column),
  );
  for (const source of opened) requireColumns(source, needed);
  const { quantity, time } = measures(config.interactions, opened[0]!);
  const interactions = { ...config.interactions, quantity, time };
  for (const source of opened) requireColumns(source, neededOfPurchases(interactions));

  const found = opened.flatMap(({ columns }) => [...columns.keys()]);
  const fields = config.catalogue
    ? { name: [], brand: null, attributes: new Map<string, string>() }
    : itemFields(config.items, found, [user, item, quantity, time], true);
  const attributes = [...fields.attributes.keys()];
  const texts = itemColumns(fields.attributes.size);
  await db.run(
    `CREATE TABLE found (source INTEGER, file INTEGER, reason VARCHAR, n BIGINT, "user" VARCHAR,
       item VARCHAR, "time" BIGINT, ${texts.map((name) => `${name} VARCHAR`).join(", ")})`,
  );
  await createBroken(db);
  const sources: PurchaseSource[] = [];
  const grouped = ["item", ...texts];
  for (const [at, source] of opened.entries()) {
    const serial = await readOnce(db, source, at, (scan) => `
      INSERT INTO found SELECT * FROM (
        SELECT ${at}, f AS file, reason, count(*), u, t_item, max("time"),
          ${texts.map((name) => `t_${name}`).join(", ")}
        FROM (SELECT f, reason, "time", CASE WHEN reason IS NULL THEN "user" END AS u,
            ${grouped.map((name) => `CASE WHEN reason IS NULL THEN ${name} END AS t_${name}`)}
          FROM ${rows(source.columns, scan, interactions, { fields, keep: ["file_index AS f"] })})
        GROUP BY GROUPING SETS ((f, reason), (u), (${grouped.map((name) => `t_${name}`)})))
      WHERE file IS NOT NULL OR u IS NOT NULL OR t_item IS NOT NULL`);
    sources.push({ ...source, serial });
  }
  const read = new Set([user, item, quantity, time, ...fields.name, fields.brand, ...attributes]);
  return {
    sources,
    interactions,
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
    label: labels(files),
  };
}

/** The names of the item columns in SQL. */
export function itemColumns(attributes: number): string[] {
  return ["name", "brand", ...Array.from({ length: attributes }, (_, at) => `a${at}`)];
}

/** SQL for each item column of `columns`, in the order of `itemColumns`; null where it lacks one. */
export function itemValues(columns: ColumnTypes, fields: ItemFields): string[] {
  const text = (column: string | null) =>
    column !== null && columns.has(column) ? textOf(columns, column) : "NULL";
  const name = fields.name.length > 1
    ? `NULLIF(concat_ws(', ', ${fields.name.map(text).join(", ")}), '')`
    : text(fields.name[0] ?? null);
  return [name, text(fields.brand), ...[...fields.attributes.keys()].map(text)];
}

/** Why a row is left out that could be used: SQL conditions on "user", quantity. */
export interface Rules {
  readonly outlier?: string;
  readonly bot?: string;
}

/**
 * A table expression: "user", item, quantity, "time" as they are used, item columns, reason (null for
 * rows that are usable), and `keep`, SQL on the columns of `scan`.
 */
export function rows(
  columns: ColumnTypes,
  scan: string,
  { user, item, quantity, time }: InteractionColumns,
  { fields, rules = {}, keep = [] }: {
    readonly fields?: ItemFields;
    readonly rules?: Rules;
    readonly keep?: readonly string[];
  } = {},
): string {
  const names = fields === undefined ? [] : itemColumns(fields.attributes.size);
  const texts = fields === undefined ? [] : itemValues(columns, fields);
  const values = [
    ...keep,
    `${textOf(columns, user)} AS "user"`,
    `${textOf(columns, item)} AS item`,
    `${quantity ? quantityOf(columns, quantity) : "CAST(1 AS DECIMAL(18, 3))"} AS quantity`,
    `${time ? timeOf(columns, time) : "CAST(NULL AS BIGINT)"} AS "time"`,
    ...texts.map((sql, at) => `${sql} AS ${names[at]}`),
  ];
  return `(SELECT *, CASE WHEN "user" IS NULL THEN 'missing user'
        WHEN item IS NULL THEN 'missing item'
        WHEN quantity IS NULL THEN 'bad quantity'
        WHEN quantity = 0 THEN 'zero quantity'
        ${time ? `WHEN "time" IS NULL THEN 'unparsable time'` : ""}
        ${rules.outlier ? `WHEN ${rules.outlier} THEN 'outlier quantity'` : ""}
        ${rules.bot ? `WHEN ${rules.bot} THEN 'bot-like user'` : ""} END AS reason
    FROM (SELECT ${values.join(", ")} FROM ${scan}))`;
}

/**
 * Runs `insert` on a source and keeps its broken lines in table `broken`. Where an unclosed quote
 * swallows lines, what is swallowed depends on where DuckDB's threads cut the file: then it is read
 * again by one thread. Returns whether it was.
 */
export async function readOnce(
  db: Database,
  source: Source,
  number: number,
  insert: (scan: string) => string,
): Promise<boolean> {
  try {
    // Lines of NDJSON were refused when they were staged.
    if (source.kind !== "ndjson") await clearRejects(db);
    await db.run("BEGIN");
    await db.run(insert(source.scan({ rejects: true })));
    const serial = await ambiguous(db, source);
    if (serial) {
      await db.run("ROLLBACK");
      await clearRejects(db);
      await db.run("BEGIN");
      await db.run(insert(source.scan({ rejects: true, serial })));
    }
    await keepBroken(db, source, number);
    await db.run("COMMIT");
    return serial;
  } catch (error) {
    throw unreadable(source.files.join(", "), error);
  }
}

function labels(files: readonly string[]): (file: string) => string {
  let folder = dirname(files[0]!);
  const holds = (file: string) => file.startsWith(folder.endsWith(sep) ? folder : folder + sep);
  while (!files.every(holds) && dirname(folder) !== folder) folder = dirname(folder);
  // The sample's file lies in the store, where names are digests.
  const named = (file: string) => file.replace(/^[0-9a-f]{64}(?=\.)/, "purchases");
  return (file) => named(relative(folder, file).replaceAll(sep, "/"));
}
