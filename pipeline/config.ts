/**
 * The configuration: every tunable of the pipeline in one place. `configSchema` parses it, and the
 * JSON schema for editors (`pipeline.schema.json`) is made from it.
 */
import { z } from "zod";

/** A column's name in the input; where it is left out, the replaced service's name is tried. */
const column = z.string().min(1);

export const sourceSchema = z.strictObject({
  interactions: z.strictObject({
    path: z.union([z.string().min(1), z.array(z.string().min(1)).min(1)]).optional()
      .describe("CSV(.gz) or Parquet files: a path, a glob or a list. Without it, the sample shop is generated."),
    columns: z.strictObject({
      user: column.default("user_id_hash"),
      item: column.default("catalog_item_id"),
      quantity: column.nullable().optional()
        .describe("Default: `quantity` where the input has it, else each row counts 1. null: never read it."),
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

export const sampleSchema = z.strictObject({
  scale: z.enum(["small", "full"]).default("small"),
  seed: z.int().min(0).default(42),
});

export const splitSchema = z.strictObject({
  strategy: z.enum(["auto", "temporal", "leave-last-out", "random", "given"]).default("auto"),
  days: z.number().positive().default(28).describe("temporal: the last days are the test part."),
  fraction: z.number().gt(0).lt(1).default(0.2).describe("random: share of a user's items."),
  seed: z.int().min(0).default(42),
  test: z.strictObject({ path: z.string().min(1) }).optional()
    .describe("given: a file of test purchases with the columns of source.interactions."),
});

export const trainSchema = z.strictObject({
  model: z.enum(["als"]).default("als"),
  solver: z.enum(["reference", "tfjs"]).default("reference"),
  factors: z.int().min(1).max(1024).default(64),
  iterations: z.int().min(1).max(1000).default(15).describe("Sweeps at most."),
  alpha: z.number().positive().default(1).describe("Confidence is 1 + alpha * f(r)."),
  weight: z.enum(["binary", "linear", "log1p", "capped"]).default("log1p")
    .describe("f: how a pair's quantity r becomes weight."),
  cap: z.number().positive().default(10).describe("capped: the largest r that counts."),
  halfLife: z.number().positive().nullable().default(null)
    .describe("Days after which a purchase counts half. null: no decay."),
  regularization: z.enum(["constant", "weighted", "frequency"]).default("constant"),
  lambda: z.number().positive().default(3),
  nu: z.number().min(0).default(1).describe("frequency: lambda * (n_u + alpha0 * n_items)^nu."),
  alpha0: z.number().min(0).default(0.1),
  seed: z.int().min(0).default(42),
  threads: z.int().min(1).max(256).optional().describe("Default: one a core. No key part."),
  earlyStopping: z.boolean().default(true)
    .describe("Pick the number of sweeps on a validation slice of the training part."),
});

export const evaluateSchema = z.strictObject({
  k: z.array(z.int().min(1).max(1000)).min(1).default([5, 10]),
  target: z.enum(["new", "repeat", "all"]).default("new")
    .describe("Which test purchases count: items not bought in training, bought there, or all."),
});

export const exportSchema = z.strictObject({
  dir: z.string().min(1).default("model"),
  refit: z.boolean().default(true)
    .describe("Fit once more on all interactions: a shop must not serve without its latest weeks."),
});

export const configSchema = z.strictObject({
  $schema: z.string().optional(),
  source: sourceSchema.prefault({}),
  sample: sampleSchema.prefault({}),
  split: splitSchema.prefault({}),
  train: trainSchema.prefault({}),
  evaluate: evaluateSchema.prefault({}),
  export: exportSchema.prefault({}),
});

export type Config = z.infer<typeof configSchema>;
export type TrainParams = Omit<z.infer<typeof trainSchema>, "threads">;
