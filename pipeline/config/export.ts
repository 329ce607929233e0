/** What is handed to the server. */
import { z } from "zod";

export const exportSchema = z.strictObject({
  dir: z.string().min(1).default("model"),
  refit: z.boolean().default(true)
    .describe("Fit once more on all interactions: a shop must not serve without its latest weeks."),
});
