/** The factors before the first sweep. */
import type { Turns } from "../kernels/pool.ts";
import type { Place } from "../kernels/staging.ts";
import { cholesky, choleskySolve, invertLower } from "./cholesky.ts";
import { sumGrams } from "./simd_grams.ts";
import type { Side, SimdMemory } from "./simd_memory.ts";
import { pack, Shape } from "./simd_transform.ts";

/** D^-a on both sides: what makes the long rows not take all directions, and loses none of them. */
const POWER = 0.35;
/** Degree of the polynomial. */
const DEGREE = 3;
/** Where the wanted part of the spectrum begins, in units of the smallest Ritz value of the sketch. */
const CUT = 1.8;
/** The cut is at least this part of the largest Ritz value: powers of the quotient must stay finite. */
const WIDEST = 2e-4;
/** The start looks at no more entries than so many for each row of both sides. */
const ENOUGH = 24;

/**
 * A start near the best rank-k fit of P, the matrix of ones: with D the numbers of entries, the
 * dominant left singular subspace of S = D_u^-a P D_i^-a by a randomized range finder (Halko,
 * Martinsson, Tropp 2011) whose power iteration is a Chebyshev filter (Zhou, Saad 2007): a polynomial
 * of SS' that grows as fast as can be above a cut and stays small below. With its orthonormal basis Q,
 * X = D_u^a Q and Y = P' D_u^-a Q, so that X Y' is the fit of P; both get about the same length.
 *
 * Returns the Gram matrix of Y.
 */
export async function svdStart(
  memory: SimdMemory,
  seed: number,
  turns: Turns,
): Promise<Float64Array> {
  const { pool, users, items, k, factors, grams, whiten, userScale, itemScale, w } = memory;
  const limit = sample(memory);
  setScales(memory, users, userScale, -POWER);
  setScales(memory, items, itemScale, -POWER);
  const sums = (side: Side, scale: number, combine: Combination): Promise<void> => {
    const { out, before = out, a = 1, b = 0, c = 0, gram = false } = combine;
    const args = [side.indptr, side.index, w, scale, out, before, a, b, c, gram ? grams : 0, k];
    return pool.run("gather", side.blocks, [...args, +(side === users), limit], turns);
  };
  const packed = (side: Side, from: Place, scale: number) =>
    pool.run("packRows", side.blocks, [from, scale, w, k], turns);

  const first = [users.indptr, users.index, itemScale, userScale, users.x, grams, k];
  await pool.run("sketch", users.blocks, [...first, factors, seed, limit], turns);
  orthonormalizer(memory, sumGrams(memory, users.blocks.count));
  await pool.run("whiten", users.blocks, [users.x, whiten, Shape.upper, users.e, k, 0], turns);
  await packed(users, users.e, userScale);
  await sums(items, itemScale, { out: items.x, gram: true });
  const center = cut(sumGrams(memory, items.blocks.count), factors, k) / 2;

  // T_j(SS' / center - 1) times the basis, by the three-term recurrence.
  await packed(items, items.x, itemScale);
  await sums(users, userScale, { out: users.x, before: users.e, a: 1 / center, b: -1 });
  let [now, last] = [users.x, users.e];
  for (let degree = 2; degree <= DEGREE; degree++) {
    await packed(users, now, userScale);
    await sums(items, itemScale, { out: items.x });
    await packed(items, items.x, itemScale);
    await sums(users, userScale, { out: last, before: now, a: 2 / center, b: -2, c: -1 });
    [now, last] = [last, now];
  }

  // Twice: the filter leaves columns of very unlike lengths (shifted Cholesky QR, Fukaya et al. 2020).
  for (const [from, to] of [[now, last], [last, now]] as const) {
    await pool.run("gram", users.blocks, [from, grams, k], turns);
    orthonormalizer(memory, sumGrams(memory, users.blocks.count));
    await pool.run("whiten", users.blocks, [from, whiten, Shape.upper, to, k, 0], turns);
  }
  [now, last] = [last, now];
  await packed(users, last, userScale);
  setScales(memory, items, itemScale, 0);
  await sums(items, itemScale, { out: items.x, gram: true });
  const gram = sumGrams(memory, items.blocks.count);
  setScales(memory, users, userScale, POWER);
  await pool.run("scaleRows", users.blocks, [last, userScale, now, k], turns);
  await pool.run("gram", users.blocks, [now, grams, k], turns);
  const longer = (trace(gram, k) / trace(sumGrams(memory, users.blocks.count), k)) ** 0.25;
  setScales(memory, users, userScale, 0, longer);
  await pool.run("scaleRows", users.blocks, [now, userScale, users.e, k], turns);
  setScales(memory, items, itemScale, 0, 1 / longer);
  await pool.run("scaleRows", items.blocks, [items.x, itemScale, items.e, k], turns);
  return gram.map((value) => value / longer ** 2);
}

