// Logistic matrix factorisation: the rows of one side, the other side held fixed.
import { drawRows } from "./negatives.as";
import { multiplyPanels } from "./panels.as";
import { TILE } from "./product.as";
import { expOfMinusAbs, sigmoid, softplus } from "./sigmoid.as";
import { addScaled, dot, sumLanes } from "./vector.as";

/** Rows solved together. */
const CHUNK = 2 * TILE;

/** A step is halved so often at most until the objective does not rise; else none is taken. */
const MOST_HALVINGS = 12;

/** Rows of a chunk: where `solveRows` must not have more entries than `entries` together. */
export function chunkRows(): i32 {
  return CHUNK;
}

/** Bytes that the kernels need for themselves: `columns` rows are drawn at most. */
export function logisticScratch(k: i32, columns: i32, entries: i32): usize {
  const kb = <usize>k << 2, mb = <usize>columns << 2;
  return 2 * kb * <usize>columns + 2 * mb + CHUNK * (5 * kb + 5 * mb + 64) + 5 * entryBytes(entries);
}

// @ts-ignore: decorator
@inline
function entryBytes(entries: i32): usize {
  return (<usize>entries << 2) + 64;
}

/**
 * Takes rows first .. last of X (rows x k, biases `xBias`) nearer to the minimum of
 *
 *   sum_j w_j softplus(s_uj) + sum_e d_e softplus(-s_ue) + lambda_u / 2 |x_u|^2,   s_uj = x_u . y_j + b_u + b_j,
 *
 * j over the drawn rows of Y with their weights, e over the entries of row u. One Newton step, its system
 * solved by `steps` of conjugate gradients, times `length`, halved until the objective does not rise.
 *
 * Rows whose own inclusion (`own`) is 0 stay as they are. failed[block] (f64): the first row that is not finite, or -1.
 */
