/** What the model and the baselines beside it have in common: how a purchase counts, and the trend. */
import { z } from "zod";

/** How a pair's quantity r becomes weight. */
export const weightSchema = z.enum(["binary", "linear", "log1p", "capped"]);

/** The column of recent popularity. */
export const trendSchema = z.strictObject({
  halfLife: z.number().positive().default(14)
    .describe("Days after which a buyer counts half towards an item's recent popularity."),
  weight: z.number().positive().default(1)
    .describe("What the item that is most popular of late gains in every user's score."),
});
