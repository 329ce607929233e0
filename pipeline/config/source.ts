/** Where purchases and catalogue come from. */
import { z } from "zod";
import { databaseQuery, databaseUrl, refreshSchema } from "./database.ts";

/** A column's name in the input; where it is left out, the replaced service's name is tried. */
const column = z.string().min(1);

const encoding = z.enum(["utf-8", "utf-16", "latin-1"]).default("utf-8")
  .describe("Of text files. One that begins with UTF-16's byte order mark is read as UTF-16.");

export const sourceSchema = z.strictObject({
  interactions: z.strictObject({
    path: z.union([z.string().min(1), z.array(z.string().min(1)).min(1)]).optional()
      .describe(
        "CSV, NDJSON (both also .gz or .zst) or Parquet files: a path, a glob or a list. Without it and url, the sample shop is generated.",
      ),
    url: databaseUrl.optional(),
    query: databaseQuery.optional(),
    encoding,
    columns: z.strictObject({
      user: column.default("user_id_hash"),
      item: column.default("catalog_item_id"),
      quantity: column.nullable().optional()
        .describe(
          "Default: `quantity` where the input has it, else each row counts 1. null: never read it.",
        ),
      time: column.nullable().optional()
        .describe("Default: `ordered_at` where the input has it. null: never read it."),
    }).prefault({}),
  }).prefault({}),
  items: z.strictObject({
    path: z.string().min(1).optional()
      .describe("The catalogue. Without it and query, items are taken from the purchase rows."),
    url: databaseUrl.optional(),
    query: databaseQuery.optional(),
    encoding,
    columns: z.strictObject({
      id: column.optional().describe("Default: the purchases' item column."),
      name: z.union([column, z.array(column).min(1)]).default("catalog_item_name")
        .describe("One column, or several that are joined by a comma."),
      brand: column.default("brand_name"),
    }).prefault({}),
  }).prefault({}),
  events: z.strictObject({
    path: z.union([z.string().min(1), z.array(z.string().min(1)).min(1)]).optional()
      .describe(
        "Further purchases, as the server keeps and hands them over by itself: NDJSON, CSV or Parquet with the columns user, item, quantity and time. One that equals a row of the purchases, its time too, counts once.",
      ),
  }).prefault({}),
  exclude: z.strictObject({
    path: z.union([z.string().min(1), z.array(z.string().min(1)).min(1)]).optional()
      .describe(
        "Customers who asked to be forgotten, as the server hands them over by itself: a column user, or hash and salt (the SHA-256 of salt and id), and time. What they bought until then is left out of the purchases; all of it where there is no time.",
      ),
  }).prefault({}),
  outliers: z.strictObject({
    maxQuantity: z.number().positive().optional()
      .describe(
        "A row with more pieces, bought or returned, is an outlier. Default: 10 times the 99th percentile, at least 100.",
      ),
    action: z.enum(["report", "cap", "drop"]).default("report")
      .describe("cap: count maxQuantity instead. Outliers are reported in any case."),
  }).prefault({}),
  bots: z.strictObject({
    maxRowsPerDay: z.int().positive().optional()
      .describe(
        "A user with more rows on one day (UTC) is bot-like. Default: 10 times the 99th percentile of all users' days, at least 100.",
      ),
    action: z.enum(["report", "drop"]).default("report")
      .describe("drop: leave out all rows of the user. Bot-like users are reported in any case."),
  }).prefault({}),
  refresh: refreshSchema,
  strict: z.boolean().default(false)
    .describe("Fail at the first row that would be dropped, naming file, line and column."),
});
