/** What is measured. */
import { z } from "zod";

export const slicesSchema = z.strictObject({
  groups: z.int().min(2).max(20).default(4)
    .describe("Groups by user activity, item popularity and item age: quantiles."),
  attributes: z.array(z.string().min(1)).default(["brand"])
    .describe('Item attributes, "brand" among them, whose values make groups.'),
  largest: z.int().min(1).max(100).default(20)
    .describe("Values of an attribute with a group of their own; the rest is one more."),
});

export const evaluateSchema = z.strictObject({
  k: z.array(z.int().min(1).max(1000)).min(1).default([5, 10]),
  target: z.enum(["new", "repeat", "all"]).default("new")
    .describe("Which test purchases count: items not bought in training, bought there, or all."),
  slices: slicesSchema.nullable().prefault({})
    .describe("Figures by groups of users and items. null: none."),
});
