/** The systems of one bucket of rows, taken nearer to their solution together. */
import type { Tensor, Tensor2D, Tensor3D } from "@tensorflow/tfjs-core";
import type { TensorFlow } from "./tfjs_backend.ts";
import type { Bucket } from "./tfjs_buckets.ts";
import type { Scope } from "./tfjs_scope.ts";

/** Keeps the quotients of rows that are solved already, 0 / 0, at zero. */
const TINY = 1e-30;

export interface BucketTensors {
  /** Place of its first row in the order of the side. */
  readonly first: number;
  readonly rows: number;
  /** rows x length x 1, int32: which row of the other side. */
  readonly columns: Tensor3D;
  /** rows x 1 x length: p, 1 where there is an entry and 0 where padded. */
  readonly preference: Tensor3D;
  /** rows x 1 x length: c - 1 */
  readonly extra: Tensor3D;
  /** rows x 1 x length: c p */
  readonly target: Tensor3D;
}

/** Makes the tensors of a bucket; they belong to `scope`. */
export function upload(tf: TensorFlow, scope: Scope, bucket: Bucket): BucketTensors {
  const { first, rows, length } = bucket;
  const columns = scope.own(tf.tensor3d(bucket.columns, [rows, length, 1], "int32"));
  const preference = scope.own(tf.tensor3d(bucket.preference, [rows, 1, length]));
  const extra = scope.own(tf.tensor3d(bucket.extra, [rows, 1, length]));
  const target = scope.own(tf.add<Tensor3D>(preference, extra));
  return { first, rows, columns, preference, extra, target };
}

/** The rows of `table` (cols x k) that the rows of a bucket have entries in: rows x length x k. */
export function entriesOf(tf: TensorFlow, { columns }: BucketTensors, table: Tensor2D): Tensor {
  // Not `gather`: its kernels look at every value by itself, these copy rows.
  return tf.gatherND(table, columns);
}

/**
 * Takes the rows z of a bucket, each 1 x k, nearer to the solutions of their systems by conjugate
 * gradients:
 *
 *   (I + V' D V) z = V' c,   V = W_u diag(scale_u),   D = diag(c - 1)
 *
 * with W_u the rows of `table` that row u has entries in. Whoever calls has chosen coordinates in
 * which the rest of each system is the identity, so that few steps do; each one lowers the objective.
 *
 * @param table cols x k
 * @param scale rows x 1 x k; undefined where it is 1
 * @param start rows x 1 x k: z to go on from
 * @returns z; and s = V z, rows x 1 x length
 */
export function solveBucket(
  tf: TensorFlow,
  bucket: BucketTensors,
  table: Tensor2D,
  scale: Tensor3D | undefined,
  start: Tensor3D,
  steps: number,
): { readonly z: Tensor3D; readonly s: Tensor3D } {
  const { extra, target } = bucket;
  const w = entriesOf(tf, bucket, table);
  const scaled = (v: Tensor3D): Tensor3D => scale ? tf.mul(scale, v) : v;
  // V z, rows x 1 x length, and V' v, rows x 1 x k
  const scores = (z: Tensor3D): Tensor3D => tf.matMul(scaled(z), w, false, true);
  const combine = (v: Tensor3D): Tensor3D => scaled(tf.matMul(v, w));
  const divide = (a: Tensor3D, b: Tensor3D): Tensor3D => tf.div(a, tf.maximum(b, TINY));

  let z = start;
  let s = scores(z);
  let residual: Tensor3D = tf.sub(combine(tf.sub(target, tf.mul(extra, s))), z);
  let direction = residual;
  let norm = dot(tf, residual, residual);
  /** |direction|^2: residuals are orthogonal to the directions before them. */
  let square = norm;
  for (let step = 1; step <= steps; step++) {
    const along = scores(direction);
    const weighted: Tensor3D = tf.mul(extra, along);
    const length = divide(norm, tf.add(square, dot(tf, weighted, along)));
    z = tf.add(z, tf.mul(length, direction));
    s = tf.add(s, tf.mul(length, along));
    if (step === steps) break;
    residual = tf.sub(residual, tf.mul(length, tf.add(direction, combine(weighted))));
    const next = dot(tf, residual, residual);
    const turn = divide(next, norm);
    direction = tf.add(residual, tf.mul(turn, direction));
    square = tf.add(next, tf.mul(tf.square(turn), square));
    norm = next;
  }
  return { z, s };
}

/**
 * What each row adds to the objective, without the regularization of the other side, rows x 1 x 1:
 *
 *   |z|^2 + sum_i p (p - 2 s_i) + (c_i - 1) (p - s_i)^2
 */
export function lossOf(
  tf: TensorFlow,
  { preference, extra }: BucketTensors,
  z: Tensor3D,
  s: Tensor3D,
): Tensor3D {
  const off: Tensor3D = tf.sub(preference, s);
  const entries = tf.add(
    dot(tf, preference, tf.sub(off, s)),
    dot(tf, tf.mul(extra, off), off),
  );
  return tf.add(entries, dot(tf, z, z));
}

/** Row by row products, rows x 1 x 1, of two rows x 1 x n. */
export function dot(tf: TensorFlow, a: Tensor3D, b: Tensor3D): Tensor3D {
  return tf.matMul(a, b, false, true);
}