export function solveLogistic(
  first: i32, last: i32, block: i32, scratch: usize,
  indptr: usize, index: usize, weight: usize, lambda: usize, own: usize, X: usize, xBias: usize,
  Y: usize, yBias: usize, inclusion: usize, yRows: i32, starts: usize,
  steps: i32, length: f32, k: i32, columns: i32, entries: i32, failed: usize,
): void {
  const kb = <usize>k << 2, mb = <usize>columns << 2, eb = entryBytes(entries);
  const across = scratch, down = across + kb * <usize>columns, h = down + kb * <usize>columns, bias = h + mb;
  // CHUNK x k: x, gradient and residual, direction of a step, system times it, their sum
  const x = bias + mb, r = x + CHUNK * kb, p = r + CHUNK * kb, ap = p + CHUNK * kb, dx = ap + CHUNK * kb;
  // CHUNK x columns: scores, curvature, change of the scores, change by p, weights of rows
  const S = dx + CHUNK * kb, W = S + CHUNK * mb, D = W + CHUNK * mb, T = D + CHUNK * mb, U = T + CHUNK * mb;
  // the same of the entries, one row after the other
  const s = U + CHUNK * mb, w = s + eb, ds = w + eb, t = ds + eb, u = t + eb;
  // the same of the biases, and |residual|^2
  const b = u + eb, rb = b + CHUNK * 4, pb = rb + CHUNK * 4, db = pb + CHUNK * 4, rho = db + CHUNK * 4, loss = rho + CHUNK * 4;
  drawRows(Y, yBias, inclusion, yRows, load<f64>(starts + (<usize>block << 3)), k, columns, across, down, h, bias);
  let bad: i32 = -1;
  for (let u0 = first; u0 < last; u0 += CHUNK) {
    const rows = min(CHUNK, last - u0), tiles = rows <= TILE ? TILE : CHUNK;
    const begin = load<u32>(indptr + (<usize>u0 << 2));
    const ix = index + (<usize>begin << 2), d = weight + (<usize>begin << 2);
    memory.fill(x, 0, CHUNK * 5 * kb);
    memory.copy(x, X + <usize>u0 * kb, <usize>rows * kb);
    memory.copy(b, xBias + (<usize>u0 << 2), <usize>rows << 2);
    memory.fill(db, 0, CHUNK * 4);
    memory.fill(D, 0, CHUNK * mb);

    // Scores, and the negative gradient as the first residual.
    multiplyPanels(x, kb, across, k, S, mb, columns, tiles);
    for (let i = 0; i < rows; i++) {
      const o = <usize>i * mb, ob = <usize>i << 2;
      const sums = curve(S + o, bias, load<f32>(b + ob), h, W + o, U + o, mb);
      store<f32>(rb + ob, sums);
    }
    multiplyPanels(U, mb, down, columns, r, kb, k, tiles);
    for (let i = 0; i < rows; i++) {
      const o = <usize>i * kb, ob = <usize>i << 2;
      const at = load<u32>(indptr + (<usize>(u0 + i) << 2)) - begin;
      const n = <i32>(load<u32>(indptr + (<usize>(u0 + i) << 2), 4) - begin - at), oe = <usize>at << 2;
      scoreEntries(Y, yBias, ix + oe, n, x + o, load<f32>(b + ob), s + oe, kb);
      memory.fill(ds + oe, 0, <usize>n << 2);
      const pull = curveEntries(s + oe, d + oe, w + oe, u + oe, n);
      for (let f = r + o; f < r + o + kb; f += 16) v128.store(f, f32x4.neg(v128.load(f)));
      addEntries(Y, ix + oe, u + oe, n, r + o, kb);
      addScaled(r + o, -rowLambda(lambda, u0 + i), x + o, kb);
      const g = pull - load<f32>(rb + ob);
      store<f32>(rb + ob, g);
      store<f32>(pb + ob, g);
      store<f32>(rho + ob, dot(r + o, r + o, kb) + g * g);
    }
    memory.copy(p, r, CHUNK * kb);

    for (let step = 0; step < steps; step++) {
      multiplyPanels(p, kb, across, k, T, mb, columns, tiles);
      for (let i = 0; i < rows; i++) {
        const o = <usize>i * mb;
        store<f32>(loss + (<usize>i << 2), weigh(T + o, load<f32>(pb + (<usize>i << 2)), W + o, U + o, mb));
      }
      multiplyPanels(U, mb, down, columns, ap, kb, k, tiles);
      for (let i = 0; i < rows; i++) {
        const o = <usize>i * kb, ob = <usize>i << 2;
        const at = load<u32>(indptr + (<usize>(u0 + i) << 2)) - begin;
        const n = <i32>(load<u32>(indptr + (<usize>(u0 + i) << 2), 4) - begin - at), oe = <usize>at << 2;
        const squared = load<f32>(rho + ob);
        if (squared == 0) continue;
        scoreEntries(Y, 0, ix + oe, n, p + o, load<f32>(pb + ob), t + oe, kb);
        const apb = load<f32>(loss + ob) + weighEntries(t + oe, w + oe, u + oe, n);
        addEntries(Y, ix + oe, u + oe, n, ap + o, kb);
        addScaled(ap + o, rowLambda(lambda, u0 + i), p + o, kb);
        const curvature = dot(p + o, ap + o, kb) + load<f32>(pb + ob) * apb;
        // Nothing bends where float32 sees no curvature: there is no step to take either.
        if (curvature == 0) continue;
        const a = squared / curvature;
        addScaled(dx + o, a, p + o, kb);
        store<f32>(db + ob, load<f32>(db + ob) + a * load<f32>(pb + ob));
        addScaled(D + <usize>i * mb, a, T + <usize>i * mb, mb);
        addScaledAny(ds + oe, a, t + oe, n);
        if (step + 1 == steps) continue;
        addScaled(r + o, -a, ap + o, kb);
        const g = load<f32>(rb + ob) - a * apb, next = dot(r + o, r + o, kb) + g * g, turn = next / squared;
        store<f32>(rb + ob, g);
        store<f32>(rho + ob, next);
        store<f32>(pb + ob, g + turn * load<f32>(pb + ob));
        for (let f: usize = o; f < o + kb; f += 16) {
          v128.store(p + f, f32x4.relaxed_madd(f32x4.splat(turn), v128.load(p + f), v128.load(r + f)));
        }
      }
    }

    for (let i = 0; i < rows; i++) {
      const row = u0 + i, o = <usize>i * kb, ob = <usize>i << 2, om = <usize>i * mb;
      if (load<f64>(own + (<usize>row << 3)) == 0) continue;
      const at = load<u32>(indptr + (<usize>row << 2)) - begin;
      const n = <i32>(load<u32>(indptr + (<usize>row << 2), 4) - begin - at), oe = <usize>at << 2;
      const half = 0.5 * <f64>rowLambda(lambda, row);
      const xx = dot(x + o, x + o, kb), xd = dot(x + o, dx + o, kb), dd = dot(dx + o, dx + o, kb);
      const before = lossAt(0, S + om, D + om, h, mb, s + oe, ds + oe, d + oe, n) + half * <f64>xx;
      let a = length;
      for (let tries = 0;; tries++, a *= 0.5) {
        if (tries == MOST_HALVINGS) a = 0;
        const penalty = half * (<f64>xx + 2 * <f64>a * <f64>xd + <f64>a * <f64>a * <f64>dd);
        if (a == 0 || lossAt(a, S + om, D + om, h, mb, s + oe, ds + oe, d + oe, n) + penalty <= before) break;
      }
      const to = X + <usize>row * kb, bTo = xBias + (<usize>row << 2);
      addScaled(to, a, dx + o, kb);
      const bNew = load<f32>(bTo) + a * load<f32>(db + ob);
      store<f32>(bTo, bNew);
      if (!(<f64>dot(to, to, kb) + before < Infinity && abs(bNew) < Infinity) && bad < 0) bad = row;
    }
  }
  store<f64>(failed + (<usize>block << 3), <f64>bad);
}

