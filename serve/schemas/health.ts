/** Whether the server runs, and whether it can answer. */
import { z } from "zod";

export const liveSchema = z.strictObject({ status: z.literal("live") });

export const readySchema = z.strictObject({
  status: z.literal("ready"),
  model: z.string().describe("The version that answers"),
});

export const rootSchema = z.strictObject({
  service: z.string(),
  ready: z.boolean(),
  model: z.string().nullable(),
  calls: z.array(z.string()),
});
