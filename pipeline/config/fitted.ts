/** What a model must say of its fit before rows can be folded into it. */
import { z } from "zod";
import { trainSchema } from "./train.ts";

const { alpha, weight, cap, halfLife, popularityExponent, regularization, lambda, nu, alpha0 } =
  trainSchema.shape;

/** Without defaults: a value that is not stated is not known, and any guess would be another model. */
const fittedSchema = z.object({
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
export type Fitted = z.infer<typeof fittedSchema>;

/**
 * Reads them from the params of a manifest. Throws `RangeError` where they are not all there, or where
 * the model is another than ALS: only there a row solves a least-squares problem. A manifest from before
 * there was another does not say which it is.
 */
export function fittedParams(params: Readonly<Record<string, unknown>>): Fitted {
  const { model = "als" } = params;
  if (model !== "als") {
    throw new RangeError(
      `Nothing can be folded into this model or explained by it: it is of train.model ` +
        `${
          JSON.stringify(model)
        }, whose factors are no solution of least squares. Set train.model ` +
        `to "als" and make it again; recommend, similar and similarUsers answer as it is`,
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