/** The objective of rows first .. last over newly drawn rows of Y, without the penalty, to sums[block]. */
export function logisticLoss(
  first: i32, last: i32, block: i32, scratch: usize,
  indptr: usize, index: usize, weight: usize, own: usize, X: usize, xBias: usize,
  Y: usize, yBias: usize, inclusion: usize, yRows: i32, starts: usize, k: i32, columns: i32, entries: i32, sums: usize,
): void {
  const kb = <usize>k << 2, mb = <usize>columns << 2;
  const across = scratch, down = across + kb * <usize>columns, h = down + kb * <usize>columns, bias = h + mb;
  const x = bias + mb, S = x + CHUNK * kb, s = S + CHUNK * mb;
  drawRows(Y, yBias, inclusion, yRows, load<f64>(starts + (<usize>block << 3)), k, columns, across, down, h, bias);
  let sum: f64 = 0;
  for (let u0 = first; u0 < last; u0 += CHUNK) {
    const rows = min(CHUNK, last - u0), tiles = rows <= TILE ? TILE : CHUNK;
    memory.fill(x, 0, CHUNK * kb);
    memory.copy(x, X + <usize>u0 * kb, <usize>rows * kb);
    multiplyPanels(x, kb, across, k, S, mb, columns, tiles);
    for (let i = 0; i < rows; i++) {
      const row = u0 + i, o = <usize>i * mb;
      if (load<f64>(own + (<usize>row << 3)) == 0) continue;
      const at = load<u32>(indptr + (<usize>row << 2)), n = <i32>(load<u32>(indptr + (<usize>row << 2), 4) - at);
      const b = load<f32>(xBias + (<usize>row << 2));
      addBiases(S + o, bias, b, mb);
      scoreEntries(Y, yBias, index + (<usize>at << 2), n, x + <usize>i * kb, b, s, kb);
      sum += lossAt(0, S + o, S + o, h, mb, s, s, weight + (<usize>at << 2), n);
    }
  }
  store<f64>(sums + (<usize>block << 3), sum);
}

// @ts-ignore: decorator
@inline
function rowLambda(lambda: usize, row: i32): f32 {
  return <f32>load<f64>(lambda + (<usize>row << 3));
}

/** s += b + bias_j */
// @ts-ignore: decorator
@inline
function addBiases(s: usize, bias: usize, b: f32, mb: usize): void {
  const v = f32x4.splat(b);
  for (const end = s + mb; s < end; s += 16, bias += 16) {
    v128.store(s, f32x4.add(v128.load(s), f32x4.add(v, v128.load(bias))));
  }
}

/** Completes the scores s by the biases; u_j = h_j sigmoid(s_j), w_j = h_j sigmoid'(s_j). Returns sum_j u_j. */
function curve(s: usize, bias: usize, b: f32, h: usize, w: usize, u: usize, mb: usize): f32 {
  const v = f32x4.splat(b), one = f32x4.splat(1);
  let sum = f32x4.splat(0);
  for (let j: usize = 0; j < mb; j += 16) {
    const score = f32x4.add(v128.load(s + j), f32x4.add(v, v128.load(bias + j)));
    v128.store(s + j, score);
    const q = sigmoid(score, expOfMinusAbs(score));
    const mass = f32x4.mul(v128.load(h + j), q);
    v128.store(u + j, mass);
    v128.store(w + j, f32x4.mul(mass, f32x4.sub(one, q)));
    sum = f32x4.add(sum, mass);
  }
  return sumLanes(sum);
}

