// Least squares of the rows of one side, the other side held fixed.
import { addGram, multiply } from "./product.as";
import { addProduct, addResidual, addScaled, dot, scores, sumLanes } from "./vector.as";

/** Rows transformed together: their factors stay in the cache. Products take six rows at a time. */
const CHUNK = 36;

/** A row is solved where no step could lower its objective by more than this part of it. */
const TOLERANCE: f32 = 1e-12;

/** Bytes that `solveRows` needs for itself: `longest` is the largest number of entries in a row. */
export function solveScratch(k: i32, longest: i32): usize {
  return (CHUNK + 5) * (<usize>k << 2) + (((<usize>longest + 19) & ~15) << 3);
}

/**
 * Solves rows first .. last of X: row u minimises
 *
 *   sum_j [c_j (1 - s_j)^2 - s_j^2] + z' (diag(e) + shift_u I) z,   s_j = w_j . z,  z = x T
 *
 * by `steps` conjugate-gradient steps from the start E, preconditioned by that diagonal. Where `e`
 * is 0 the diagonal is the identity: the whitened system.
 *
 * X, E: rows x k. Afterwards E = x + momentum (x - x before). The Gram matrix of `gramOf` (X or E)
 * goes to grams[block], and to sums[block] (f64): the objective above where it is to be `measured`, sum
 * lambda_u |x_u|^2, and the first row that is not finite, or -1.
 *
 * @param W the fixed side in the system's coordinates, `packed` or float32
 * @param indptr rows + 1; `index`, `extra` (c - 1): entries
 * @param into, back: T and its inverse, packed as `multiply` has it, of shape `intoShape`, `backShape`
 */
export function solveRows(
  first: i32, last: i32, block: i32, scratch: usize,
  indptr: usize, index: usize, extra: usize, lambda: usize, W: usize, X: usize, E: usize,
  into: usize, intoShape: i32, back: usize, backShape: i32, e: usize,
  steps: i32, momentum: f32, gramOf: usize, grams: usize, sums: usize, k: i32, longest: i32, measured: i32, packed: bool,
): void {
  const kb = <usize>k << 2;
  const z = scratch, r = z + CHUNK * kb;
  let objective: f64 = 0, penalty: f64 = 0, failed: i32 = -1;
  for (let u0 = first; u0 < last; u0 += CHUNK) {
    const rows = min(CHUNK, last - u0);
    multiply(E + <usize>u0 * kb, into, z, rows, kb, intoShape);
    for (let i = 0; i < rows; i++) {
      const at = load<u32>(indptr + (<usize>(u0 + i) << 2));
      const n = <i32>(load<u32>(indptr + (<usize>(u0 + i) << 2), 4) - at);
      const zu = z + <usize>i * kb, ix = index + (<usize>at << 2), d = extra + (<usize>at << 2);
      if (n == 0) memory.fill(zu, 0, kb);
      else if (e == 0) objective += solveRow(false, packed, W, ix, d, n, zu, kb, 0, 0, steps, r, longest, measured);
      else {
        const shift = <f32>load<f64>(lambda + (<usize>(u0 + i) << 3));
        objective += solveRow(true, packed, W, ix, d, n, zu, kb, e, shift, steps, r, longest, measured);
      }
    }
    // The start has served: its place takes the solution.
    multiply(z, back, E + <usize>u0 * kb, rows, kb, backShape);
    for (let i = 0; i < rows; i++) {
      const xu = X + <usize>(u0 + i) * kb, eu = E + <usize>(u0 + i) * kb;
      const square = dot(eu, eu, kb);
      if (!(square < Infinity) && failed < 0) failed = u0 + i;
      penalty += load<f64>(lambda + (<usize>(u0 + i) << 3)) * <f64>square;
      extrapolate(xu, eu, momentum, kb);
    }
  }
  const G = grams + <usize>block * kb * <usize>k;
  memory.fill(G, 0, kb * k);
  addGram(gramOf + <usize>first * kb, last - first, kb, G);
  sums += <usize>block * 24;
  store<f64>(sums, objective);
  store<f64>(sums, penalty, 8);
  store<f64>(sums, <f64>failed, 16);
}

/** x, e = e, e + momentum (e - x) */
// @ts-ignore: decorator
@inline
function extrapolate(x: usize, e: usize, momentum: f32, kb: usize): void {
  const m = f32x4.splat(momentum);
  for (const end = x + kb; x < end; x += 16, e += 16) {
    const after = v128.load(e), before = v128.load(x);
    v128.store(x, after);
    v128.store(e, f32x4.relaxed_madd(m, f32x4.sub(after, before), after));
  }
}

