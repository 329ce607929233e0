/**
 * Implicit-feedback ALS in tensor ops (gather, batched matMul, element-wise), on whatever tfjs
 * backend there is. tfjs has no solver of its own, so the systems of many rows at once are taken
 * nearer to their solution by a few steps of conjugate gradients (`tfjs_rows.ts`).
 */
import type { Tensor2D, Tensor3D } from "@tensorflow/tfjs-core";
import { penalty } from "./objective.ts";
import { Pause } from "../kernels/pause.ts";
import { diverged, type Problem, type Solver, type SolverOptions, type Sweep } from "./solver.ts";
import { checkProblem, startFactors } from "./start.ts";
import type { TensorBackend, TensorFlow } from "./tfjs_backend.ts";
import { chooseBackend, openBackend, tensorBackends } from "./tfjs_backends.ts";
import { Coordinates } from "./tfjs_coordinates.ts";
import { dot, lossOf, solveBucket } from "./tfjs_rows.ts";
import { Scope } from "./tfjs_scope.ts";
import { byPlace, byRow, CELLS, rowsOf, type Side, sidesOf } from "./tfjs_side.ts";
import { svdStart } from "./tfjs_start.ts";

/** Bytes that a backend takes by itself at most (TensorFlow; wasm half of it), what operations leave behind included. */
const BACKEND = 1 << 27;

/** How rows are solved and sweeps follow one another. */
export interface TfjsMethod {
  /** Conjugate-gradient steps a row and sweep. */
  readonly steps: number;
  /** From the second sweep on: x + momentum (x - x before) is where the next sweep starts. */
  readonly momentum: number;
  /** Where to start unless the caller says. */
  readonly start: "svd" | "random";
}

/** What reached a given objective soonest where the variants were measured. */
export const fastest: TfjsMethod = { steps: 2, momentum: 0.7, start: "svd" };

/** The solver on the first of `candidates` that is here; by default the best there is. */
export function tfjsSolver(
  candidates: readonly TensorBackend[] = tensorBackends,
  method: TfjsMethod = fastest,
): Solver {
  return {
    name: "tfjs",
    async runtime() {
      const { version_core: tfjs } = await import("@tensorflow/tfjs-core");
      const backend = await chooseBackend(candidates);
      return { arch: Deno.build.arch, tfjs, backend: backend.name, ...await backend.runtime() };
    },
    async *solve(problem, options) {
      const tf = await openBackend(await chooseBackend(candidates), options.threads);
      yield* solve(tf, method, problem, options);
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
  };
}

export const tfjs: Solver = tfjsSolver();

/** Both sides' factors, users x k and items x k, by place. */
interface Pair {
  readonly users: Tensor2D;
  readonly items: Tensor2D;
}

async function* solve(
  tf: TensorFlow,
  { steps, momentum, start }: TfjsMethod,
  problem: Problem,
  options: SolverOptions,
): AsyncGenerator<Sweep, void, void> {
  const { factors: k, iterations, signal } = options;
  checkProblem(problem, options);
  const pause = new Pause(signal);
  using scope = new Scope(tf);
  const { users, items } = sidesOf(tf, scope, problem, k);
  const begin = async (): Promise<Pair> => {
    if (start === "svd" && !options.start) return await svdStart(tf, users, items, options, pause);
    const { userFactors, itemFactors } = startFactors(problem, options);
    return {
      users: byPlace(tf, users, userFactors, k),
      items: byPlace(tf, items, itemFactors, k),
    };
  };
  let now = await begin();
  /** Where the next sweep starts: `now`, or beyond it. */
  let ahead = now;
  const free = ({ users, items }: Pair) => tf.dispose([users, items]);
  const sweepFrom = async (from: Pair, sweep: number) => {
    using scope = new Scope(tf);
    const step = { sweep, steps, pause };
    const x = await solveSide(tf, users, from.items, from.users, step);
    scope.own(x.factors);
    const y = await solveSide(tf, items, x.factors, from.items, step);
    scope.own(y.factors);
    const userFactors = await byRow(tf, users, x.factors);
    const itemFactors = await byRow(tf, items, y.factors);
    const objective = y.loss + penalty(userFactors, problem.userLambda, k);
    const pair: Pair = { users: x.factors.clone(), items: y.factors.clone() };
    return { pair, result: { sweep, objective, userFactors, itemFactors } };
  };
  try {
    let before = Infinity;
    for (let sweep = 1; sweep <= iterations; sweep++) {
      if (pause.due()) await pause.pass();
      signal?.throwIfAborted();
      let next = await sweepFrom(ahead, sweep);
      const tooFar = next.result.objective > before && ahead !== now;
      if (tooFar) {
        // Again from the sweep before, and without.
        free(next.pair);
        next = await sweepFrom(now, sweep);
      }
      const further = sweep === 1 || tooFar ? next.pair : beyond(tf, now, next.pair, momentum);
      free(now);
      free(ahead);
      [now, ahead] = [next.pair, further];
      before = next.result.objective;
      yield next.result;
    }
  } finally {
    free(now);
    free(ahead);
  }
}

/** x + momentum (x - x before) of both sides. */
function beyond(tf: TensorFlow, before: Pair, now: Pair, momentum: number): Pair {
  const of = (old: Tensor2D, x: Tensor2D): Tensor2D =>
    tf.tidy(() => tf.add(x, tf.mul(momentum, tf.sub(x, old))));
  return { users: of(before.users, now.users), items: of(before.items, now.items) };
}

interface Step {
  readonly sweep: number;
  readonly steps: number;
  readonly pause: Pause;
}

/**
 * Takes all rows of `side` (rows x k, by place, from `start` on) nearer to their optimum against
 * `fixed`, the other side's factors (cols x k). `loss` is, of items, the objective without the
 * regularization of users; of users only what says that they are finite.
 */
async function solveSide(
  tf: TensorFlow,
  side: Side,
  fixed: Tensor2D,
  start: Tensor2D,
  { sweep, steps, pause }: Step,
): Promise<{ readonly factors: Tensor2D; readonly loss: number }> {
  const fail = (place: number) =>
    diverged(side.name, side.order[place]!, sweep, side.lambda[place]!);
  using scope = new Scope(tf);
  using coordinates = await Coordinates.of(tf, fixed, side.lambda);
  if (!coordinates) throw fail(0);
  const { table, scale } = coordinates;
  const k = table.shape[1];
  const from = scope.own(coordinates.into(start));
  const zs: Tensor3D[] = [];
  const losses: Tensor3D[] = [];
  for (const bucket of side.buckets) {
    if (pause.due()) await pause.pass();
    const { z, loss } = tf.tidy(() => {
      const part = (of: Tensor3D): Tensor3D =>
        tf.slice(of, [bucket.first, 0, 0], [bucket.rows, 1, k]);
      const { z, s } = solveBucket(tf, bucket, table, scale && part(scale), part(from), steps);
      return { z, loss: side.name === "item" ? lossOf(tf, bucket, z, s) : dot(tf, z, z) };
    });
    zs.push(scope.own(z));
    losses.push(scope.own(loss));
  }
  const values = await scope.own(rowsOf(tf, side, losses, 1)).data<"float32">();
  const bad = values.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) throw fail(bad);
  return {
    factors: tf.tidy(() => coordinates.back(rowsOf(tf, side, zs, k))),
    loss: values.reduce((sum, value) => sum + value, 0),
  };
}
