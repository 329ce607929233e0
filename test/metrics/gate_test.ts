import assert from "node:assert/strict";
import fc from "../support/fast_check.ts";
import { uniformFloat64 } from "pure-rand/distribution/uniformFloat64";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";
import { type Change, changes, decide, type State } from "../../pipeline/metrics/gate.ts";

const options = { resamples: 500, level: 0.95, seed: 1 };
const MAX_LOSS = 0.1;

function state(values: Float64Array, users = Uint32Array.from(values, (_, n) => n)): State {
  return { cuts: [{ users, metrics: { "ndcg@10": values } }] };
}

function changeOf(before: State, after: State): Change {
  return changes(before, after, options).metrics[0]!;
}

/** Values of users, most of them 0 as a ranking's are. */
function sample(count: number, seed: number): Float64Array {
  const random = xoroshiro128plus(seed);
  return Float64Array.from({ length: count }, () => Math.max(0, uniformFloat64(random) - 0.6));
}

Deno.test("the same values pass, and so does a gain", () => {
  const values = sample(100, 1);
  const same = changeOf(state(values), state(values.slice()));
  assert.deepEqual(decide(same, MAX_LOSS), { refused: false, why: "kept", resolution: 0 });
  assert.equal(same.verdict, "not told apart");
  const gain = changeOf(state(values), state(values.map((value) => value * 1.5)));
  assert.equal(decide(gain, MAX_LOSS).refused, false);
  assert.equal(gain.verdict, "above");
});

Deno.test("the relative interval of values that all lose the same share is that share", () => {
  fc.assert(fc.property(fc.double({ min: 0, max: 0.9, noNaN: true }), (loss) => {
    const values = sample(80, 2);
    const { relative, relativeInterval } = changeOf(
      state(values),
      state(values.map((value) => value * (1 - loss))),
    );
    for (const found of [relative, ...relativeInterval]) {
      assert.ok(Math.abs(found + loss) < 1e-12);
    }
  }));
});

Deno.test("refused just where the lower bound lies below the allowed loss", () => {
  fc.assert(
    fc.property(fc.integer(), fc.double({ min: 0.5, max: 1.2, noNaN: true }), (seed, by) => {
      const before = sample(60, seed);
      const noise = sample(60, seed + 1);
      const after = before.map((value, n) => value * by + (noise[n]! - 0.08) / 10);
      const change = changeOf(state(before), state(after));
      const { refused, why } = decide(change, MAX_LOSS);
      assert.equal(refused, change.relativeInterval[0] < -MAX_LOSS);
      assert.equal(why === "kept", !refused);
      if (refused) assert.equal(why === "lost", change.relative < -MAX_LOSS);
    }),
  );
});

Deno.test("a true loss of the allowed size is refused in nearly all samples, however small", () => {
  for (const count of [30, 300]) {
    let refused = 0;
    for (let run = 0; run < 100; run++) {
      const before = sample(count, 10_000 + run);
      const random = xoroshiro128plus(run);
      // Every user's loss is another one, 10 % in the mean.
      const after = before.map((value) => value * (0.8 + 0.2 * uniformFloat64(random)));
      if (decide(changeOf(state(before), state(after)), MAX_LOSS).refused) refused++;
    }
    assert.ok(refused >= 92, `${refused} of 100 with ${count} users`);
  }
});

Deno.test("only users of both states count, and users of several cuts are one", () => {
  const [before, after] = [
    { cuts: [cut([1, 2, 3], [0.1, 0.2, 0.3]), cut([2, 4], [0.5, 0.6])] },
    { cuts: [cut([2, 3, 9], [0.4, 0.5, 0.9]), cut([2, 4], [0.5, 0.6])] },
  ];
  const found = changes(before, after, options);
  const { users, onlyOld, onlyNew, metrics: [change] } = found;
  assert.deepEqual([users, onlyOld, onlyNew], [3, 1, 1]);
  assert.ok(Math.abs((change?.old ?? 0) - (0.2 + 0.3 + 0.5 + 0.6) / 4) < 1e-12);
  assert.ok(Math.abs((change?.new ?? 0) - (0.4 + 0.5 + 0.5 + 0.6) / 4) < 1e-12);
  assert.throws(() => changes({ cuts: [before.cuts[0]!] }, after, options), /1 cuts.* 2/);
  const strangers = { cuts: [cut([7], [0.1]), cut([8], [0.1])] };
  assert.throws(() => changes(strangers, after, options), /No user is tested in both/);
});

Deno.test("of an old mean of 0 nothing can be lost; metrics of one side only are left out", () => {
  const zero = state(new Float64Array(5));
  assert.equal(decide(changeOf(zero, zero), MAX_LOSS).refused, false);
  assert.equal(decide(changeOf(zero, state(sample(5, 1))), MAX_LOSS).refused, false);
  const two = { cuts: [{ ...zero.cuts[0]!, metrics: { "map@5": new Float64Array(5) } }] };
  assert.deepEqual(changes(zero, two, options).metrics, []);
});

function cut(users: readonly number[], values: readonly number[]): State["cuts"][number] {
  return { users: Uint32Array.from(users), metrics: { "ndcg@10": Float64Array.from(values) } };
}
