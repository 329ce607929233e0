import assert from "node:assert/strict";
import fc from "../support/fast_check.ts";
import * as tf from "@tensorflow/tfjs-core";
import { transpose } from "../../pipeline/data/matrix.ts";
import { tfjs, tfjsSolver } from "../../pipeline/als/tfjs.ts";
import type { TensorBackend } from "../../pipeline/als/tfjs_backend.ts";
import { chooseBackend, openBackend, tensorBackends } from "../../pipeline/als/tfjs_backends.ts";
import { buckets, longestFirst, placesOf } from "../../pipeline/als/tfjs_buckets.ts";
import { backendsHere } from "./backends_here.ts";
import { problemOf } from "./dense.ts";

const backend = (name: string, more: Partial<TensorBackend>): TensorBackend => ({
  name,
  there: () => Promise.resolve(true),
  load: () => Promise.resolve(),
  runtime: () => Promise.resolve({}),
  remedy: "mend it",
  ...more,
});
const missing = backend("missing", { there: () => Promise.resolve(false) });
const broken = backend("broken", { load: () => Promise.reject(new TypeError("no such addon")) });
const idle = backend("idle", {});

const some = problemOf(6, 5, [[0, 0, 1], [0, 4, 2], [1, 1, 3], [3, 0, 1], [5, 2, 2], [5, 3, 1]]);
const options = { factors: 4, iterations: 3, seed: 1, threads: 1 };
const here = await backendsHere();

Deno.test("tfjs: the best backend there is is taken, and said", async () => {
  const { backend, arch, tfjs: version } = await tfjs.runtime();
  assert.equal(backend, here[0]?.name);
  assert.equal(arch, Deno.build.arch);
  assert.equal(version, tf.version_core);
  assert.equal((await chooseBackend([missing, idle, broken])).name, "idle");
  assert.deepEqual(tensorBackends.map(({ name }) => name), ["tensorflow", "wasm", "cpu"]);
});

Deno.test("tfjs: a backend that is there and does not start is told, not passed over", async () => {
  const fit = async (candidates: TensorBackend[]) => {
    for await (const _ of tfjsSolver(candidates).solve(some, options));
  };
  const remedy = /mend it, or set train\.solver to "simd"/;
  for (const [backend, reason] of [[broken, /broken.*no such addon/], [idle, /idle/]] as const) {
    await assert.rejects(fit([missing, backend, ...here]), (error) => {
      assert.ok(error instanceof Error);
      assert.match(error.message, reason);
      assert.match(error.message, remedy);
      return true;
    });
  }
  await assert.rejects(tfjsSolver([missing]).runtime(), {
    message: /No tfjs backend.*missing.*train\.solver to "simd"/,
  });
});

for (const backend of here) {
  Deno.test(`tfjs on ${backend.name}: no tensor outlives the loop, however it ends`, async () => {
    await openBackend(backend, 1);
    const solver = tfjsSolver([backend]);
    const before = tf.memory().numTensors;
    const during: number[] = [];
    const many = { ...options, iterations: 8 };
    for await (const _ of solver.solve(some, many)) during.push(tf.memory().numTensors);
    // From the second sweep on there is also where the next one starts.
    const most = Math.max(...during.slice(0, 3));
    assert.ok(during.every((tensors) => tensors <= most), `tensors pile up: ${during}`);
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
          if (bucket.preference[at] === 0) {
            assert.equal(bucket.extra[at], 0);
            continue;
          }
          assert.equal(bucket.preference[at], 1);
          const row = order[bucket.first + Math.floor(at / bucket.length)]!;
          found.push([row, columnOrder[bucket.columns[at]!]!, bucket.extra[at]!]);
        }
      }
      const sorted = (of: [number, number, number][]) =>
        of.toSorted((a, b) => a[0] - b[0] || a[1] - b[1]);
      assert.deepEqual(sorted(found), sorted(entries));
    },
  );
  fc.assert(cases, { seed: 1 });
});
