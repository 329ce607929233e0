import assert from "node:assert/strict";
import fc from "fast-check";
import * as tf from "@tensorflow/tfjs-core";
import { transpose } from "../../pipeline/data/matrix.ts";
import { tfjs, tfjsSolver } from "../../pipeline/als/tfjs.ts";
import { openBackend, tensorBackends } from "../../pipeline/als/tfjs_backends.ts";
import { buckets, longestFirst, placesOf } from "../../pipeline/als/tfjs_buckets.ts";
import { problemOf } from "./dense.ts";

const missing = {
  name: "missing",
  load: () => Promise.resolve(false),
  runtime: () => Promise.resolve({}),
};
const broken = {
  name: "broken",
  load: () => Promise.reject(new TypeError("no such addon")),
  runtime: () => Promise.resolve({}),
};

const some = problemOf(6, 5, [[0, 0, 1], [0, 4, 2], [1, 1, 3], [3, 0, 1], [5, 2, 2], [5, 3, 1]]);
const options = { factors: 4, iterations: 3, seed: 1, threads: 1 };

Deno.test("tfjs: the best backend there is is taken, and said", async () => {
  const { backend, arch, tfjs: version } = await tfjs.runtime();
  assert.equal(backend, "wasm");
  assert.equal(arch, Deno.build.arch);
  assert.equal(version, tf.version_core);
  const { backend: second } = await openBackend([missing, broken, ...tensorBackends.slice(1)]);
  assert.equal(second.name, "cpu");
});

Deno.test("tfjs: where no backend works each one's reason is told", async () => {
  await assert.rejects(tfjsSolver([missing, broken]).runtime(), {
    message: /missing: not installed; broken: no such addon.*train\.solver to "reference"/,
  });
});

for (const backend of tensorBackends) {
  Deno.test(`tfjs on ${backend.name}: no tensor outlives the loop, however it ends`, async () => {
    await openBackend([backend]);
    const solver = tfjsSolver([backend]);
    const before = tf.memory().numTensors;
    const during: number[] = [];
    for await (const _ of solver.solve(some, options)) during.push(tf.memory().numTensors);
    assert.deepEqual(new Set(during).size, 1, `tensors pile up: ${during}`);
    assert.equal(tf.memory().numTensors, before, "after all sweeps");
    for await (const _ of solver.solve(some, options)) break;
    assert.equal(tf.memory().numTensors, before, "after leaving");

    const controller = new AbortController();
    const { signal } = controller;
    await assert.rejects(async () => {
      for await (const _ of solver.solve(some, { ...options, signal })) controller.abort();
    });
    assert.equal(tf.memory().numTensors, before, "after an abort");

    const hopeless = problemOf(3, 3, [[1, 1, 1e30], [2, 1, 1e30]], 1e-30, 1e-30);
    await assert.rejects(async () => {
      for await (const _ of solver.solve(hopeless, options));
    }, RangeError);
    assert.equal(tf.memory().numTensors, before, "after diverging");
  });
}

Deno.test("buckets: every entry stands in one bucket, at its row's place", () => {
  const cases = fc.property(
    fc.uniqueArray(fc.tuple(fc.nat(11), fc.nat(9), fc.integer({ min: 0, max: 9 })), {
      selector: ([user, item]) => user * 10 + item,
    }),
    fc.integer({ min: 1, max: 40 }),
    (entries, cells) => {
      const { confidence } = problemOf(12, 10, entries);
      const order = longestFirst(confidence);
      const columnOrder = longestFirst(transpose(confidence));
      const found: [number, number, number][] = [];
      let next = 0;
      for (const bucket of buckets(confidence, order, placesOf(columnOrder), cells)) {
        assert.equal(bucket.first, next);
        assert.ok(bucket.rows === 1 || bucket.rows * bucket.length <= cells);
        next += bucket.rows;
        for (let at = 0; at < bucket.columns.length; at++) {
          if (bucket.target[at] === 0) {
            assert.equal(bucket.extra[at], 0);
            continue;
          }
          const row = order[bucket.first + Math.floor(at / bucket.length)]!;
          found.push([row, columnOrder[bucket.columns[at]!]!, bucket.extra[at]!]);
          assert.equal(bucket.target[at], 1 + bucket.extra[at]!);
        }
      }
      const sorted = (of: [number, number, number][]) =>
        of.toSorted((a, b) => a[0] - b[0] || a[1] - b[1]);
      assert.deepEqual(sorted(found), sorted(entries));
    },
  );
  fc.assert(cases, { seed: 1 });
});
