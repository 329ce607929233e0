/** How biases become columns, so that a score stays a plain inner product. */
import { BIAS_COLUMNS } from "../als/biases.ts";
import type { FactorPair } from "../als/solver.ts";

/** One side of the model without its columns of biases. */
export interface BiasedRows {
  /** rows x factors, row-major. */
  readonly vectors: Float32Array | Float64Array;
  /** rows */
  readonly biases: Float32Array | Float64Array;
  /**
   * rows; 0: nobody bought it, or it bought nothing. Its optimum is a zero vector with a bias of minus
   * infinity.
   */
  readonly active: Uint8Array;
}

/**
 * Both sides as rows x (factors + 2): x_u . y_i + b_u + b_i is their inner product. A row that is not
 * active gets zeros and the lowest bias of its side, which ranks it with the least popular.
 */
export function joinColumns(users: BiasedRows, items: BiasedRows, factors: number): FactorPair {
  return {
    userFactors: joined(users, factors, factors),
    itemFactors: joined(items, factors, factors + 1),
  };
}

function joined({ vectors, biases, active }: BiasedRows, k: number, biasAt: number): Float32Array {
  const cols = k + BIAS_COLUMNS;
  const oneAt = biasAt === k ? k + 1 : k;
  let lowest = Infinity;
  for (let r = 0; r < active.length; r++) if (active[r]) lowest = Math.min(lowest, biases[r]!);
  const out = new Float32Array(active.length * cols);
  for (let r = 0; r < active.length; r++) {
    if (active[r]) out.set(vectors.subarray(r * k, (r + 1) * k), r * cols);
    out[r * cols + biasAt] = active[r] ? biases[r]! : lowest;
    out[r * cols + oneAt] = 1;
  }
  return out;
}

/** The vectors and biases of rows that `joinColumns` made; `biasAt` is `factors` for users, one more for items. */
export function splitColumns(
  rows: Float32Array,
  factors: number,
  biasAt: number,
): { readonly vectors: Float32Array; readonly biases: Float32Array } {
  const cols = factors + BIAS_COLUMNS;
  const count = rows.length / cols;
  const vectors = new Float32Array(count * factors);
  const biases = new Float32Array(count);
  for (let r = 0; r < count; r++) {
    vectors.set(rows.subarray(r * cols, r * cols + factors), r * factors);
    biases[r] = rows[r * cols + biasAt]!;
  }
  return { vectors, biases };
}
