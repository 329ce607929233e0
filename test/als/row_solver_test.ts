import assert from "node:assert/strict";
import fc from "../support/fast_check.ts";
import { Pause } from "../../pipeline/kernels/pause.ts";
import { solveRows } from "../../pipeline/als/reference.ts";
import { type Form, type Row, RowSolver } from "../../pipeline/als/row_solver.ts";
import { solveNormalEquations } from "./dense.ts";

const forms: readonly Form[] = ["primal", "dual"];

/** A fixed side with a column that was not learned, and a row of it. */
const systems = fc.record({
  k: fc.integer({ min: 1, max: 9 }),
  fixed: fc.integer({ min: 1, max: 12 }),
  seed: fc.array(fc.integer({ min: -1000, max: 1000 }), { minLength: 120, maxLength: 120 }),
  members: fc.uniqueArray(fc.nat(11), { minLength: 0, maxLength: 12 }),
  extra: fc.array(
    fc.oneof(fc.constant(0), fc.double({ min: 1e-6, max: 2000, noNaN: true })),
    { minLength: 12, maxLength: 12 },
  ),
  lambda: fc.double({ min: 0.01, max: 100, noNaN: true }),
}).map(({ k, fixed, seed, members, extra, lambda }) => {
  const cols = k + 1;
  const data = Float32Array.from(
    { length: fixed * cols },
    (_, at) => seed[at % 120]! / 700 + at % 7,
  );
  const indices = Uint32Array.from(members.filter((member) => member < fixed)).sort();
  const row: Row = { indices, extra: Float32Array.from(extra.slice(0, indices.length)), lambda };
  return { k, side: { rows: fixed, cols, data }, row };
});
type System = typeof systems extends fc.Arbitrary<infer T> ? T : never;

/** The learned columns of the side, as rows of numbers. */
function learned({ k, side: { rows, cols, data } }: System): number[][] {
  return Array.from({ length: rows }, (_, r) => [...data.subarray(r * cols, r * cols + k)]);
}

function extraByIndex({ side, row }: System): (number | undefined)[] {
  const dense = new Array<number | undefined>(side.rows).fill(undefined);
  row.indices.forEach((index, e) => dense[index] = row.extra[e]!);
  return dense;
}

function close(found: ArrayLike<number>, expected: ArrayLike<number>, tolerance = 1e-9) {
  const size = Math.max(1e-3, ...Array.from(expected, Math.abs));
  assert.equal(found.length, expected.length);
  for (let f = 0; f < expected.length; f++) {
    const apart = Math.abs(found[f]! - expected[f]!) / size;
    assert.ok(apart <= tolerance, `${found[f]} is not ${expected[f]}: ${apart} apart`);
  }
}

function law(check: (system: System) => void) {
  fc.assert(fc.property(systems, check), { seed: 1, numRuns: 300 });
}

for (const form of forms) {
  Deno.test(`${form}: a row solves the normal equations over every pair`, () =>
    law((system) => {
      const { k, side, row } = system;
      const expected = solveNormalEquations(extraByIndex(system), learned(system), row.lambda);
      close(new RowSolver(side, k).solve(row, form), expected);
    }));

  Deno.test(`${form}: confidence times similarity adds up to the inner product`, () =>
    law(({ k, side, row }) => {
      const solver = new RowSolver(side, k);
      const x = solver.solve(row, form);
      for (let item = 0; item < side.rows; item++) {
        const similarities = solver.similarities(row, side.data, item * side.cols, form);
        const terms = Array.from(similarities, (s, e) => (1 + row.extra[e]!) * s);
        const total = terms.reduce((sum, term) => sum + term, 0);
        const product = x.reduce((sum, v, f) => sum + v * side.data[item * side.cols + f]!, 0);
        const size = terms.reduce((sum, term) => sum + Math.abs(term), Math.abs(product));
        assert.ok(Math.abs(total - product) <= 1e-9 * Math.max(1, size), `${total}, ${product}`);
      }
    }));
}

Deno.test("primal and dual see the same similarities", () =>
  law(({ k, side, row }) => {
    const solver = new RowSolver(side, k);
    const [primal, dual] = forms.map((form) => solver.similarities(row, side.data, 0, form));
    close(dual!, primal!);
  }));

Deno.test("a row equals the reference's half-sweep", async () => {
  for (const system of fc.sample(systems, { seed: 2, numRuns: 40 })) {
    const { k, side, row } = system;
    const fixed = Float64Array.from(learned(system).flat());
    const entries = {
      rows: 1,
      cols: side.rows,
      indptr: Uint32Array.of(0, row.indices.length),
      indices: row.indices,
      values: row.extra,
    };
    const expected = new Float64Array(k);
    const lambda = Float64Array.of(row.lambda);
    await solveRows(entries, lambda, fixed, expected, k, new Pause(undefined));
    for (const form of forms) close(new RowSolver(side, k).solve(row, form), expected);
  }
});

Deno.test("one solver answers rows of any size and lambda in any order", () =>
  fc.assert(
    fc.property(
      systems,
      fc.array(fc.tuple(fc.nat(12), fc.nat(3)), { maxLength: 8 }),
      (system, calls) => {
        const { k, side, row } = system;
        const shared = new RowSolver(side, k);
        for (const [n, power] of calls) {
          const part = {
            indices: row.indices.slice(0, n),
            extra: row.extra.slice(0, Math.min(n, row.indices.length)),
            lambda: row.lambda * 2 ** power,
          };
          assert.deepEqual(shared.solve(part), new RowSolver(side, k).solve(part));
          assert.deepEqual(
            shared.similarities(part, side.data, 0),
            new RowSolver(side, k).similarities(part, side.data, 0),
          );
        }
      },
    ),
    { seed: 3 },
  ));

Deno.test("a row without entries is zero", () => {
  const solver = new RowSolver({ rows: 2, cols: 2, data: Float32Array.of(1, 2, 3, 4) }, 2);
  const empty = { indices: new Uint32Array(), extra: new Float32Array(), lambda: 1 };
  assert.deepEqual([...solver.solve(empty)], [0, 0]);
  assert.equal(solver.similarities(empty, Float32Array.of(1, 2), 0).length, 0);
});

Deno.test("numbers that stop being finite are refused, with the remedy", () => {
  const side = { rows: 3, cols: 3, data: new Float32Array(9).fill(1e19) };
  const row = { indices: Uint32Array.of(0), extra: Float32Array.of(1), lambda: 1e-20 };
  for (const form of forms) {
    const message = /row of 1 entries.*regularization 1e-20.*train\.lambda/;
    const solver = new RowSolver(side, 3);
    assert.throws(() => solver.solve(row, form), { name: "RangeError", message });
    assert.throws(() => solver.similarities(row, side.data, 0, form), { message });
  }
});
