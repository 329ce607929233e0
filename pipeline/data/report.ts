/** What ingest found in the purchases, and what it left out and why. */
import { z } from "zod";
import { jsonFormat } from "./formats.ts";

const count = z.int().min(0);
const instant = z.iso.datetime().nullable();

/** Why rows are left out, in the order in which they are tested. */
export const DROP_REASONS = [
  "broken line",
  "missing user",
  "missing item",
  "bad quantity",
  "zero quantity",
  "unparsable time",
] as const;

const reason = z.enum(DROP_REASONS);

export const ingestReportSchema = z.object({
  rows: z.object({ read: count, kept: count, dropped: count }),
  /** By reason, those that occurred; at most five example rows each, as they stood in the input. */
  dropped: z.partialRecord(
    reason,
    z.object({
      rows: count,
      examples: z.array(z.record(z.string(), z.union([z.string(), z.number(), z.null()]))).max(5),
    }),
  ),
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
    ).max(5),
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
  timed: z.boolean(),
  /** First and last purchase or return. */
  first: instant,
  last: instant,
  /** True where every item id is an integer in canonical form, exact in a JSON number. */
  integerItemIds: z.boolean(),
});

export type IngestReport = z.infer<typeof ingestReportSchema>;

export const reportFormat = jsonFormat("ingest report", 1, ingestReportSchema);
