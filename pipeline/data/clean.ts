/** Ingest as a whole: from files to tables `interactions`, `users`, `described`, and the report. */
import {
  describeAndNet,
  describeByPurchases,
  loadCatalogue,
  numberIds,
  renamedItems,
  tableFigures,
} from "./catalogue.ts";
import type { InteractionColumns, ItemColumns } from "./columns.ts";
import type { Encoding } from "./text.ts";
import {
  brokenRows,
  countReasons,
  type DroppedRow,
  examplesOf,
  firstDropped,
  type ReasonCount,
} from "./dropped.ts";
import type { Database } from "./duckdb.ts";
import { eventFacts } from "./events.ts";
import { loadExcluded } from "./excluded.ts";
import {
  act,
  type BotConfig,
  judge,
  loadLines,
  type OutlierConfig,
  type Unlikely,
} from "./lines.ts";
import { countByFile } from "./lines_by_file.ts";
import { loadPurchases, type Purchases } from "./purchases.ts";
import { DROP_REASONS, type DropReason, type IngestReport, INTENDED } from "./report.ts";
import { reasonList, refuse } from "./strict.ts";

/** What of the config says how purchases are cleaned. */
export interface CleanConfig {
  readonly columns: { readonly interactions: InteractionColumns; readonly items: ItemColumns };
  readonly encoding: Encoding;
  readonly catalogueEncoding: Encoding;
  readonly outliers: OutlierConfig;
  readonly bots: BotConfig;
  readonly strict: boolean;
}

/** The files of the input. */
export interface CleanFiles {
  readonly purchases: readonly string[];
  readonly catalogue: string | undefined;
  /** Purchases that were posted to the server. */
  readonly events: readonly string[];
  /** Lists of customers who asked to be forgotten. */
  readonly excluded: readonly string[];
}

/** Fills the tables and tells what was found. Throws as the ingest stage does. */
export async function cleanPurchases(
  db: Database,
  { purchases: files, catalogue, events, excluded }: CleanFiles,
  config: CleanConfig,
): Promise<IngestReport> {
  const { columns, encoding, strict } = config;
  const lists = excluded.length === 0 ? undefined : await loadExcluded(db, excluded);
  const purchases = await loadPurchases(db, files, {
    ...columns,
    encoding,
    catalogue: catalogue !== undefined,
    events,
    exclusion: lists?.exclusion,
  });
  const timed = purchases.columns.time !== null;
  const counts = await countReasons(db);
  const broken = await brokenRows(db, purchases);
  const unusable = () => firstDropped(db, purchases, counts);
  const byReason = totals(counts, broken.lines);
  if (strict) await refuseDropped(broken.rows, faults(byReason), unusable);
  const described = catalogue === undefined ? undefined : await loadCatalogue(db, catalogue, {
    items: columns.items,
    item: columns.interactions.item,
    encoding: config.catalogueEncoding,
    strict,
  });
  const fields = described?.fields ?? purchases.fields;
  if (described === undefined) await describeByPurchases(db, fields);
  await numberIds(db);
  const repeated = await loadLines(db, purchases);
  if (repeated > 0) byReason["also in the purchases"] = repeated;

  const unlikely = await judge(db, config, timed);
  const usable = await unlikelyRows(db, purchases, unlikely);
  const all: Readonly<Record<string, number>> = { ...byReason, ...usable.dropped };
  if (strict) await refuseDropped([], usable.dropped, () => Promise.resolve(usable.rows));
  await act(db, unlikely);
  await describeAndNet(db, fields);

  const figures = await tableFigures(db);
  const dropped = Object.values(all).reduce((sum, n) => sum + n, 0);
  const read = figures.kept + dropped;
  const rows = [...broken.rows, ...await unusable(), ...usable.rows];
  if (figures.kept === 0) throw nothingUsable(files, read, all, rows[0]);
  return {
    rows: { read, kept: figures.kept, dropped },
    dropped: Object.fromEntries(
      DROP_REASONS.filter((reason) => all[reason] !== undefined).map((reason) => [
        reason,
        { rows: all[reason] ?? 0, examples: examplesOf(rows, reason) },
      ]),
    ),
    outliers: { ...unlikely.outliers, examples: examplesOf(usable.rows, "outlier quantity") },
    bots: unlikely.bots,
    duplicateRows: figures.duplicates,
    users: figures.users,
    items: figures.items,
    interactions: figures.interactions,
    pairs: figures.pairs,
    returns: figures.returns,
    renamed: await renamedItems(db),
    catalogue: described === undefined ? null : {
      rows: described.rows,
      dropped: described.dropped,
      neverBought: figures.unused,
      missing: figures.undescribed,
    },
    columns: {
      ...purchases.columns,
      name: [...fields.name],
      brand: fields.brand,
      attributes: [...fields.attributes.values()],
    },
    ...(events.length > 0 || lists !== undefined) && {
      events: await eventFacts(
        db,
        purchases.sources.filter(({ posted }) => posted),
        lists?.sources ?? [],
      ),
    },
    timed,
    first: instant(figures.first),
    last: instant(figures.last),
    integerItemIds: figures.integers,
  };
}