/** Conjugate gradients on one row, z in place; returns its objective. `work`: 5 rows, then 2 x n. */
// @ts-ignore: decorator
@inline
function solveRow(
  general: bool, packed: bool, W: usize, index: usize, d: usize, n: i32, z: usize, kb: usize,
  e: usize, shift: f32, steps: i32, work: usize, longest: i32, measured: i32,
): f64 {
  const r = work, p = r + kb, ap = p + kb, diagonal = ap + kb, inverse = diagonal + kb;
  const s = inverse + kb, t = s + (((<usize>longest + 19) & ~15) << 2);
  if (general) {
    const one = f32x4.splat(1), v = f32x4.splat(shift);
    for (let o: usize = 0; o < kb; o += 16) {
      const sum = f32x4.add(v128.load(e + o), v);
      v128.store(diagonal + o, sum);
      v128.store(inverse + o, f32x4.div(one, sum));
    }
  }
  for (let o: usize = 0; o < kb; o += 16) {
    let v = f32x4.neg(v128.load(z + o));
    if (general) v = f32x4.mul(v, v128.load(diagonal + o));
    v128.store(r + o, v);
  }
  addResidual(packed, W, index, d, n, z, r, s, kb);
  let rho: f32;
  if (general) {
    multiplyEach(p, r, inverse, kb);
    rho = dot(r, p, kb);
  } else {
    memory.copy(p, r, kb);
    rho = dot(r, r, kb);
  }
  const weight = <f32>n + sum(d, n);
  for (let step = 0; step < steps && !(rho <= TOLERANCE * weight); step++) {
    let curvature: f32;
    if (step + 1 == steps) {
      // The last step needs no more than its length.
      scores(packed, W, index, d, n, p, t, kb);
      curvature = quadratic(general, p, diagonal, kb) + weightedSquares(t, d, n);
    } else {
      if (general) multiplyEach(ap, p, diagonal, kb);
      else memory.copy(ap, p, kb);
      addProduct(packed, W, index, d, n, p, ap, t, kb);
      curvature = dot(p, ap, kb);
    }
    const length = rho / curvature;
    addScaled(z, length, p, kb);
    const v = f32x4.splat(length);
    if (measured != 0) for (let j: usize = 0; j < <usize>n << 2; j += 16) {
      v128.store(s + j, f32x4.relaxed_madd(v, v128.load(t + j), v128.load(s + j)));
    }
    if (step + 1 == steps) break;
    addScaled(r, -length, ap, kb);
    if (general) multiplyEach(ap, r, inverse, kb);
    const direction = general ? ap : r;
    const next = dot(r, direction, kb);
    const turn = f32x4.splat(next / rho);
    rho = next;
    for (let o: usize = 0; o < kb; o += 16) {
      v128.store(p + o, f32x4.relaxed_madd(turn, v128.load(p + o), v128.load(direction + o)));
    }
  }
  if (measured == 0) return 0;
  return loss(s, d, n) + <f64>quadratic(general, z, diagonal, kb);
}

/** z' diag z, or z'z */
// @ts-ignore: decorator
@inline
function quadratic(general: bool, z: usize, diagonal: usize, kb: usize): f32 {
  if (!general) return dot(z, z, kb);
  let sum: f32 = 0;
  for (let o: usize = 0; o < kb; o += 4) {
    const v = load<f32>(z + o);
    sum += load<f32>(diagonal + o) * v * v;
  }
  return sum;
}

/** sum_j d_j */
// @ts-ignore: decorator
@inline
function sum(d: usize, n: i32): f32 {
  let sums = f32x4.splat(0);
  let j = 0;
  for (; j + 4 <= n; j += 4, d += 16) sums = f32x4.add(sums, v128.load(d));
  let sum = sumLanes(sums);
  for (; j < n; j++, d += 4) sum += load<f32>(d);
  return sum;
}

/** sum_j d_j t_j^2 */
// @ts-ignore: decorator
@inline
function weightedSquares(t: usize, d: usize, n: i32): f32 {
  let sums = f32x4.splat(0);
  let j = 0;
  for (; j + 4 <= n; j += 4, t += 16, d += 16) {
    const v = v128.load(t);
    sums = f32x4.relaxed_madd(f32x4.mul(v, v128.load(d)), v, sums);
  }
  let sum = sumLanes(sums);
  for (; j < n; j++, t += 4, d += 4) sum += load<f32>(d) * load<f32>(t) * load<f32>(t);
  return sum;
}

/** sum_j c_j (1 - s_j)^2 - s_j^2, in float64 */
// @ts-ignore: decorator
@inline
function loss(s: usize, d: usize, n: i32): f64 {
  let sum: f64 = 0;
  for (const end = s + (<usize>n << 2); s < end; s += 4, d += 4) {
    const score = <f64>load<f32>(s);
    sum += (1 + <f64>load<f32>(d)) * (1 - score) * (1 - score) - score * score;
  }
  return sum;
}

/** out = a * b, value by value */
// @ts-ignore: decorator
@inline
function multiplyEach(out: usize, a: usize, b: usize, kb: usize): void {
  for (let o: usize = 0; o < kb; o += 16) {
    v128.store(out + o, f32x4.mul(v128.load(a + o), v128.load(b + o)));
  }
}
