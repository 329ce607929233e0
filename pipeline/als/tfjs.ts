/**
 * Implicit-feedback ALS in tensor ops (gather, batched matMul, element-wise), on whatever tfjs
 * backend there is. tfjs has no solver of its own, so the systems of many rows at once are solved by
 * preconditioned conjugate gradients (`tfjs_rows.ts`).
 */
import type { Tensor2D } from "@tensorflow/tfjs-core";
import { type Csr, transpose } from "../data/matrix.ts";
import { objective } from "./objective.ts";
import { Pause } from "./pause.ts";
import { diverged, type Problem, type Solver, type SolverOptions, type Sweep } from "./solver.ts";
import { startFactors } from "./start.ts";
import {
  openBackend,
  type TensorBackend,
  tensorBackends,
  type TensorFlow,
} from "./tfjs_backends.ts";
import { buckets, longestFirst, placesOf } from "./tfjs_buckets.ts";
import { type BucketTensors, Preconditioner, solveBucket, upload } from "./tfjs_rows.ts";

/** Most factor values gathered at a time: 16 MB of float32. */
const CELLS = 1 << 22;
/** Bytes that a backend takes by itself, what its many small operations leave behind included. */
const BACKEND = 1 << 26;

/** The solver on the first of `candidates` that works here; by default the best there is. */
export function tfjsSolver(candidates: readonly TensorBackend[] = tensorBackends): Solver {
  return {
    name: "tfjs",
    async runtime() {
      const { tf, backend } = await openBackend(candidates);
      return { arch: Deno.build.arch, backend: backend.name, ...await backend.runtime(tf) };
    },
    /**
     * The backend; factors as tensors, while they are put together three times, and as arrays as they
     * started, by place and by row, of this sweep and the one before; pairs by item, then both ways in
     * buckets, padded by a third at most; a bucket's gathered factors and what comes of them.
     */
    memory({ users, items, pairs, longest, factors }) {
      const gathered = 4 * Math.max(CELLS, longest * factors);
      return BACKEND + 9 * 4 * (users + items) * factors + (8 + 2 * 16) * pairs + 3 * gathered;
    },
    solve: (problem, options) => solve(candidates, problem, options),
  };
}

export const tfjs: Solver = tfjsSolver();

/** One side of the problem. Its rows are kept longest first, so that buckets are slices. */
interface Side {
  readonly name: "user" | "item";
  readonly rows: number;
  /** The row at each place. */
  readonly order: Uint32Array;
  readonly lambda: Float64Array;
  /** rows x k, by place. */
  factors: Tensor2D;
  readonly buckets: readonly BucketTensors[];
}

async function* solve(
  candidates: readonly TensorBackend[],
  problem: Problem,
  options: SolverOptions,
): AsyncGenerator<Sweep, void, void> {
  const { factors: k, iterations, signal } = options;
  const start = startFactors(problem, options);
  const { tf } = await openBackend(candidates);
  const pause = new Pause(signal);
  const byUser = problem.confidence;
  const byItem = transpose(byUser);
  const userOrder = longestFirst(byUser);
  const itemOrder = longestFirst(byItem);
  const users: Side = {
    name: "user",
    rows: byUser.rows,
    order: userOrder,
    lambda: problem.userLambda,
    factors: byPlace(tf, start.userFactors, userOrder, k),
    buckets: uploadAll(tf, byUser, userOrder, itemOrder, problem.userLambda, k),
  };
  const items: Side = {
    name: "item",
    rows: byItem.rows,
    order: itemOrder,
    lambda: problem.itemLambda,
    factors: byPlace(tf, start.itemFactors, itemOrder, k),
    buckets: uploadAll(tf, byItem, itemOrder, userOrder, problem.itemLambda, k),
  };
  try {
    for (let sweep = 1; sweep <= iterations; sweep++) {
      await pause.pass();
      const userFactors = await halfSweep(tf, users, items.factors, k, sweep, pause);
      const itemFactors = await halfSweep(tf, items, users.factors, k, sweep, pause);
      const value = objective(problem, userFactors, itemFactors, k);
      yield { sweep, objective: value, userFactors, itemFactors };
    }
  } finally {
    for (const side of [users, items]) {
      tf.dispose([side.factors, ...side.buckets.flatMap((bucket) => bucket.tensors)]);
    }
  }
}

/** Solves all rows of `side` against the other side's factors; returns them by row. */
async function halfSweep(
  tf: TensorFlow,
  side: Side,
  fixed: Tensor2D,
  k: number,
  sweep: number,
  pause: Pause,
): Promise<Float32Array> {
  const gram: Tensor2D = tf.matMul(fixed, fixed, true, false);
  const preconditioner = new Preconditioner(tf, Float64Array.from(await gram.data()), k);
  const parts: Tensor2D[] = [];
  try {
    for (const bucket of side.buckets) {
      if (pause.due()) await pause.pass();
      const inverse = preconditioner.at(bucket.lambda);
      if (!inverse) throw diverged(side.name, side.order[bucket.first]!, sweep, bucket.lambda);
      const before: Tensor2D = tf.slice(side.factors, [bucket.first, 0], [bucket.rows, k]);
      parts.push(solveBucket(tf, bucket, fixed, gram, inverse, before));
      before.dispose();
    }
    const solved = parts.reduce((sum, part) => sum + part.shape[0], 0);
    if (solved < side.rows) parts.push(tf.zeros([side.rows - solved, k]));
    const next = tf.concat(parts, 0);
    side.factors.dispose();
    side.factors = next;
  } finally {
    tf.dispose([gram, ...parts]);
    preconditioner.dispose();
  }
  const placed = await side.factors.data<"float32">();
  const out = new Float32Array(side.rows * k);
  for (let place = 0; place < side.rows; place++) {
    const row = side.order[place]!;
    for (let f = 0; f < k; f++) {
      const value = placed[place * k + f]!;
      if (!Number.isFinite(value)) throw diverged(side.name, row, sweep, side.lambda[row]!);
      out[row * k + f] = value;
    }
  }
  return out;
}

function byPlace(tf: TensorFlow, rows: Float32Array, order: Uint32Array, k: number): Tensor2D {
  const placed = new Float32Array(rows.length);
  for (let place = 0; place < order.length; place++) {
    const row = order[place]!;
    placed.set(rows.subarray(row * k, (row + 1) * k), place * k);
  }
  return tf.tensor2d(placed, [order.length, k]);
}

function uploadAll(
  tf: TensorFlow,
  m: Csr,
  order: Uint32Array,
  columnOrder: Uint32Array,
  lambda: Float64Array,
  k: number,
): BucketTensors[] {
  const cells = Math.max(1, Math.floor(CELLS / k));
  const lambdas = Float64Array.from(order, (row) => lambda[row]!);
  return Array.from(
    buckets(m, order, placesOf(columnOrder), cells),
    (bucket) => upload(tf, bucket, lambdas.subarray(bucket.first, bucket.first + bucket.rows)),
  );
}
