/** The systems of one bucket of rows, taken nearer to their solution together. */
import type { Tensor, Tensor2D, Tensor3D } from "@tensorflow/tfjs-core";
import type { TensorFlow } from "./tfjs_backend.ts";
import type { Bucket } from "./tfjs_buckets.ts";

/** Keeps the quotients of rows that are solved already, 0 / 0, at zero. */
const TINY = 1e-30;

export interface BucketTensors {
  /** Place of its first row in the order of the side. */
  readonly first: number;
  readonly rows: number;
  /** rows x length, int32: which row of the other side. */
  readonly columns: Tensor2D;
  /** rows x 1 x length: p, 1 where there is an entry and 0 where padded. */
  readonly preference: Tensor3D;
  /** rows x 1 x length: c - 1 */
  readonly extra: Tensor3D;
  /** rows x 1 x length: c p */
  readonly target: Tensor3D;
  /** All of the above, to dispose of. */
  readonly tensors: readonly Tensor[];
}

/** Makes the tensors of a bucket; whoever calls disposes of them. */
export function upload(tf: TensorFlow, bucket: Bucket): BucketTensors {
  const { first, rows, length } = bucket;
  const columns = tf.tensor2d(bucket.columns, [rows, length], "int32");
  const preference = tf.tensor3d(bucket.preference, [rows, 1, length]);
  const extra = tf.tensor3d(bucket.extra, [rows, 1, length]);
  const target = tf.add<Tensor3D>(preference, extra);
  const tensors = [columns, preference, extra, target];
  return { first, rows, columns, preference, extra, target, tensors };
}

/**
 * Takes the rows z of a bucket, each 1 x k, nearer to the solutions of their systems by conjugate
 * gradients from `z` on:
 *
 *   (I + V' D V) z = V' c,   V = W_u diag(scale_u),   D = diag(c - 1)
 *
 * with W_u the rows of `table` that the row has entries in. Whoever calls has chosen coordinates in
 * which the rest of each system is the identity, so that few steps do; each one lowers the objective.
 *
 * @param table cols x k
 * @param scale rows x 1 x k; undefined where it is 1
 * @param z rows x 1 x k
 * @returns z, and what each row adds to the objective:
 *   |z|^2 + sum_i p (p - 2 s_i) + (c_i - 1) (p - s_i)^2 with s = V z, rows x 1 x 1
 */
export function solveBucket(
  tf: TensorFlow,
  { columns, preference, extra, target }: BucketTensors,
  table: Tensor2D,
  scale: Tensor3D | undefined,
  start: Tensor3D,
  steps: number,
): { readonly z: Tensor3D; readonly loss: Tensor3D } {
  // rows x length x k
  const w = tf.gather<Tensor>(table, columns);
  const scaled = (v: Tensor3D): Tensor3D => scale ? tf.mul(scale, v) : v;
  // V z, rows x 1 x length; V' v, rows x 1 x k; and row by row products, rows x 1 x 1
  const scores = (z: Tensor3D): Tensor3D => tf.matMul(scaled(z), w, false, true);
  const combine = (v: Tensor3D): Tensor3D => scaled(tf.matMul(v, w));
  const dot = (a: Tensor3D, b: Tensor3D): Tensor3D => tf.matMul(a, b, false, true);
  const divide = (a: Tensor3D, b: Tensor3D): Tensor3D => tf.div(a, tf.maximum(b, TINY));

  let z = start;
  let s = scores(z);
  let residual: Tensor3D = tf.sub(combine(tf.sub(target, tf.mul(extra, s))), z);
  let direction = residual;
  let norm = dot(residual, residual);
  for (let step = 1; step <= steps; step++) {
    const along = scores(direction);
    const weighted: Tensor3D = tf.mul(extra, along);
    const curvature: Tensor3D = tf.add(dot(direction, direction), dot(weighted, along));
    const length = divide(norm, curvature);
    z = tf.add(z, tf.mul(length, direction));
    s = tf.add(s, tf.mul(length, along));
    if (step === steps) break;
    residual = tf.sub(residual, tf.mul(length, tf.add(direction, combine(weighted))));
    const next = dot(residual, residual);
    direction = tf.add(residual, tf.mul(divide(next, norm), direction));
    norm = next;
  }
  const off: Tensor3D = tf.sub(preference, s);
  const entries: Tensor3D = tf.add(
    dot(preference, tf.sub(off, s)),
    dot(tf.mul(extra, off), off),
  );
  return { z, loss: tf.add(entries, dot(z, z)) };
}
