/** One side of the problem, users or items, as tensors. */
import type { Tensor2D, Tensor3D } from "@tensorflow/tfjs-core";
import { type Csr, transpose } from "../data/matrix.ts";
import type { Problem } from "./solver.ts";
import type { TensorFlow } from "./tfjs_backend.ts";
import { buckets, longestFirst, placesOf } from "./tfjs_buckets.ts";
import { type BucketTensors, upload } from "./tfjs_rows.ts";
import type { Scope } from "./tfjs_scope.ts";

/** Most factor values gathered at a time, 8 MB of float32: what a processor's last cache holds. */
export const CELLS = 1 << 21;

/** Its rows are kept longest first, so that buckets are slices. */
export interface Side {
  readonly name: "user" | "item";
  /** The row at each place. */
  readonly order: Uint32Array;
  /** Entries of the row at each place. */
  readonly lengths: Uint32Array;
  /** Lambda of the row at each place. */
  readonly lambda: Float64Array;
  /** rows x 1, int32: the place of each row. */
  readonly places: Tensor2D;
  /** All rows but those without entries, which are the last ones. */
  readonly buckets: readonly BucketTensors[];
}

/** Both sides of a problem, for models of k factors; their tensors belong to `scope`. */
export function sidesOf(
  tf: TensorFlow,
  scope: Scope,
  problem: Problem,
  k: number,
): { users: Side; items: Side } {
  const byUser = problem.confidence;
  const byItem = transpose(byUser);
  const userOrder = longestFirst(byUser);
  const itemOrder = longestFirst(byItem);
  const userPlaces = placesOf(userOrder);
  const itemPlaces = placesOf(itemOrder);
  const cells = Math.max(1, Math.floor(CELLS / k));
  const side = (
    name: Side["name"],
    m: Csr,
    lambda: Float64Array,
    [order, places]: readonly [Uint32Array, Uint32Array],
    columns: Uint32Array,
  ): Side => ({
    name,
    order,
    lengths: order.map((row) => m.indptr[row + 1]! - m.indptr[row]!),
    lambda: Float64Array.from(order, (row) => lambda[row]!),
    places: scope.own(tf.tensor2d(Int32Array.from(places), [places.length, 1], "int32")),
    buckets: Array.from(buckets(m, order, columns, cells), (bucket) => upload(tf, scope, bucket)),
  });
  return {
    users: side("user", byUser, problem.userLambda, [userOrder, userPlaces], itemPlaces),
    items: side("item", byItem, problem.itemLambda, [itemOrder, itemPlaces], userPlaces),
  };
}

/** Rows x k, by row, as a tensor by place. */
export function byPlace(tf: TensorFlow, { order }: Side, rows: Float32Array, k: number): Tensor2D {
  const placed = new Float32Array(rows.length);
  order.forEach((row, place) => placed.set(rows.subarray(row * k, (row + 1) * k), place * k));
  return tf.tensor2d(placed, [order.length, k]);
}

/** A tensor rows x k, by place, as rows x k by row. */
export async function byRow(tf: TensorFlow, { places }: Side, x: Tensor2D): Promise<Float32Array> {
  const rows = tf.gatherND(x, places);
  const values = await rows.data<"float32">();
  rows.dispose();
  return values;
}

/** The rows of all buckets, rows x 1 x k each, with zeros after them: those without entries. */
export function rowsOf(tf: TensorFlow, { order }: Side, parts: Tensor3D[], k: number): Tensor3D {
  return tf.tidy(() => {
    const done = parts.reduce((rows, { shape }) => rows + shape[0], 0);
    return tf.concat([...parts, tf.zeros([order.length - done, 1, k])]);
  });
}
