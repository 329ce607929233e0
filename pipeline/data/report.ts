/** What ingest found in the purchases, and what it left out and why. */
import { z } from "zod";
import { jsonFormat } from "./formats.ts";

const count = z.int().min(0);
const instant = z.iso.datetime().nullable();

/** Why rows are left out, in the order in which they are tested. */
export const DROP_REASONS = [
  "broken line",
  "missing user",
  "excluded user",
  "missing item",
  "bad quantity",
  "zero quantity",
  "unparsable time",
  "outlier quantity",
  "bot-like user",
  "also in the purchases",
] as const;

/** Reasons that are no fault of the input. */
export const INTENDED: readonly DropReason[] = ["excluded user", "also in the purchases"];

/** At most so many examples of one reason. */
export const MAX_EXAMPLES = 5;

export const dropReason = z.enum(DROP_REASONS);
export type DropReason = z.infer<typeof dropReason>;

/**
 * A row as it stood in the input, by column, with its `file` (from the folder that holds all files) and
 * `line` from 1, or `row` from 1 in a Parquet file. Broken lines have an `error`.
 */
const example = z.record(z.string(), z.union([z.string(), z.number(), z.null()]));
const examples = z.array(example).max(MAX_EXAMPLES);
export type RowExample = z.infer<typeof example>;

export const ingestReportSchema = z.object({
  rows: z.object({ read: count, kept: count, dropped: count }),
  /** By reason, those that occurred; the first rows of each as examples, never of who is excluded. */
  dropped: z.partialRecord(dropReason, z.object({ rows: count, examples })),
  /** Rows of more pieces than `maxQuantity`, bought or returned. */
  outliers: z.object({
    action: z.enum(["report", "cap", "drop"]),
    maxQuantity: z.number(),
    rows: count,
    examples,
  }),
  /** Users with more rows on one day than `maxRowsPerDay`; null where there are no times. */
  bots: z.object({
    action: z.enum(["report", "drop"]),
    maxRowsPerDay: z.number(),
    users: count,
    rows: count,
    /** The busiest first. */
    examples: z.array(z.object({ user: z.string(), day: z.string(), rows: count }))
      .max(MAX_EXAMPLES),
  }).nullable(),
  /** Kept rows that equal another in user, item, time and quantity: two order lines, or a fault. */
  duplicateRows: count,
  users: count,
  items: count,
  /** Entries of the interactions: (user, item, time) with a net quantity other than zero. */
  interactions: count,
  /** (user, item) with a net quantity above zero. */
  pairs: count,
  /** Kept rows with a negative quantity. */
  returns: count,
  /** Items with several names; the latest is kept. */
  renamed: z.object({
    items: count,
    examples: z.array(
      z.object({ id: z.string(), kept: z.string(), names: z.array(z.string()) }),
    ).max(MAX_EXAMPLES),
  }),
  /** Null where items come from the purchase rows. */
  catalogue: z.object({
    rows: count,
    /** Rows without an id, or broken. */
    dropped: count,
    /** Items that nobody bought: not in the matrix. */
    neverBought: count,
    /** Items bought but not in the catalogue: kept, without a name. */
    missing: count,
  }).nullable(),
  /** Which columns were read; null where there is none. */
  columns: z.object({
    user: z.string(),
    item: z.string(),
    quantity: z.string().nullable(),
    time: z.string().nullable(),
    name: z.array(z.string()),
    brand: z.string().nullable(),
    attributes: z.array(z.string()),
    ignored: z.array(z.string()),
  }),
  /** Of purchases that were posted to the server; left out where none were given, nor a list of the excluded. */
  events: z.object({
    rows: count,
    /** By the name of an event store, the last of its entries that training knows. */
    through: z.record(z.string(), count),
  }).optional(),
  timed: z.boolean(),
  /** First and last purchase or return. */
  first: instant,
  last: instant,
  /** True where every item id is an integer in canonical form, exact in a JSON number. */
  integerItemIds: z.boolean(),
});

export type IngestReport = z.infer<typeof ingestReportSchema>;

export const reportFormat = jsonFormat("ingest report", 2, ingestReportSchema);

/** The report without examples and columns: what a model's manifest says of it. */
export function ingestCounts({ rows, dropped, outliers, bots, events }: IngestReport) {
  const byReason = Object.entries(dropped).map(([reason, { rows }]) => [reason, rows] as const);
  return {
    rows,
    dropped: Object.fromEntries(byReason),
    outliers: { action: outliers.action, rows: outliers.rows },
    bots: bots === null ? null : { action: bots.action, users: bots.users, rows: bots.rows },
    ...events && { events },
  };
}
