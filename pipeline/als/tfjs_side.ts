/** One side of the problem, users or items, as tensors. */
import type { Tensor2D, Tensor3D } from "@tensorflow/tfjs-core";
import { type Csr, transpose } from "../data/matrix.ts";
import type { Problem } from "./solver.ts";
import type { TensorFlow } from "./tfjs_backend.ts";
import { buckets, longestFirst, placesOf } from "./tfjs_buckets.ts";
import { type BucketTensors, upload } from "./tfjs_rows.ts";

/** Most factor values gathered at a time, 8 MB of float32: what a processor's last cache holds. */
const CELLS = 1 << 21;

/** Its rows are kept longest first, so that buckets are slices. */
export interface Side {
  readonly name: "user" | "item";
  /** The row at each place. */
  readonly order: Uint32Array;
  /** Entries of the row at each place. */
  readonly lengths: Uint32Array;
  /** Lambda of the row at each place. */
  readonly lambda: Float64Array;
  /** All rows but those without entries, which are the last ones. */
  readonly buckets: readonly BucketTensors[];
}

/** Both sides of a problem for models of k factors. Whoever calls disposes of them. */
export function sidesOf(tf: TensorFlow, problem: Problem, k: number): { users: Side; items: Side } {
  const byUser = problem.confidence;
  const byItem = transpose(byUser);
  const userOrder = longestFirst(byUser);
  const itemOrder = longestFirst(byItem);
  return {
    users: sideOf(tf, "user", byUser, problem.userLambda, userOrder, placesOf(itemOrder), k),
    items: sideOf(tf, "item", byItem, problem.itemLambda, itemOrder, placesOf(userOrder), k),
  };
}

function sideOf(
  tf: TensorFlow,
  name: Side["name"],
  m: Csr,
  lambda: Float64Array,
  order: Uint32Array,
  columnPlace: Uint32Array,
  k: number,
): Side {
  const cells = Math.max(1, Math.floor(CELLS / k));
  return {
    name,
    order,
    lengths: order.map((row) => m.indptr[row + 1]! - m.indptr[row]!),
    lambda: Float64Array.from(order, (row) => lambda[row]!),
    buckets: Array.from(buckets(m, order, columnPlace, cells), (bucket) => upload(tf, bucket)),
  };
}

/** Frees the tensors of a side. */
export function disposeOf(tf: TensorFlow, side: Side): void {
  for (const { tensors } of side.buckets) tf.dispose([...tensors]);
}

/** Rows x k by row to a tensor by place. */
export function byPlace(tf: TensorFlow, { order }: Side, rows: Float32Array, k: number): Tensor2D {
  const placed = new Float32Array(rows.length);
  order.forEach((row, place) => placed.set(rows.subarray(row * k, (row + 1) * k), place * k));
  return tf.tensor2d(placed, [order.length, k]);
}

/** Rows x k by place to an array by row. */
export async function byRow({ order }: Side, factors: Tensor2D): Promise<Float32Array> {
  const k = factors.shape[1];
  const placed = await factors.data<"float32">();
  const rows = new Float32Array(placed.length);
  order.forEach((row, place) => rows.set(placed.subarray(place * k, (place + 1) * k), row * k));
  return rows;
}

/** The rows of all buckets, rows x 1 x k each, with zeros after them: those without entries. */
export function rowsOf(tf: TensorFlow, { order }: Side, parts: Tensor3D[], k: number): Tensor3D {
  return tf.tidy(() => {
    const done = parts.reduce((rows, { shape }) => rows + shape[0], 0);
    return tf.concat([...parts, tf.zeros([order.length - done, 1, k])]);
  });
}
