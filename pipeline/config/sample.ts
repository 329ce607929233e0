/** The generated sample shop. */
import { z } from "zod";

export const sampleSchema = z.strictObject({
  scale: z.enum(["small", "full"]).default("small"),
  seed: z.int().min(0).default(42),
});
