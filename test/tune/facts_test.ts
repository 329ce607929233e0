import assert from "node:assert/strict";
import fc from "../support/fast_check.ts";
import { buildProblem } from "../../pipeline/als/weights.ts";
import { factsOf, lambdaFor } from "../../pipeline/tune/facts.ts";
import { groups } from "../support/groups.ts";

Deno.test("lambdaFor: a row's mean regularization is what was asked for, by every kind", () => {
  const shop = groups(true);
  const facts = factsOf(shop);
  const weights = {
    ...{ alpha: 1, weight: "binary", cap: 1, halfLife: null, popularityExponent: 0 } as const,
  };
  fc.assert(fc.property(
    fc.constantFrom("constant", "weighted", "frequency"),
    fc.double({ min: 0.01, max: 1000, noNaN: true }),
    fc.double({ min: 0, max: 1, noNaN: true }),
    (regularization, mean, nu) => {
      const params = { regularization, nu, alpha0: 0.1 };
      const lambda = lambdaFor(mean, params, facts);
      const { userLambda, itemLambda } = buildProblem(shop, { ...weights, ...params, lambda });
      const all = [...userLambda, ...itemLambda];
      const found = all.reduce((sum, each) => sum + each, 0) / all.length;
      assert.ok(Math.abs(found / mean - 1) < 0.051, `${found} instead of ${mean}`);
    },
  ));
});

Deno.test("factsOf: counts pairs of those that have any", () => {
  const { timed, users, items, perUser, perItem } = factsOf(groups(false));
  assert.deepEqual([timed, users, items], [false, 30, 30]);
  const sum = (counts: Uint32Array) => counts.reduce((a, b) => a + b, 0);
  assert.equal(sum(perUser), sum(perItem));
  assert.ok([...perUser, ...perItem].every((count) => count > 0));
});
