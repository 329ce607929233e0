import type { Tensor2D, Tensor3D } from "@tensorflow/tfjs-core";
import { type Eigen, symmetricEigen } from "../kernels/symmetric.ts";
import type { TensorFlow } from "./tfjs_backend.ts";

/**
 * The coordinates of one side's rows in which what their systems share is the identity. With the
 * other side's Y'Y = Q diag(e) Q' and scale_u = (e + lambda_u)^-1/2, the system of a row u,
 *
 *   (Y'Y + lambda_u I + Y_u' D_u Y_u) x = Y_u' c_u,
 *
 * is (I + W_u' D_u W_u) z = W_u' c_u in z = Q'x / scale_u, W = Y Q diag(scale_u); and the objective's
 * x' (Y'Y + lambda_u I) x is |z|^2.
 */
export class Coordinates implements Disposable {
  /** cols x k: W where all lambdas are one, else Y Q. */
  readonly table: Tensor2D;
  /** rows x 1 x k: scale_u where lambdas differ, which `table` cannot have in it then. */
  readonly scale: Tensor3D | undefined;
  readonly #tf: TensorFlow;
  /** k x k: Q */
  readonly #vectors: Tensor2D;
  /** rows x 1 x k, or 1 x 1 x k for all rows. */
  readonly #scale: Tensor3D;

  /**
   * Those of the rows with these lambdas against `fixed` (Y, cols x k); undefined where Y'Y is not
   * finite. It is decomposed outside of tensors, in float64: tfjs has no such op, and a k x k matrix
   * does not grow with the data.
   */
  static async of(
    tf: TensorFlow,
    fixed: Tensor2D,
    lambda: Float64Array,
  ): Promise<Coordinates | undefined> {
    const gram: Tensor2D = tf.matMul(fixed, fixed, true, false);
    const eigen = symmetricEigen(Float64Array.from(await gram.data()), fixed.shape[1]);
    gram.dispose();
    return eigen && new Coordinates(tf, fixed, lambda, eigen);
  }

  private constructor(
    tf: TensorFlow,
    fixed: Tensor2D,
    lambda: Float64Array,
    { values, vectors }: Eigen,
  ) {
    const k = values.length;
    const one = lambda.every((value) => value === lambda[0]);
    const lambdas = Float32Array.from(one ? lambda.subarray(0, 1) : lambda);
    // Gram matrices have no eigenvalue below zero but for rounding.
    const shared = Float32Array.from(values, (value) => Math.max(0, value));
    this.#tf = tf;
    this.#vectors = tf.tensor2d(Float32Array.from(vectors), [k, k]);
    this.#scale = tf.tidy(() =>
      tf.rsqrt(tf.add(tf.tensor3d(shared, [1, 1, k]), tf.tensor3d(lambdas, [lambdas.length, 1, 1])))
    );
    this.scale = one ? undefined : this.#scale;
    this.table = tf.tidy(() => {
      const rotated: Tensor2D = tf.matMul(fixed, this.#vectors);
      return one ? tf.mul(rotated, tf.reshape(this.#scale, [1, k])) : rotated;
    });
  }

  /** x, rows x k, to z, rows x 1 x k. */
  into(x: Tensor2D): Tensor3D {
    const tf = this.#tf;
    return tf.tidy(() => tf.div(tf.expandDims(tf.matMul(x, this.#vectors), 1), this.#scale));
  }

  /** z, rows x 1 x k, to x, rows x k. */
  back(z: Tensor3D): Tensor2D {
    const tf = this.#tf;
    return tf.tidy(() => {
      const rotated: Tensor2D = tf.squeeze(tf.mul(z, this.#scale), [1]);
      return tf.matMul(rotated, this.#vectors, false, true);
    });
  }

  [Symbol.dispose](): void {
    this.#tf.dispose([this.table, this.#vectors, this.#scale]);
  }
}
