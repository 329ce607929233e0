/**
 * The score of a user and an item: the one definition that every top-k path keeps to the last bit.
 *
 * The product of two float32 numbers is exact in float64, so only the additions round, and a fused
 * multiply-add gives the same bits as a multiplication and an addition. What is left to fix is the
 * order of the additions: by factor, ascending, from zero.
 */

/** Inner product of two vectors of `factors` values that start at `u` and at `i`. */
export function score(
  user: Float32Array,
  u: number,
  item: Float32Array,
  i: number,
  factors: number,
): number {
  let sum = 0;
  for (let f = 0; f < factors; f++) sum += user[u + f]! * item[i + f]!;
  return sum;
}

/** Euclidean length of the `factors` values that start at `at`. */
export function norm(data: Float32Array, at: number, factors: number): number {
  return Math.sqrt(score(data, at, data, at, factors));
}
