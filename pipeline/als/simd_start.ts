/** The factors before the first sweep. */
import type { Turns } from "../kernels/pool.ts";
import { cholesky, invertLower } from "./cholesky.ts";
import type { Side, SimdMemory } from "./simd_memory.ts";
import { sumGrams } from "./simd_grams.ts";
import { pack, Shape } from "./simd_transform.ts";

/**
 * A start near the best rank-k fit of P, the matrix of ones: a randomized range finder with one
 * power iteration (Halko, Martinsson, Tropp 2011, algorithm 4.4) on D_u^-1/2 P D_i^-1/2, D the
 * numbers of entries, without which the few longest rows would take all directions. With its range
 * Q, X = D_u^1/2 Q and Y = P' D_u^-1/2 Q, so that X Y' is the fit of P.
 *
 * Returns the Gram matrix of Y.
 */
export async function svdStart(
  memory: SimdMemory,
  seed: number,
  turns: Turns,
): Promise<Float64Array> {
  const { pool, users, items, k, factors, grams, whiten, userScale, itemScale } = memory;
  setScales(memory, users, userScale, -0.5);
  setScales(memory, items, itemScale, -0.5);
  const gather = (to: Side, from: Side, scale: number, out: number) =>
    pool.run("gather", to.blocks, [to.indptr, to.index, from.e, scale, out, grams, k], turns);
  // The orthonormal basis of x's columns into e, row r times scale_r.
  const orthonormalize = (side: Side, scale: number) => {
    orthonormalizer(memory, sumGrams(memory, side.blocks.count));
    const args = [side.x, whiten, Shape.upper, scale, side.e, k];
    return pool.run("transform", side.blocks, args, turns);
  };
  const first = [users.indptr, users.index, itemScale, userScale, users.x, grams, k, factors, seed];
  await pool.run("sketch", users.blocks, first, turns);
  await orthonormalize(users, userScale);
  await gather(items, users, itemScale, items.x);
  await orthonormalize(items, itemScale);
  await gather(users, items, userScale, users.x);
  await orthonormalize(users, userScale);
  await gather(items, users, 0, items.e);
  const gram = sumGrams(memory, items.blocks.count);
  setScales(memory, users, userScale, 0.5);
  const args = [users.x, whiten, Shape.upper, userScale, users.e, k];
  await pool.run("transform", users.blocks, args, turns);
  return gram;
}

/** scale_r = n_r^power, 1 for rows without entries. */
function setScales({ pool }: SimdMemory, { entries }: Side, at: number, power: number): void {
  const { rows, indptr } = entries;
  const scales = new Float32Array(pool.memory.buffer, at, rows);
  for (let r = 0; r < rows; r++) scales[r] = Math.max(1, indptr[r + 1]! - indptr[r]!) ** power;
}

/** L^-T of A'A = L L' into `whiten`: A L^-T has orthonormal columns. */
function orthonormalizer(memory: SimdMemory, gram: Float64Array): void {
  const { k, whiten } = memory;
  let trace = 0;
  for (let i = 0; i < k; i++) trace += gram[i * k + i]!;
  // Columns that float32 cannot tell apart come out small instead of failing.
  for (let i = 0; i < k; i++) gram[i * k + i]! += trace * 1e-7 + 1e-30;
  cholesky(gram, k);
  const inverse = invertLower(gram, k);
  pack(memory, whiten, (i, j) => inverse[j * k + i]!);
}
