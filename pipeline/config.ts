/**
 * The configuration: every tunable of the pipeline in one place. `configSchema` parses it, and the
 * JSON schema for editors (`pipeline.schema.json`) is made from it. Each section has a module of its
 * own: a stage imports its section, so that a new key of another one does not make it run again.
 */
import { z } from "zod";
import { overrideRules } from "./config/cuts.ts";
import { databaseRules } from "./config/database.ts";
import { evaluateSchema } from "./config/evaluate.ts";
import { exportSchema } from "./config/export.ts";
import { gateSchema } from "./config/gate.ts";
import { sampleSchema } from "./config/sample.ts";
import { sourceSchema } from "./config/source.ts";
import { splitRules, splitSchema } from "./config/split.ts";
import { trainRules, trainSchema } from "./config/train.ts";
import { tuneSchema } from "./config/tune.ts";

export const configSchema = z.strictObject({
  $schema: z.string().optional(),
  source: sourceSchema.superRefine(databaseRules).prefault({}),
  sample: sampleSchema.prefault({}),
  split: splitSchema.superRefine(splitRules).prefault({}),
  train: trainSchema.superRefine(trainRules).prefault({}),
  evaluate: evaluateSchema.prefault({}),
  export: exportSchema.prefault({}),
  gate: gateSchema.prefault({}),
  tune: tuneSchema.prefault({}),
}).superRefine((config, context) => {
  overrideRules(config, context);
  if (config.split.strategy !== "held-out-users" || config.train.model === "als") return;
  context.addIssue({
    code: "custom",
    path: ["split", "strategy"],
    message:
      '"held-out-users" needs fold-in, which train.model "lmf" has not: set another strategy, ' +
      'or train.model to "als"',
  });
});

export type Config = z.infer<typeof configSchema>;
export type TrainParams = Omit<z.infer<typeof trainSchema>, "threads" | "memory">;
