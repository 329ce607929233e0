/** Which changes `gate` lets through. */
import { z } from "zod";

export const gateSchema = z.strictObject({
  metric: z.string().regex(/^[A-Za-z]+@[1-9]\d*$/, 'write it as "ndcg@10"').default("ndcg@100")
    .describe("What decides: higher is better, at a k of evaluate.k. Long lists tell the most."),
  maxLoss: z.number().gt(0).max(1).default(0.1).describe(
    "Allowed loss, as a part of the old mean: refused where the interval's lower bound lies below it.",
  ),
  level: z.number().gt(0.5).lt(1).default(0.95).describe("Of the interval."),
  base: z.string().min(1).default("origin/main")
    .describe("The branch that changes go to: gate compares with where this one left it."),
});
