/** Versions of the model. */
import { z } from "zod";

/** A version's digest in a path. */
export const versionParamSchema = z.strictObject({
  version: z.string().regex(/^sha256:[0-9a-f]{64}$/).describe("A version, as /v1/models lists it"),
});

const figures = z.record(z.string(), z.number());

const modelSchema = z.strictObject({
  version: z.string().describe("Its digest"),
  active: z.boolean().describe("Whether it answers now"),
  keptSince: z.iso.datetime().nullable().describe("Null where versions are not kept"),
  data: z.string().describe("Digest of the purchases that it was fitted on"),
  split: z.string().describe("Digest of the training part that its metrics are of"),
  fittedOn: z.enum(["train", "all"]),
  fittedUntil: z.string().nullable().describe("When its latest purchase was"),
  sweeps: z.int(),
  metrics: figures,
  baselines: z.record(z.string(), figures),
}).meta({ id: "Model" });

/** The answer of `GET /v1/models`. */
export const modelsSchema = z.strictObject({
  active: z.string().nullable().describe("The version that answers now"),
  models: z.array(modelSchema).describe("Versions that can be activated, the latest kept first"),
}).meta({ id: "Models" });

/** The answer of `POST /v1/models/{version}/activate`. */
export const activationSchema = z.strictObject({
  active: z.string().describe("The version that answers from now on"),
  previous: z.string().nullable().describe("The one that answered before"),
}).meta({ id: "Activation" });

export type ModelInfo = z.infer<typeof modelSchema>;
