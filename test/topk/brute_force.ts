/** What every path of top-k is held to, and the inputs that it is held to it on. */
import fc from "../support/fast_check.ts";
import { csrFromEntries, type Dense, rowIndices } from "../../pipeline/data/matrix.ts";
import type { Candidates, RankedList } from "../../pipeline/topk/lists.ts";
import { score } from "../../pipeline/topk/score.ts";

export interface PlainList {
  readonly items: readonly number[];
  readonly scores: readonly number[];
}

/** Every candidate scored by the definition, sorted, cut. */
export function bruteForce(
  users: Dense,
  u: number,
  items: Dense,
  k: number,
  candidates?: Candidates,
): PlainList {
  const listed = new Set(candidates ? rowIndices(candidates.pairs, u) : []);
  const all = [];
  for (let i = 0; i < items.rows; i++) {
    if (candidates && listed.has(i) === (candidates.mode === "without")) continue;
    const { cols } = items;
    all.push({ i, s: score(users.data, u * cols, items.data, i * cols, cols) });
  }
  const best = all.sort((a, b) => b.s - a.s || a.i - b.i).slice(0, k);
  return { items: best.map(({ i }) => i), scores: best.map(({ s }) => s) };
}

export function plain({ items, scores }: RankedList): PlainList {
  return { items: [...items], scores: [...scores] };
}

/** Row u of a matrix: a view. */
export function rowOf({ cols, data }: Dense, u: number): Float32Array {
  return data.subarray(u * cols, (u + 1) * cols);
}

export function allRows({ rows }: Dense): Uint32Array {
  return Uint32Array.from({ length: rows }, (_, r) => r);
}

const LARGEST = 3.4028234663852886e38;
const SMALLEST = 1.401298464324817e-45;

/** Values of one matrix: what may mislead a bound, each in its own way. */
const kinds: Readonly<Record<string, fc.Arbitrary<number>>> = {
  // Many ties, and sums that are exact.
  coarse: fc.integer({ min: -2, max: 2 }),
  fine: fc.float({ noNaN: true, min: -1000, max: 1000 }),
  // All of float32 that is finite, denormals among it.
  any: fc.float({ noNaN: true, noDefaultInfinity: true }),
  // Scales of integers are next to nothing, or near the end of float32.
  tiny: fc.constantFrom(0, SMALLEST, -SMALLEST, 3 * SMALLEST, -7 * SMALLEST, 1e-38),
  huge: fc.constantFrom(LARGEST, -LARGEST, LARGEST / 2, 1e38, -3e37, 1),
  // One value sets the scale, and all others vanish in it.
  uneven: fc.constantFrom(1e6, -1e6, 1, -1, 0.5, 1e-3, -1e-3, 0),
  // Large products that cancel but for their last digits.
  cancelling: fc.constantFrom(4097, -4097, 4096, -4096, 4096.5, 1, -1),
  zero: fc.constant(0),
};

/** A matrix of one kind of values; some rows are copies of others, some all zeros. */
function matrix(rows: number, cols: number): fc.Arbitrary<Dense> {
  return fc.constantFrom(...Object.keys(kinds)).chain((kind) =>
    fc.record({
      values: fc.array(kinds[kind]!, { minLength: rows * cols, maxLength: rows * cols }),
      copies: fc.array(fc.tuple(fc.nat(), fc.nat()), { maxLength: rows }),
      zeros: fc.array(fc.nat(), { maxLength: 2 }),
    })
  ).map(({ values, copies, zeros }) => {
    const data = Float32Array.from(values);
    for (const [from, to] of rows === 0 ? [] : copies) {
      data.copyWithin((to % rows) * cols, (from % rows) * cols, (from % rows + 1) * cols);
    }
    for (const row of rows === 0 ? [] : zeros) {
      data.fill(0, (row % rows) * cols, (row % rows + 1) * cols);
    }
    return { rows, cols, data };
  });
}

/** Users, items, how many to list, and pairs that are listed for users: none to all. */
export const shop = fc.record({
  users: fc.integer({ min: 1, max: 6 }),
  items: fc.integer({ min: 0, max: 40 }),
  factors: fc.integer({ min: 1, max: 9 }),
  k: fc.integer({ min: 1, max: 45 }),
}).chain(({ users, items, factors, k }) =>
  fc.record({
    k: fc.constant(k),
    users: matrix(users, factors),
    items: matrix(items, factors),
    pairs: fc.array(
      fc.tuple(fc.nat(users - 1), fc.nat(Math.max(0, items - 1))),
      { maxLength: items === 0 ? 0 : 80 },
    ).map((entries) =>
      csrFromEntries(users, items, entries.map(([u]) => u), entries.map(([, i]) => i))
    ),
  })
);

/** Random numbers from -0.5 to 0.5 that are the same every time. */
export function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 1664525 + 1013904223) >>> 0) / 2 ** 32 - 0.5;
}

/** A catalogue over many blocks whose items differ in norm, so that users end early. */
export function largeShop() {
  const next = randomNumbers(7);
  const [rows, count, cols] = [601, 6001, 17];
  const users: Dense = { rows, cols, data: Float32Array.from({ length: rows * cols }, next) };
  const items: Dense = { rows: count, cols, data: new Float32Array(count * cols) };
  for (let i = 0; i < count; i++) {
    for (let f = 0; f < cols; f++) items.data[i * cols + f] = next() / (1 + i % 50);
  }
  const row: number[] = [];
  const col: number[] = [];
  for (let n = 0; n < 20_000; n++) {
    row.push(Math.floor((next() + 0.5) * rows));
    col.push(Math.floor((next() + 0.5) * count));
  }
  const pairs = csrFromEntries(rows, count, row, col);
  const candidates: Candidates = { pairs, mode: "without" };
  return { users, items, rows: allRows(users).reverse(), candidates };
}