/** Completes t by the change of the bias; u_j = w_j t_j. Returns sum_j u_j. */
function weigh(t: usize, b: f32, w: usize, u: usize, mb: usize): f32 {
  const v = f32x4.splat(b);
  let sum = f32x4.splat(0);
  for (let j: usize = 0; j < mb; j += 16) {
    const change = f32x4.add(v128.load(t + j), v);
    v128.store(t + j, change);
    const product = f32x4.mul(v128.load(w + j), change);
    v128.store(u + j, product);
    sum = f32x4.add(sum, product);
  }
  return sumLanes(sum);
}

/** s_e = y_e . x + b, + bias_e unless `bias` is 0 */
function scoreEntries(Y: usize, bias: usize, index: usize, n: i32, x: usize, b: f32, s: usize, kb: usize): void {
  for (const end = index + (<usize>n << 2); index < end; index += 4, s += 4) {
    const j = <usize>load<u32>(index);
    const score = dot(Y + j * kb, x, kb) + b;
    store<f32>(s, bias != 0 ? score + load<f32>(bias + (j << 2)) : score);
  }
}

/** u_e = d_e sigmoid(-s_e), w_e = d_e sigmoid'(s_e). Returns sum_e u_e. */
function curveEntries(s: usize, d: usize, w: usize, u: usize, n: i32): f32 {
  let sum: f32 = 0;
  for (let e: usize = 0; e < <usize>n << 2; e += 4) {
    const score = f32x4.splat(-load<f32>(s + e));
    const q = f32x4.extract_lane(sigmoid(score, expOfMinusAbs(score)), 0);
    const mass = load<f32>(d + e) * q;
    store<f32>(u + e, mass);
    store<f32>(w + e, mass * (1 - q));
    sum += mass;
  }
  return sum;
}

/** u_e = w_e t_e. Returns sum_e u_e. */
function weighEntries(t: usize, w: usize, u: usize, n: i32): f32 {
  let sum: f32 = 0;
  for (let e: usize = 0; e < <usize>n << 2; e += 4) {
    const product = load<f32>(w + e) * load<f32>(t + e);
    store<f32>(u + e, product);
    sum += product;
  }
  return sum;
}

/** out += sum_e u_e y_e */
function addEntries(Y: usize, index: usize, u: usize, n: i32, out: usize, kb: usize): void {
  for (const end = index + (<usize>n << 2); index < end; index += 4, u += 4) {
    addScaled(out, load<f32>(u), Y + <usize>load<u32>(index) * kb, kb);
  }
}

/** out += a x, n values, whatever n */
// @ts-ignore: decorator
@inline
function addScaledAny(out: usize, a: f32, x: usize, n: i32): void {
  for (const end = out + (<usize>n << 2); out < end; out += 4, x += 4) {
    store<f32>(out, load<f32>(out) + a * load<f32>(x));
  }
}

/** sum_j h_j softplus(s_j + a D_j) + sum_e d_e softplus(-(s_e + a ds_e)): terms in float32, sums in float64 */
function lossAt(a: f32, S: usize, D: usize, h: usize, mb: usize, s: usize, ds: usize, d: usize, n: i32): f64 {
  const v = f32x4.splat(a);
  let low = f64x2.splat(0), high = low;
  for (let j: usize = 0; j < mb; j += 16) {
    const score = f32x4.relaxed_madd(v, v128.load(D + j), v128.load(S + j));
    const term = f32x4.mul(v128.load(h + j), softplus(score, expOfMinusAbs(score)));
    low = f64x2.add(low, f64x2.promote_low_f32x4(term));
    high = f64x2.add(high, f64x2.promote_low_f32x4(v128.shuffle<f32>(term, term, 2, 3, 0, 1)));
  }
  low = f64x2.add(low, high);
  let sum = f64x2.extract_lane(low, 0) + f64x2.extract_lane(low, 1);
  for (let e: usize = 0; e < <usize>n << 2; e += 4) {
    const score = f32x4.splat(-(load<f32>(s + e) + a * load<f32>(ds + e)));
    sum += <f64>load<f32>(d + e) * <f64>f32x4.extract_lane(softplus(score, expOfMinusAbs(score)), 0);
  }
  return sum;
}
