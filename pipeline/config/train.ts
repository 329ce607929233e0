/** The model and how it is fitted. */
import { z } from "zod";
import { sparkSchema } from "./spark.ts";
import { trendSchema, weightSchema } from "./weights.ts";

const UNITS = ["", "k", "m", "g", "t"];
const BYTES = /^([0-9]+(?:\.[0-9]+)?) ?([kmgtKMGT]?)(i?)[bB]?$/;

/** Bytes: a number of them, or "1GiB" (powers of 1024), "500MB" (of 1000). */
const bytes = z.union([
  z.int().positive(),
  z.string().regex(BYTES).transform((text) => {
    const [, digits, unit = "", binary] = BYTES.exec(text) ?? [];
    const power = UNITS.indexOf(unit.toLowerCase());
    return Math.floor(Number(digits) * (binary === "i" ? 1024 : 1000) ** power);
  }),
], { error: 'write it as "1GiB", "500MB" or a number of bytes' });

/** Keys that decide how a fit runs, never what comes out: no part of a stage's params. */
export const RESOURCES = { threads: true, memory: true, spark: true } as const;

export const trainSchema = z.strictObject({
  model: z.enum(["als", "lmf"]).default("als")
    .describe("als: implicit-feedback ALS. lmf: logistic matrix factorisation."),
  solver: z.enum(["reference", "simd", "tfjs", "spark"]).default("simd")
    .describe("tfjs, spark: for als only; spark with weighted regularization."),
  factors: z.int().min(1).max(1024).default(64),
  iterations: z.int().min(1).max(1000).default(15).describe("Sweeps at most."),
  alpha: z.number().positive().default(1).describe(
    "als: confidence is 1 + alpha * f(r). lmf: a pair counts as alpha * f(r) purchases.",
  ),
  weight: weightSchema.default("log1p")
    .describe("f: how a pair's quantity r becomes weight."),
  cap: z.number().positive().default(10).describe("capped: the largest r that counts."),
  halfLife: z.number().positive().nullable().default(null)
    .describe("Days after which a purchase counts half. null: no decay."),
  popularityExponent: z.number().min(0).default(0)
    .describe("beta: extra confidence is scaled by (buyers of the item / their mean)^-beta."),
  trend: trendSchema.nullable().default(null)
    .describe("One more column beside the factors: recent popularity. null: none."),
  regularization: z.enum(["constant", "weighted", "frequency"]).default("constant"),
  lambda: z.number().positive().default(3),
  nu: z.number().min(0).default(1).describe("frequency: lambda * (n_u + alpha0 * n_items)^nu."),
  alpha0: z.number().min(0).default(0.1),
  init: z.enum(["fresh", "previous"]).default("fresh")
    .describe("What a fit starts from. previous: the factors of the model in export.dir."),
  seed: z.int().min(0).default(42),
  threads: z.int().min(1).max(256).optional().describe("Default: one a core. No key part."),
  memory: bytes.optional()
    .describe(
      'What a fit may take, as "1GiB"; one that needs more is refused. Default: what the machine has free. No key part.',
    ),
  spark: sparkSchema,
  earlyStopping: z.boolean().default(true)
    .describe("Pick the number of sweeps on a validation slice of the training part."),
});

/** What keys of `train` must agree on; for `superRefine`. */
export function trainRules(
  { model, solver, regularization, init, earlyStopping }:
    & Pick<z.infer<typeof trainSchema>, "model" | "solver" | "regularization">
    & Partial<Pick<z.infer<typeof trainSchema>, "init" | "earlyStopping">>,
  context: z.RefinementCtx,
): void {
  const refuse = (key: string, message: string) =>
    context.addIssue({ code: "custom", path: [key], message });
  if (model === "lmf" && (solver === "tfjs" || solver === "spark")) {
    refuse("solver", `"${solver}" is for train.model "als": set "simd" or "reference"`);
  } else if (solver === "spark") {
    if (regularization !== "weighted") {
      refuse(
        "regularization",
        `train.solver "spark" minimises MLlib's objective, lambda times a row's entries: set "weighted", ` +
          `and train.lambda for it, instead of "${regularization}"`,
      );
    }
    if (earlyStopping) {
      refuse(
        "earlyStopping",
        'train.solver "spark" has no early stopping, since MLlib gives only the last sweep: set false, ' +
          "and train.iterations to what you want",
      );
    }
    if (init === "previous") {
      refuse("init", 'train.solver "spark" cannot start from given factors: set "fresh"');
    }
  }
}
