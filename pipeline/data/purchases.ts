/** The purchase files as tables of DuckDB: what is in them, and which rows are left out and why. */
import { basename, dirname, relative, sep } from "node:path";
import { ambiguous, createBroken, keepBroken } from "./broken.ts";
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
import { clearRejects } from "./rejects.ts";
import type { IngestReport } from "./report.ts";
import { openEvents } from "./events.ts";
import { type Exclusion, itemColumns, rows, type RowSource } from "./rows.ts";
import { openSources, requireColumns, type Source, unreadable } from "./source.ts";

/** A source of purchases. */
export interface PurchaseSource extends Source, RowSource {
  /** Whether it must be read on one thread. */
  readonly serial: boolean;
  /** Whether its rows were posted to the server: some may be in the other sources as well. */
  readonly posted: boolean;
}

/** What was opened and read. */
export interface Purchases {
  /** Those that were posted last. */
  readonly sources: readonly PurchaseSource[];
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
  /** Files of purchases that were posted to the server. */
  readonly events?: readonly string[];
  /** Whose rows of `files` are left out. */
  readonly exclusion?: Exclusion | undefined;
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
  const { events = [], exclusion } = config;
  const posted = events.length === 0 ? [] : await openEvents(db, events, time !== null);
  const all = [
    ...opened.map((source) => ({ ...source, interactions, exclusion, posted: false })),
    ...posted.map((source) => ({ ...source, posted: true })),
  ];

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
  for (const [at, source] of all.entries()) {
    const serial = await readOnce(db, source, at, (scan) => `
      INSERT INTO found SELECT * FROM (
        SELECT ${at}, f AS file, reason, count(*), u, t_item, max("time"),
          ${texts.map((name) => `t_${name}`).join(", ")}
        FROM (SELECT f, reason, "time", CASE WHEN reason IS NULL THEN "user" END AS u,
            ${grouped.map((name) => `CASE WHEN reason IS NULL THEN ${name} END AS t_${name}`)}
          FROM ${rows(source, scan, { fields, keep: ["file_index AS f"] })})
        GROUP BY GROUPING SETS ((f, reason), (u), (${grouped.map((name) => `t_${name}`)})))
      WHERE file IS NOT NULL OR u IS NOT NULL OR t_item IS NOT NULL`);
    sources.push({ ...source, serial });
  }
  const read = new Set([user, item, quantity, time, ...fields.name, fields.brand, ...attributes]);
  return {
    sources,
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
    label: labels(files, events),
  };
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

function labels(
  files: readonly string[],
  events: readonly string[],
): (file: string) => string {
  let folder = dirname(files[0]!);
  const holds = (file: string) => file.startsWith(folder.endsWith(sep) ? folder : folder + sep);
  while (!files.every(holds) && dirname(folder) !== folder) folder = dirname(folder);
  // The sample's file lies in the store, where names are digests.
  const named = (file: string) => file.replace(/^[0-9a-f]{64}(?=\.)/, "purchases");
  return (file) =>
    events.includes(file)
      ? `events/${basename(file)}`
      : named(relative(folder, file).replaceAll(sep, "/"));
}
