import assert from "node:assert/strict";
import { fit } from "../../pipeline/als/fit.ts";
import { foldUsers, requireFoldIn } from "../../pipeline/als/fold_users.ts";
import { solveRows } from "../../pipeline/als/reference.ts";
import { buildProblem } from "../../pipeline/als/weights.ts";
import { trainSchema } from "../../pipeline/config/train.ts";
import { PART, select } from "../../pipeline/data/split.ts";
import { Pause } from "../../pipeline/kernels/pause.ts";
import { groups } from "../support/groups.ts";

const base = trainSchema.parse({ solver: "reference", factors: 4, iterations: 3, lambda: 0.7 });
const all = groups(true);
const mask = Uint8Array.from(all.user, (user) => user % 5 === 0 ? PART.foldIn : PART.train);
const rows = select(all, mask, PART.foldIn);

const VARIANTS = {
  plain: {},
  "decayed, scaled by popularity": { halfLife: 20, popularityExponent: 0.5 },
  "weighted, with a trend": {
    regularization: "weighted",
    trend: { halfLife: 14, weight: 0.25 },
  },
  frequency: { regularization: "frequency", weight: "binary" },
} as const;
for (const [name, change] of Object.entries(VARIANTS)) {
  Deno.test(`users folded in at once have the factors of the next half-sweep: ${name}`, async () => {
    const params = { ...base, ...change };
    const { factors } = await fit(all, params);
    const folded = foldUsers(factors, all, rows, params);
    assert.equal(folded.item, factors.item);
    const { cols } = factors.user;
    const problem = buildProblem(all, params);
    const expected = new Float64Array(all.users * params.factors);
    const learned = Float64Array.from(
      { length: all.items * params.factors },
      (_, at) => factors.item.data[Math.floor(at / params.factors) * cols + at % params.factors]!,
    );
    await solveRows(
      problem.confidence,
      problem.userLambda,
      learned,
      expected,
      params.factors,
      new Pause(undefined),
    );
    for (let u = 0; u < all.users; u++) {
      const row = folded.user.data.subarray(u * cols, (u + 1) * cols);
      if (u % 5 !== 0) {
        assert.deepEqual(row, factors.user.data.subarray(u * cols, (u + 1) * cols));
        continue;
      }
      for (let f = 0; f < params.factors; f++) {
        assert.ok(Math.abs(row[f]! - expected[u * params.factors + f]!) < 1e-5, `user ${u}`);
      }
      if ("trend" in change) assert.equal(row[params.factors], 0.25);
    }
  });
}

Deno.test("a fit without the users, and they folded in: no row of theirs is left as the fit had it", async () => {
  const train = select(all, mask, PART.train);
  const { factors } = await fit(train, base);
  const folded = foldUsers(factors, train, rows, base);
  for (let u = 0; u < all.users; u += 5) {
    const norm = (data: Float32Array) =>
      data.subarray(u * 4, u * 4 + 4).reduce((sum, x) => sum + x * x, 0);
    assert.equal(norm(factors.user.data), 0);
    assert.ok(norm(folded.user.data) > 0);
  }
});

Deno.test("a model without fold-in is refused with the remedy", () => {
  requireFoldIn("als");
  assert.throws(() => requireFoldIn("lmf"), /"lmf" has no fold-in: .* Set train\.model to "als"/);
});