/** out = a scale_r (sum of packed rows) + b before + c out */
interface Combination {
  readonly out: Place;
  readonly before?: Place;
  readonly a?: number;
  readonly b?: number;
  readonly c?: number;
  readonly gram?: boolean;
}

/** The kernels keep entries whose 32-bit hash is below this; all of them where it is the largest. */
function sample({ users, items }: SimdMemory): number {
  const share = ENOUGH * (users.rows + items.rows) / users.starts.at(-1)!;
  return share < 1 ? Math.floor(share * 2 ** 32) : 2 ** 32 - 1;
}

/** scale_r = factor n_r^power, factor for rows without entries. */
function setScales(
  { pool }: SimdMemory,
  { rows, starts }: Side,
  at: number,
  power: number,
  factor = 1,
): void {
  const scales = new Float32Array(pool.memory.buffer, at, rows);
  for (let r = 0; r < rows; r++) {
    scales[r] = factor * Math.max(1, starts[r + 1]! - starts[r]!) ** power;
  }
}

/**
 * Where the wanted part of the spectrum begins, by the leading `size` rows and columns of a Gram
 * matrix (k x k) of Ritz vectors: its extreme eigenvalues to the few digits that it takes, by power
 * iteration forwards and backwards.
 */
function cut(gram: Float64Array, size: number, k: number): number {
  const a = new Float64Array(size * size);
  for (let i = 0; i < size; i++) {
    for (let j = 0; j <= i; j++) a[i * size + j] = a[j * size + i] = gram[i * k + j]!;
  }
  const floor = trace(gram, k) * 1e-7 + 1e-30;
  for (let i = 0; i < size; i++) a[i * size + i]! += floor;
  const largest = growth(size, (v) => {
    const before = v.slice();
    for (let i = 0; i < size; i++) {
      let sum = 0;
      for (let j = 0; j < size; j++) sum += a[i * size + j]! * before[j]!;
      v[i] = sum;
    }
  });
  cholesky(a, size);
  const smallest = 1 / growth(size, (v) => choleskySolve(a, size, v));
  // With more factors than the matrix has rank nothing is wanted of the rest, but that it stay finite.
  return Math.max(CUT * smallest, largest * WIDEST);
}

/** By how much `step` lengthens a vector of `size` once it has turned it its way. */
function growth(size: number, step: (v: Float64Array) => void): number {
  const v = Float64Array.from({ length: size }, (_, i) => 1 + i / size);
  let length = 1;
  for (let times = 0; times < 8; times++) {
    step(v);
    length = Math.sqrt(v.reduce((sum, value) => sum + value * value, 0));
    for (let i = 0; i < size; i++) v[i]! /= length;
  }
  return length;
}

function trace(a: Float64Array, k: number): number {
  let sum = 0;
  for (let i = 0; i < k; i++) sum += a[i * k + i]!;
  return sum;
}

/** L^-T of A'A = L L' into `whiten`: A L^-T has orthonormal columns. */
function orthonormalizer(memory: SimdMemory, gram: Float64Array): void {
  const { k, whiten } = memory;
  // Columns that float32 cannot tell apart come out small instead of failing.
  const floor = trace(gram, k) * 1e-7 + 1e-30;
  for (let i = 0; i < k; i++) gram[i * k + i]! += floor;
  cholesky(gram, k);
  const inverse = invertLower(gram, k);
  pack(memory, whiten, (i, j) => inverse[j * k + i]!);
}
