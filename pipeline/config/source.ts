/** Where purchases and catalogue come from. */
import { z } from "zod";

/** A column's name in the input; where it is left out, the replaced service's name is tried. */
const column = z.string().min(1);

export const sourceSchema = z.strictObject({
  interactions: z.strictObject({
    path: z.union([z.string().min(1), z.array(z.string().min(1)).min(1)]).optional()
      .describe(
        "CSV(.gz) or Parquet files: a path, a glob or a list. Without it, the sample shop is generated.",
      ),
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
      .describe("The catalogue. Without it, items are taken from the purchase rows."),
    columns: z.strictObject({
      id: column.optional().describe("Default: the purchases' item column."),
      name: z.union([column, z.array(column).min(1)]).default("catalog_item_name")
        .describe("One column, or several that are joined by a comma."),
      brand: column.default("brand_name"),
    }).prefault({}),
  }).prefault({}),
});
