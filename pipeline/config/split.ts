/** How purchases are cut into a training and a test part. */
import { z } from "zod";

export const splitSchema = z.strictObject({
  strategy: z.enum(["auto", "temporal", "leave-last-out", "random", "given"]).default("auto"),
  days: z.number().positive().default(28).describe("temporal: the last days are the test part."),
  fraction: z.number().gt(0).lt(1).default(0.2).describe("random: share of a user's items."),
  seed: z.int().min(0).default(42),
  test: z.strictObject({ path: z.string().min(1) }).optional()
    .describe("given: a file of test purchases with the columns of source.interactions."),
});
