import assert from "node:assert/strict";
import { fittedParams } from "../../pipeline/config/fitted.ts";
import { trainSchema } from "../../pipeline/config/train.ts";

const params = { ...trainSchema.parse({}), refit: true, split: {} };

Deno.test("confidence and regularization are read from a manifest's params", () => {
  const { alpha, weight, cap, halfLife, regularization, lambda, nu, alpha0, ...rest } =
    fittedParams(params);
  assert.deepEqual(
    { alpha, weight, cap, halfLife, regularization, lambda, nu, alpha0 },
    {
      alpha: 1,
      weight: "log1p",
      cap: 10,
      halfLife: null,
      regularization: "constant",
      lambda: 3,
      nu: 1,
      alpha0: 0.1,
    },
  );
  assert.ok(!("refit" in rest));
});

Deno.test("the popularity exponent is the fit's, none where the manifest is older than the param", () => {
  assert.equal(fittedParams({ ...params, popularityExponent: 0.4 }).popularityExponent, 0.4);
  const { popularityExponent: _, ...older } = params;
  assert.equal(fittedParams(older).popularityExponent, 0);
});

Deno.test("a value that is missing is never guessed, and another model refused", () => {
  for (const key of ["alpha", "weight", "cap", "halfLife", "regularization", "lambda", "nu"]) {
    const { [key]: _, ...rest } = Object.fromEntries(Object.entries(params));
    assert.throws(() => fittedParams(rest), (error) => {
      assert.ok(error instanceof RangeError);
      assert.match(error.message, new RegExp(`\\(${key}: .*deno task pipeline`));
      return true;
    });
  }
  assert.throws(() => fittedParams({ ...params, model: "lmf" }), {
    name: "RangeError",
    message: /train\.model "lmf", .*least squares.*Set train\.model to "als"/,
  });
  const { model: _, ...library } = params;
  fittedParams(library);
});
