/** What is measured. */
import { z } from "zod";
import { baselinesSchema } from "./baselines.ts";

export const evaluateSchema = z.strictObject({
  k: z.array(z.int().min(1).max(1000)).min(1).default([5, 10]),
  target: z.enum(["new", "repeat", "all"]).default("new")
    .describe("Which test purchases count: items not bought in training, bought there, or all."),
  baselines: baselinesSchema.prefault({}),
});
