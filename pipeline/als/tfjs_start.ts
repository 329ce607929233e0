/** Factors to start from, by a randomized singular value decomposition in tensor ops. */
import type { Tensor2D, Tensor3D } from "@tensorflow/tfjs-core";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";
import type { Pause } from "../kernels/pause.ts";
import type { SolverOptions } from "./solver.ts";
import type { TensorFlow } from "./tfjs_backend.ts";
import { Coordinates } from "./tfjs_coordinates.ts";
import { entriesOf } from "./tfjs_rows.ts";
import { Scope } from "./tfjs_scope.ts";
import { rowsOf, type Side } from "./tfjs_side.ts";

/**
 * A start near the best rank-k fit of P, the matrix of preferences: a randomized range finder with
 * one power iteration (Halko, Martinsson, Tropp 2011, algorithm 4.4) on D_u^-1/2 P D_i^-1/2, D the
 * numbers of entries, without which the few longest rows would take all directions. With its range
 * Q, X = D_u^1/2 Q and Y = P' D_u^-1/2 Q, so that X Y' is the fit of P.
 *
 * Returns users x k and items x k, by place; whoever calls disposes of them.
 */
export async function svdStart(
  tf: TensorFlow,
  users: Side,
  items: Side,
  { factors, seed }: Pick<SolverOptions, "factors" | "seed">,
  pause: Pause,
): Promise<{ readonly users: Tensor2D; readonly items: Tensor2D }> {
  using scope = new Scope(tf);
  const scaled = (rows: Tensor2D, scale: Tensor2D) => scope.own(tf.mul<Tensor2D>(rows, scale));
  const basis = async (rows: Tensor2D) => scope.own(await orthonormal(tf, rows));
  const times = async (side: Side, rows: Tensor2D) =>
    scope.own(await product(tf, side, rows, pause));
  const perUser = scope.own(power(tf, users, -0.5));
  const perItem = scope.own(power(tf, items, -0.5));
  const toUsers = async (ofItems: Tensor2D) =>
    await basis(scaled(await times(users, scaled(ofItems, perItem)), perUser));
  const toItems = async (ofUsers: Tensor2D) =>
    await basis(scaled(await times(items, scaled(ofUsers, perUser)), perItem));
  const shape: [number, number] = [items.order.length, factors];
  const sketch = scope.own(tf.tensor2d(uniform(shape[0] * factors, seed), shape));
  const range = await toUsers(await toItems(await toUsers(sketch)));
  return {
    users: tf.mul(range, scope.own(power(tf, users, 0.5))),
    items: await product(tf, items, scaled(range, perUser), pause),
  };
}

/** Uniform between -1 and 1. */
function uniform(length: number, seed: number): Float32Array {
  const random = xoroshiro128plus(seed);
  return new Float32Array(length).map(() => random.next() / 2 ** 31);
}

/** n^exponent of the entries n of each row, rows x 1; rows without count as if they had one. */
function power(tf: TensorFlow, { lengths }: Side, exponent: number): Tensor2D {
  const values = Float32Array.from(lengths, (n) => Math.max(1, n) ** exponent);
  return tf.tensor2d(values, [values.length, 1]);
}

/** For each row of the side the sum of the rows of `table` (cols x k) that it has entries in. */
async function product(
  tf: TensorFlow,
  side: Side,
  table: Tensor2D,
  pause: Pause,
): Promise<Tensor2D> {
  using scope = new Scope(tf);
  const sums: Tensor3D[] = [];
  for (const bucket of side.buckets) {
    if (pause.due()) await pause.pass();
    const sum: Tensor3D = tf.tidy(() => tf.matMul(bucket.preference, entriesOf(tf, bucket, table)));
    sums.push(scope.own(sum));
  }
  return tf.tidy(() => tf.squeeze(rowsOf(tf, side, sums, table.shape[1]), [1]));
}

/** A basis of the columns of `rows` (rows x k); those that float32 cannot tell apart come out small. */
async function orthonormal(tf: TensorFlow, rows: Tensor2D): Promise<Tensor2D> {
  const square = tf.tidy(() => tf.sum(tf.square(rows)));
  const [trace = 0] = await square.data();
  square.dispose();
  // W of (A'A + tiny I) is A Q (e + tiny)^-1/2.
  using coordinates = await Coordinates.of(tf, rows, Float64Array.of(trace * 1e-7 + 1e-30));
  if (!coordinates) throw new RangeError("The start is not finite");
  return coordinates.table.clone();
}