/** Examples of outliers and of bots' rows, and how many of them are dropped. */
async function unlikelyRows(
  db: Database,
  purchases: Purchases,
  { outliers, bots, rules }: Unlikely,
): Promise<{ rows: DroppedRow[]; dropped: Partial<Record<DropReason, number>> }> {
  const wanted = {
    ...(outliers.rows > 0 ? { outlier: rules.outlier } : {}),
    ...(bots !== null && bots.action === "drop" && bots.rows > 0 ? { bot: rules.bot } : {}),
  };
  if (Object.keys(wanted).length === 0) return { rows: [], dropped: {} };
  // An outlier that is kept is a bot's row all the same.
  const first = outliers.action === "drop" || wanted.bot === undefined ? [wanted] : [
    { bot: wanted.bot },
    ...(wanted.outlier === undefined ? [] : [{ outlier: wanted.outlier }]),
  ];
  const rows: DroppedRow[] = [];
  const dropped: Partial<Record<DropReason, number>> = {};
  for (const rules of first) {
    const counts = await countByFile(db, purchases, rules);
    rows.push(...await firstDropped(db, purchases, counts, rules));
    for (const { reason, rows } of counts) {
      if (reason === "outlier quantity" && outliers.action !== "drop") continue;
      dropped[reason] = (dropped[reason] ?? 0) + rows;
    }
  }
  return { rows, dropped };
}

/** What is dropped by fault of the input. */
function faults(counts: Partial<Record<DropReason, number>>): Partial<Record<DropReason, number>> {
  const found = { ...counts };
  for (const reason of INTENDED) delete found[reason];
  return found;
}

function totals(
  counts: readonly ReasonCount[],
  broken: number,
): Partial<Record<DropReason, number>> {
  const found: Partial<Record<DropReason, number>> = {};
  if (broken > 0) found["broken line"] = broken;
  for (const { reason, rows } of counts) found[reason] = (found[reason] ?? 0) + rows;
  return found;
}

async function refuseDropped(
  broken: readonly DroppedRow[],
  counts: Readonly<Record<string, number>>,
  others: () => Promise<readonly DroppedRow[]>,
): Promise<void> {
  if (Object.keys(counts).length === 0) return;
  const rows = [...broken, ...await others()];
  const [file] = rows.map((row) => row.file);
  const [first] = rows.filter((row) => row.file === file).sort((a, b) => a.place - b.place);
  if (first !== undefined) refuse(first, counts);
}

function instant(seconds: number | null): string | null {
  return seconds === null ? null : new Date(seconds * 1000).toISOString();
}

function nothingUsable(
  files: readonly string[],
  read: number,
  dropped: Readonly<Record<string, number>>,
  first: DroppedRow | undefined,
) {
  const why = read === 0
    ? "it has no rows"
    : `of ${read} rows none is usable: ${reasonList(dropped)}`;
  const named = files.slice(0, 3).join(", ") + (files.length > 3 ? `, … (${files.length})` : "");
  return new RangeError(
    `${named}: ${why}. Check source.interactions.columns and the values` +
      (first ? `, such as ${JSON.stringify(first.example).slice(0, 300)}` : ""),
  );
}
