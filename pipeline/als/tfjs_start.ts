/** Factors to start from, by a randomized singular value decomposition in tensor ops. */
import type { Tensor2D, Tensor3D } from "@tensorflow/tfjs-core";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";
import type { Pause } from "../kernels/pause.ts";
import { symmetricEigen } from "../kernels/symmetric.ts";
import type { SolverOptions } from "./solver.ts";
import type { TensorFlow } from "./tfjs_backend.ts";
import { Coordinates } from "./tfjs_coordinates.ts";
import { entriesOf } from "./tfjs_rows.ts";
import { Scope } from "./tfjs_scope.ts";
import { rowsOf, type Side } from "./tfjs_side.ts";

/** D^-a on both sides: what makes the long rows not take all directions, and loses none of them. */
const POWER = 0.35;
/** Degree of the polynomial. */
const DEGREE = 3;
/** Where the wanted part of the spectrum begins, in units of the smallest Ritz value of the sketch. */
const CUT = 1.8;
/** The cut is at least this part of the largest Ritz value: powers of the quotient must stay finite. */
const WIDEST = 2e-4;

/**
 * A start near the best rank-k fit of P, the matrix of preferences, as the solver `simd` has it: with
 * D the numbers of entries, the dominant left singular subspace of S = D_u^-a P D_i^-a by a randomized
 * range finder (Halko, Martinsson, Tropp 2011) whose power iteration is a Chebyshev filter (Zhou, Saad
 * 2007): a polynomial of SS' that grows as fast as can be above a cut and stays small below. With its
 * orthonormal basis Q, X = D_u^a Q and Y = P' D_u^-a Q, so that X Y' is the fit of P; both get about
 * the same length.
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
  const own = (compute: () => Tensor2D): Tensor2D => scope.own(tf.tidy(compute));
  const perUser = own(() => power(tf, users, -POWER));
  const perItem = own(() => power(tf, items, -POWER));
  /** The product of a side's rows with what `compute` makes, which is freed: memory holds few tables at a time. */
  const times = async (side: Side, compute: () => Tensor2D) => {
    using inner = new Scope(tf);
    return scope.own(await product(tf, side, inner.own(tf.tidy(compute)), pause));
  };
  const scaled = (sums: Tensor2D, by: Tensor2D) => {
    const result = own(() => tf.mul(sums, by));
    sums.dispose();
    return result;
  };
  const toUsers = async (v: Tensor2D) =>
    scaled(await times(users, () => tf.mul(v, perItem)), perUser);
  const toItems = async (v: Tensor2D) =>
    scaled(await times(items, () => tf.mul(v, perUser)), perItem);
  const basis = async (v: Tensor2D) => {
    const result = scope.own(await orthonormal(tf, v));
    v.dispose();
    return result;
  };

  const shape: [number, number] = [items.order.length, factors];
  const sketch = own(() => tf.tensor2d(uniform(shape[0] * factors, seed), shape));
  let last = await basis(await toUsers(sketch));
  const ritz = await toItems(last);
  const center = await cut(tf, ritz) / 2;
  // T_j(SS' / center - 1) times the basis, by the three-term recurrence.
  const first = await toUsers(ritz);
  let now = own(() => tf.sub(tf.div(first, center), last));
  tf.dispose([sketch, ritz, first]);
  for (let degree = 2; degree <= DEGREE; degree++) {
    const [before, of] = [last, now];
    const half = await toItems(of);
    const applied = await toUsers(half);
    now = own(() => tf.sub(tf.mul(2, tf.sub(tf.div(applied, center), of)), before));
    tf.dispose([half, applied, before]);
    last = of;
  }
  // Twice: the filter leaves columns of very unlike lengths (shifted Cholesky QR, Fukaya et al. 2020).
  const range = await basis(await basis(now));

  const x = own(() => tf.div(range, perUser));
  const y = await times(items, () => tf.mul(range, perUser));
  // Without any entry both are zero.
  const longer = (await squares(tf, y) / await squares(tf, x) || 1) ** 0.25;
  return { users: tf.mul(x, longer), items: tf.div(y, longer) };
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
  const tiny = await squares(tf, rows) * 1e-7 + 1e-30;
  // W of (A'A + tiny I) is A Q (e + tiny)^-1/2.
  using coordinates = await Coordinates.of(tf, rows, Float64Array.of(tiny));
  if (!coordinates) throw new RangeError("The start is not finite");
  return coordinates.table.clone();
}

/** Where the wanted part of the spectrum begins, by the Ritz vectors `ritz`, rows x k. */
async function cut(tf: TensorFlow, ritz: Tensor2D): Promise<number> {
  const gram: Tensor2D = tf.matMul(ritz, ritz, true, false);
  const values = symmetricEigen(Float64Array.from(await gram.data()), ritz.shape[1])?.values ?? [];
  gram.dispose();
  // With more factors than P has rank nothing is wanted of the rest, but that it stay finite.
  return Math.max(CUT * Math.min(...values), WIDEST * Math.max(...values), 1e-30);
}

/** The sum of all values' squares. */
async function squares(tf: TensorFlow, x: Tensor2D): Promise<number> {
  const sum = tf.tidy(() => tf.sum(tf.square(x)));
  const [value = 0] = await sum.data();
  sum.dispose();
  return value;
}
