/** The change of coordinates that makes every row's system near the identity. */
import { symmetricEigen } from "../kernels/symmetric.ts";
import { cholesky, invertLower } from "./cholesky.ts";
import type { SimdMemory } from "./simd_memory.ts";

/** Shapes of packed matrices, as the kernels know them. */
export const Shape = { full: 0, lower: 1, upper: 2 } as const;

export interface Transform {
  /** Shapes of what lies in `into`, `back` and `whiten`. */
  readonly into: number;
  readonly back: number;
  readonly whiten: number;
  /** Where the diagonal of the system lies; 0 where it is the identity. */
  readonly diagonal: number;
}

/**
 * For one lambda, G + lambda I = L L' (G = Y'Y): with z = L'x and W = Y L^-T a row's matrix becomes
 * I + W_u' D_u W_u. Undefined where G + lambda I is not positive definite to working precision.
 */
export function whitening(
  memory: SimdMemory,
  gram: Float64Array,
  lambda: number,
): Transform | undefined {
  const { k } = memory;
  const l = gram.slice();
  for (let i = 0; i < k; i++) l[i * k + i]! += lambda;
  if (!cholesky(l, k)) return undefined;
  const inverse = invertLower(l, k);
  pack(memory, memory.into, (i, j) => j <= i ? l[i * k + j]! : 0);
  pack(memory, memory.back, (i, j) => inverse[i * k + j]!);
  pack(memory, memory.whiten, (i, j) => inverse[j * k + i]!);
  return { into: Shape.lower, back: Shape.lower, whiten: Shape.upper, diagonal: 0 };
}

/**
 * For a lambda of each row, G = Q diag(e) Q': with z = Q'x and W = Y Q a row's matrix becomes
 * diag(e + lambda_u) + W_u' D_u W_u, whatever lambda_u is.
 */
export function rotation(memory: SimdMemory, gram: Float64Array): Transform | undefined {
  const { k, diagonal, pool } = memory;
  const eigen = symmetricEigen(gram, k);
  if (!eigen) return undefined;
  const { values, vectors } = eigen;
  // Gram matrices have no eigenvalue below zero but for rounding.
  new Float32Array(pool.memory.buffer, diagonal, k).set(values.map((value) => Math.max(0, value)));
  pack(memory, memory.into, (i, j) => vectors[i * k + j]!);
  pack(memory, memory.back, (i, j) => vectors[j * k + i]!);
  pack(memory, memory.whiten, (i, j) => vectors[i * k + j]!);
  return { into: Shape.full, back: Shape.full, whiten: Shape.full, diagonal };
}

/** Packs a k x k matrix in panels of 8 columns. */
export function pack(
  { k, pool }: SimdMemory,
  at: number,
  value: (row: number, column: number) => number,
): void {
  const to = new Float32Array(pool.memory.buffer, at, k * k);
  let next = 0;
  for (let first = 0; first < k; first += 8) {
    for (let row = 0; row < k; row++) {
      for (let column = first; column < first + 8; column++) to[next++] = value(row, column);
    }
  }
}
