import assert from "node:assert/strict";
import fc from "../support/fast_check.ts";
import { Neighbours } from "../../pipeline/topk/neighbours.ts";

const shapes = fc.record({
  rows: fc.integer({ min: 1, max: 23 }),
  columns: fc.integer({ min: 1, max: 6 }),
  more: fc.integer({ min: 0, max: 1 }),
  k: fc.integer({ min: 1, max: 30 }),
  // Many ties and rows of zeros; or few.
  value: fc.constantFrom(
    fc.integer({ min: -1, max: 1 }),
    fc.float({ noNaN: true, min: -9, max: 9 }),
  ),
}).chain(({ rows, columns, more, k, value }) => {
  const length = rows * (columns + more);
  return fc.record({
    columns: fc.constant(columns),
    k: fc.constant(k),
    row: fc.nat(rows - 1),
    values: fc.array<number>(value, { minLength: length, maxLength: length }),
  }).map((drawn) => ({
    ...drawn,
    matrix: { rows, cols: columns + more, data: Float32Array.from(drawn.values) },
  }));
});

Deno.test("neighbours are the rows of the largest cosine, ties by index, rows of zeros left out", () => {
  fc.assert(
    fc.property(shapes, ({ columns, k, row, matrix: { rows, cols, data } }) => {
      const of = (r: number) => Array.from(data.subarray(r * cols, r * cols + columns));
      const dot = (a: number[], b: number[]) => a.reduce((sum, x, f) => sum + x * b[f]!, 0);
      const length = (r: number) => Math.sqrt(dot(of(r), of(r)));
      const unit = of(row).map((value) => value / length(row));
      const cosine = (r: number) => dot(unit, of(r)) * (1 / length(r));
      const expected = Array.from({ length: rows }, (_, r) => r)
        .filter((r) => r !== row && length(row) > 0 && length(r) > 0)
        .map((r) => ({ r, score: cosine(r) }))
        .sort((a, b) => b.score - a.score || a.r - b.r)
        .slice(0, k);
      const found = new Neighbours({ rows, cols, data }, columns).nearestTo(row, k);
      assert.deepEqual([...found.items], expected.map(({ r }) => r));
      assert.deepEqual([...found.scores], expected.map(({ score }) => score));
    }),
    { seed: 1, numRuns: 400 },
  );
});

Deno.test("a vector of no row may be asked for; itself is then not left out", () => {
  const data = Float32Array.of(1, 0, 0, 1, 3, 0);
  const neighbours = new Neighbours({ rows: 3, cols: 2, data }, 2);
  assert.deepEqual([...neighbours.nearest(Float32Array.of(2, 0), 5).items], [0, 2, 1]);
  assert.deepEqual([...neighbours.nearest(Float32Array.of(0, 0), 5).items], []);
});

Deno.test("counts and shapes that make no sense are refused", () => {
  const data = Float32Array.of(1, 0, 0, 1);
  const neighbours = new Neighbours({ rows: 2, cols: 2, data }, 2);
  assert.throws(() => neighbours.nearestTo(0, 0), { name: "RangeError", message: /k is 0/ });
  assert.throws(() => neighbours.nearest(Float32Array.of(1), 1), /1 factors.*learned 2/);
  assert.throws(() => new Neighbours({ rows: 3, cols: 2, data }, 2), /3 x 2.*need 6 values, not 4/);
});
