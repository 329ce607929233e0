/** What a model must say of its fit before rows can be folded into it. */
import { z } from "zod";
import { trainSchema } from "./train.ts";

const { alpha, weight, cap, halfLife, popularityExponent, regularization, lambda, nu, alpha0 } =
  trainSchema.shape;

/** Without defaults: a value that is not stated is not known, and any guess would be another model. */
const fittedSchema = z.object({
  /** A library's manifest from before there were two models does not say it. */
  model: z.literal("als").optional(),
  alpha: alpha.unwrap(),
  weight: weight.unwrap(),
  cap: cap.unwrap(),
  halfLife: halfLife.unwrap(),
  /** A manifest from before it was a param has none. */
  popularityExponent,
  regularization: regularization.unwrap(),
  lambda: lambda.unwrap(),
  nu: nu.unwrap(),
  alpha0: alpha0.unwrap(),
});

/** Confidence and regularization of a fit. */
export type Fitted = Omit<z.infer<typeof fittedSchema>, "model">;

/**
 * Reads them from the params of a manifest. Throws `RangeError` where they are not all there, or of
 * another model.
 */
export function fittedParams(params: Readonly<Record<string, unknown>>): Fitted {
  if (params.model === "lmf") {
    throw new RangeError(
      "Nothing can be folded into this model or explained by it: that is the algebra of least squares, " +
        'and this is logistic matrix factorisation; fit by train.model "als" for it',
    );
  }
  const parsed = fittedSchema.safeParse(params);
  if (parsed.success) return parsed.data;
  const reasons = parsed.error.issues.map(({ path, message }) => [...path, message].join(": "));
  throw new RangeError(
    `Nothing can be folded into this model or explained by it, since its manifest's params do not ` +
      `say how ALS was fitted (${reasons.join("; ")}): make the model again with ` +
      "`deno task pipeline` or `fit`",
  );
}
