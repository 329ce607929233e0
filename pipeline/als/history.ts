import { z } from "zod";
import { jsonFormat } from "../data/formats.ts";

const figure = z.number();

/** How a fit went: `fit` returns the first part, the train stage adds `selection`. */
export const historySchema = z.strictObject({
  /** By sweep of the fit whose factors were kept, from the first; of Spark's, which tells no other, the last alone. */
  sweeps: z.array(z.strictObject({
    objective: figure,
    /** What `validate` gave; null without it. */
    validation: figure.nullable(),
  })),
  /** The sweep whose factors were kept, from 1. */
  chosen: z.int().min(1),
  /** iterations: all sweeps done. validation: no better for `patience` sweeps. */
  stopped: z.enum(["iterations", "validation"]),
  solver: z.string(),
  /** The solver's `runtime()`. */
  runtime: z.record(z.string(), z.string()),
  /** Where it was computed, if elsewhere: the id of Spark's application, its master. */
  facts: z.record(z.string(), z.string()).optional(),
});

export type History = z.infer<typeof historySchema>;

/** A fit on less than the training part, which chose the number of sweeps. */
export const selectionSchema = z.strictObject({
  metric: z.literal("ndcg@10"),
  /** How the purchases to validate on were taken from the training part. */
  slice: z.enum(["temporal", "leave-last-out", "random", "held-out-users"]),
  /** Users that the figures are a mean over. */
  users: z.int().min(1),
  sweeps: historySchema.shape.sweeps.min(1),
});

export const trainHistorySchema = historySchema.extend({
  /** The model whose factors the fit started from; left out where it started afresh. */
  startedFrom: z.string().optional(),
  /** Null where the number of sweeps was given. */
  selection: selectionSchema.nullable(),
});

export type TrainHistory = z.infer<typeof trainHistorySchema>;

export const historyFormat = jsonFormat("training history", 1, trainHistorySchema);
