/** Trainings that the server runs. */
import { z } from "zod";

/** The one object that `pipeline run --json` prints where it fails. */
export const failureSchema = z.object({
  error: z.object({
    stage: z.string().nullable(),
    message: z.string(),
    remedy: z.string(),
  }),
});

/** One line of `pipeline run --progress json`: what is ahead, what begins, moves and ends. */
export const progressLineSchema = z.discriminatedUnion("event", [
  z.object({ event: z.literal("plan"), stages: z.array(z.string()) }),
  z.object({ event: z.literal("log"), stage: z.string().nullable(), message: z.string() }),
  z.object({ event: z.literal("start"), stage: z.string(), why: z.array(z.string()) }),
  z.object({
    event: z.literal("progress"),
    stage: z.string(),
    done: z.number(),
    total: z.number(),
    unit: z.string(),
    note: z.string().nullable(),
  }),
  z.object({
    event: z.literal("end"),
    stage: z.string(),
    cached: z.boolean(),
    seconds: z.number(),
  }),
]);

export type ProgressLine = z.infer<typeof progressLineSchema>;

/** The id of a training. */
export const trainingParamSchema = z.strictObject({ id: z.uuid() });

/** A training: what `POST /v1/train` starts and `GET /v1/train/{id}` tells of. */
export const trainingSchema = z.strictObject({
  id: z.uuid(),
  status: z.enum(["running", "succeeded", "failed"]),
  startedAt: z.iso.datetime(),
  endedAt: z.iso.datetime().nullable(),
  stage: z.string().nullable().describe("The stage at work"),
  note: z.string().nullable().describe("How far that stage is, in words"),
  done: z.number().min(0).max(1)
    .describe("Share of the stages that are done, each counting the same"),
  model: z.string().nullable().describe("The version that came out and now answers"),
  error: z.strictObject({
    stage: z.string().nullable().describe("The stage that failed"),
    message: z.string(),
    remedy: z.string(),
  }).nullable(),
}).meta({ id: "Training" });

export type Training = z.infer<typeof trainingSchema>;
