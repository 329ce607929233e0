/** What is measured. */
import { z } from "zod";
import { baselinesSchema } from "./baselines.ts";

/** How intervals and comparisons are computed. */
export const significanceParams = z.strictObject({
  resamples: z.int().min(100).max(100_000).default(2000)
    .describe("Draws of the bootstrap, and at least so many of the randomisation test."),
  level: z.number().gt(0.5).lt(1).default(0.95)
    .describe("Of intervals; 1 - level is what Holm's correction keeps the error below."),
  seed: z.int().min(0).default(42),
});

export const slicesSchema = z.strictObject({
  groups: z.int().min(2).max(20).default(4)
    .describe("Groups by user activity, item popularity and item age: quantiles."),
  attributes: z.array(z.string().min(1)).default(["brand"])
    .describe('Item attributes, "brand" among them, whose values make groups.'),
  largest: z.int().min(1).max(100).default(20)
    .describe("Values of an attribute with a group of their own; the rest is one more."),
});

export const evaluateSchema = z.strictObject({
  k: z.array(z.int().min(1).max(1000)).min(1).default([5, 10, 100])
    .describe(
      "Lengths of lists. Short ones are what customers see; a long one tells models apart.",
    ),
  target: z.enum(["new", "repeat", "all"]).default("new")
    .describe("Which test purchases count: items not bought in training, bought there, or all."),
  baselines: baselinesSchema.prefault({}),
  significance: significanceParams.prefault({}),
  slices: slicesSchema.nullable().prefault({})
    .describe("Figures by groups of users and items. null: none."),
});
