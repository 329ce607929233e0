import assert from "node:assert/strict";
import fc from "../support/fast_check.ts";
import type { Tensor2D } from "@tensorflow/tfjs-core";
import { Coordinates } from "../../pipeline/als/tfjs_coordinates.ts";
import { openBackend } from "../../pipeline/als/tfjs_backends.ts";
import { backendsHere } from "./backends_here.ts";

const value = fc.double({ min: -3, max: 3, noNaN: true });
const cases = fc.record({
  rows: fc.integer({ min: 1, max: 6 }),
  cols: fc.integer({ min: 1, max: 6 }),
  k: fc.integer({ min: 1, max: 5 }),
}).chain(({ rows, cols, k }) =>
  fc.record({
    x: fc.array(value, { minLength: rows * k, maxLength: rows * k }),
    y: fc.array(value, { minLength: cols * k, maxLength: cols * k }),
    lambda: fc.oneof(
      fc.array(fc.double({ min: 0.5, max: 40, noNaN: true }), { minLength: rows, maxLength: rows }),
      fc.double({ min: 0.5, max: 40, noNaN: true }).map((one) => new Array<number>(rows).fill(one)),
    ),
  }).map((values) => ({ rows, cols, k, ...values }))
);

function assertClose(actual: number, expected: number, what: string) {
  const off = Math.abs(actual - expected) / Math.max(1, Math.abs(expected));
  assert.ok(off < 1e-4, `${what} is ${actual}, not ${expected}`);
}

for (const backend of await backendsHere()) {
  Deno.test(`coordinates on ${backend.name}: scores and the shared part of the objective are kept`, async () => {
    const tf = await openBackend(backend, 1);
    await fc.assert(
      fc.asyncProperty(cases, async ({ rows, cols, k, ...given }) => {
        const lambda = Float64Array.from(given.lambda);
        const x: Tensor2D = tf.tensor2d(given.x, [rows, k]);
        const y: Tensor2D = tf.tensor2d(given.y, [cols, k]);
        const coordinates = await Coordinates.of(tf, y, lambda);
        assert.ok(coordinates);
        const { table, scale } = coordinates;
        assert.equal(scale === undefined, new Set(lambda).size === 1);
        const z = coordinates.into(x);
        const again = await coordinates.back(z).data();
        const scores = await tf.matMul(
          tf.reshape(scale ? tf.mul(z, scale) : z, [rows, k]),
          table,
          false,
          true,
        ).data();
        const squares = await tf.sum(tf.square(z), [1, 2]).data();
        const [xs, ys] = [await x.array(), await y.array()];
        const dot = (a: number[], b: number[]) => a.reduce((sum, v, f) => sum + v * b[f]!, 0);
        xs.forEach((row, u) => {
          row.forEach((v, f) => assertClose(again[u * k + f]!, v, `x ${u} ${f}`));
          ys.forEach((column, i) => {
            assertClose(scores[u * cols + i]!, dot(row, column), `the score of ${i} for ${u}`);
          });
          const shared = ys.reduce((sum, column) => sum + dot(row, column) ** 2, 0);
          assertClose(squares[u]!, shared + lambda[u]! * dot(row, row), `|z|^2 of ${u}`);
        });
        coordinates[Symbol.dispose]();
      }),
      { numRuns: 30, seed: 1 },
    );
  });

  Deno.test(`coordinates on ${backend.name}: there are none of what is not finite`, async () => {
    const tf = await openBackend(backend, 1);
    const y = tf.tensor2d([1, Infinity], [1, 2]);
    assert.equal(await Coordinates.of(tf, y, Float64Array.of(1)), undefined);
    y.dispose();
  });
}
