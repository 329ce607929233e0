/** The systems of one bucket of rows, solved together by preconditioned conjugate gradients. */
import type { Tensor, Tensor2D, Tensor3D } from "@tensorflow/tfjs-core";
import { cholesky, invertLower } from "./cholesky.ts";
import type { TensorFlow } from "./tfjs_backends.ts";
import type { Bucket } from "./tfjs_buckets.ts";

/** A row is solved when its residual, in the preconditioner's norm, is this part of its right side. */
const TOLERANCE = 1e-5;
/** Steps at most: float32 gains nothing from more. */
const MAX_STEPS = 40;
/** Keeps the quotients of rows that are solved already, 0 / 0, at zero. */
const TINY = 1e-30;

export interface BucketTensors {
  readonly first: number;
  readonly rows: number;
  /** The smallest lambda among its rows. */
  readonly lambda: number;
  /** rows x length, int32: which row of the other side. */
  readonly columns: Tensor2D;
  /** rows x 1 x length: c - 1 */
  readonly extra: Tensor3D;
  /** rows x 1 x length: c p */
  readonly target: Tensor3D;
  /** rows x 1: lambda_u */
  readonly lambdas: Tensor2D;
  /** All of the above, to dispose of. */
  readonly tensors: readonly Tensor[];
}

/** Makes the tensors of a bucket, `lambda` by its rows; whoever calls disposes of them. */
export function upload(tf: TensorFlow, bucket: Bucket, lambda: Float64Array): BucketTensors {
  const { first, rows, length } = bucket;
  const columns = tf.tensor2d(bucket.columns, [rows, length], "int32");
  const extra = tf.tensor3d(bucket.extra, [rows, 1, length]);
  const target = tf.tensor3d(bucket.target, [rows, 1, length]);
  const lambdas = tf.tensor2d(Float32Array.from(lambda), [rows, 1]);
  const tensors = [columns, extra, target, lambdas];
  const smallest = lambda.reduce((least, value) => Math.min(least, value), Infinity);
  return { first, rows, lambda: smallest, columns, extra, target, lambdas, tensors };
}

/**
 * (Y'Y + lambda I)^-1 as a k x k tensor: what all rows of a bucket share, and most of each row's
 * matrix, so that a handful of steps is enough. Made outside of tensors, in float64: tfjs has no
 * Cholesky, its tensors are float32, and the matrix does not grow with the data.
 */
export class Preconditioner {
  readonly #tf: TensorFlow;
  readonly #gram: Float64Array;
  readonly #k: number;
  #lambda = NaN;
  #inverse: Tensor2D | undefined;

  constructor(tf: TensorFlow, gram: Float64Array, k: number) {
    this.#tf = tf;
    this.#gram = gram;
    this.#k = k;
  }

  /** The inverse for `lambda`, valid until the next call; undefined where there is none. */
  at(lambda: number): Tensor2D | undefined {
    if (lambda === this.#lambda) return this.#inverse;
    this.dispose();
    this.#lambda = lambda;
    const k = this.#k;
    const l = this.#gram.slice();
    for (let i = 0; i < k; i++) l[i * k + i]! += lambda;
    if (!cholesky(l, k)) return undefined;
    const inverse = invertLower(l, k);
    // (L L')^-1 = L^-T L^-1
    const product = new Float32Array(k * k);
    for (let i = 0; i < k; i++) {
      for (let j = 0; j <= i; j++) {
        let sum = 0;
        for (let p = i; p < k; p++) sum += inverse[p * k + i]! * inverse[p * k + j]!;
        product[i * k + j] = product[j * k + i] = sum;
      }
    }
    this.#inverse = this.#tf.tensor2d(product, [k, k]);
    return this.#inverse;
  }

  dispose(): void {
    this.#inverse?.dispose();
    this.#inverse = undefined;
    this.#lambda = NaN;
  }
}

/**
 * Solves (Y'Y + Y_u' D_u Y_u + lambda_u I) x_u = Y_u' c_u for each row u of the bucket, from `start`
 * (rows x k) on. Every step lowers the objective, converged or not.
 *
 * @param fixed the other side's factors Y, cols x k
 * @param gram Y'Y, k x k
 * @param inverse what `Preconditioner.at(bucket.lambda)` gave
 */
export function solveBucket(
  tf: TensorFlow,
  bucket: BucketTensors,
  fixed: Tensor2D,
  gram: Tensor2D,
  inverse: Tensor2D,
  start: Tensor2D,
): Tensor2D {
  return tf.tidy(() => {
    const { rows, columns, extra, target, lambdas } = bucket;
    const k = gram.shape[0];
    // rows x length x k
    const y: Tensor = tf.gather<Tensor>(fixed, columns);
    // rows x 1 x length weights of the entries to rows x k
    const combine = (weights: Tensor3D): Tensor2D => tf.reshape(tf.matMul(weights, y), [rows, k]);
    // The rows' matrices times the rows of v, rows x k.
    const apply = (v: Tensor2D): Tensor2D => {
      const scores: Tensor3D = tf.matMul(tf.reshape(v, [rows, 1, k]), y, false, true);
      return tf.addN([tf.matMul(v, gram), tf.mul(v, lambdas), combine(tf.mul(scores, extra))]);
    };
    const dot = (a: Tensor2D, b: Tensor2D): Tensor2D => tf.sum(tf.mul(a, b), 1, true);
    const divide = (a: Tensor2D, b: Tensor2D): Tensor2D => tf.div(a, tf.maximum(b, TINY));

    const right = combine(target);
    const scale = dot(right, tf.matMul(right, inverse));
    let state = tf.tidy((): State => {
      const residual = tf.sub<Tensor2D>(right, apply(start));
      const direction = tf.matMul<Tensor2D>(residual, inverse);
      return { x: start.clone(), residual, direction, norm: dot(residual, direction) };
    });
    for (let step = 0; step < MAX_STEPS && !solved(tf, state.norm, scale); step++) {
      const next = tf.tidy((): State => {
        const applied = apply(state.direction);
        const length = divide(state.norm, dot(state.direction, applied));
        const x = tf.add<Tensor2D>(state.x, tf.mul(length, state.direction));
        const residual = tf.sub<Tensor2D>(state.residual, tf.mul(length, applied));
        const conditioned = tf.matMul<Tensor2D>(residual, inverse);
        const norm = dot(residual, conditioned);
        const turn = tf.mul(divide(norm, state.norm), state.direction);
        return { x, residual, direction: tf.add(conditioned, turn), norm };
      });
      tf.dispose(state);
      state = next;
    }
    return state.x;
  });
}

/** Conjugate gradients between two steps: rows x k, the norm rows x 1. */
type State = {
  readonly x: Tensor2D;
  readonly residual: Tensor2D;
  readonly direction: Tensor2D;
  /** residual . preconditioned residual */
  readonly norm: Tensor2D;
};

/** Whether every row's residual is small beside its right side; false where it is not a number. */
function solved(tf: TensorFlow, norm: Tensor2D, scale: Tensor2D): boolean {
  const worst = tf.tidy(() => tf.max(tf.div(norm, tf.maximum(scale, TINY))).dataSync()[0]);
  return worst !== undefined && worst <= TOLERANCE ** 2;
}
