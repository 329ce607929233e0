// Kernels of the randomized SVD that a fit starts from, and products of whole matrices.
import { addGram, multiply } from "./product.as";
import { packRow } from "./vector.as";

/** Rows transformed together: their products stay in the cache. */
const CHUNK = 36;

/** W = A M, `packed` or float32 rows. */
export function whiten(
  first: i32, last: i32, _block: i32, scratch: usize,
  A: usize, M: usize, shape: i32, W: usize, k: i32, packed: bool,
): void {
  const kb = <usize>k << 2;
  if (!packed) {
    multiply(A + <usize>first * kb, M, W + <usize>first * kb, last - first, kb, shape);
    return;
  }
  for (let r = first; r < last; r += CHUNK) {
    const rows = min(CHUNK, last - r);
    multiply(A + <usize>r * kb, M, scratch, rows, kb, shape);
    for (let i = 0; i < rows; i++) packRow(scratch + <usize>i * kb, 1, W + <usize>(r + i) * (kb >> 1), kb);
  }
}

/** W (packed rows) = scale_r A_r */
export function packRows(
  first: i32, last: i32, _block: i32, _scratch: usize, A: usize, scale: usize, W: usize, k: i32,
): void {
  const kb = <usize>k << 2;
  for (let r = first; r < last; r++) {
    packRow(A + <usize>r * kb, load<f32>(scale + (<usize>r << 2)), W + <usize>r * (kb >> 1), kb);
  }
}

/** out_r = scale_r A_r */
export function scaleRows(
  first: i32, last: i32, _block: i32, _scratch: usize, A: usize, scale: usize, out: usize, k: i32,
): void {
  const kb = <usize>k << 2;
  for (let r = first; r < last; r++) {
    const v = f32x4.splat(load<f32>(scale + (<usize>r << 2)));
    let a = A + <usize>r * kb, o = out + <usize>r * kb;
    for (const end = o + kb; o < end; a += 16, o += 16) v128.store(o, f32x4.mul(v, v128.load(a)));
  }
}

/**
 * out_r = a scale_r sum_j w_j + b before_r + c out_r over the entries j of row r that `keeps` keeps, all
 * of weight 1, from packed W. Where `grams` is not 0, the Gram matrix of the block's rows goes to
 * grams[block].
 *
 * @param byUser 1 where rows are users, 0 where they are items
 */
export function gather(
  first: i32, last: i32, block: i32, scratch: usize,
  indptr: usize, index: usize, W: usize, scale: usize, out: usize, before: usize, a: f32, b: f32, c: f32,
  grams: usize, k: i32, byUser: i32, limit: u32,
): void {
  const kb = <usize>k << 2, rb = kb >> 1;
  const sum = scratch, kept = scratch + kb;
  for (let u = first; u < last; u++) {
    const at = load<u32>(indptr + (<usize>u << 2)), end = load<u32>(indptr + (<usize>u << 2), 4);
    let q = index + (<usize>at << 2), n = end - at;
    if (limit != <u32>-1) {
      n = keep(q, n, u, byUser, limit, kept);
      q = kept;
    }
    memory.fill(sum, 0, kb);
    const stop = q + (<usize>n << 2);
    for (; q + 16 <= stop; q += 16) {
      let w0 = W + <usize>load<u32>(q) * rb, w1 = W + <usize>load<u32>(q, 4) * rb;
      let w2 = W + <usize>load<u32>(q, 8) * rb, w3 = W + <usize>load<u32>(q, 12) * rb;
      for (let o = sum, to = sum + kb; o < to; o += 32) {
        const v0 = v128.load(w0), v1 = v128.load(w1), v2 = v128.load(w2), v3 = v128.load(w3);
        const high = f32x4.add(f32x4.add(v0, v1), f32x4.add(v2, v3));
        const low01 = f32x4.add(i32x4.shl(v0, 16), i32x4.shl(v1, 16));
        const low23 = f32x4.add(i32x4.shl(v2, 16), i32x4.shl(v3, 16));
        v128.store(o, f32x4.add(v128.load(o), high));
        v128.store(o, f32x4.add(v128.load(o, 16), f32x4.add(low01, low23)), 16);
        w0 += 16; w1 += 16; w2 += 16; w3 += 16;
      }
    }
    for (; q < stop; q += 4) {
      let w = W + <usize>load<u32>(q) * rb;
      for (let o = sum, to = sum + kb; o < to; o += 32, w += 16) {
        const v = v128.load(w);
        v128.store(o, f32x4.add(v128.load(o), v));
        v128.store(o, f32x4.add(v128.load(o, 16), i32x4.shl(v, 16)), 16);
      }
    }
    const o = out + <usize>u * kb, y = before + <usize>u * kb;
    const av = f32x4.splat(a * load<f32>(scale + (<usize>u << 2))), bv = f32x4.splat(b), cv = f32x4.splat(c);
    for (let i: usize = 0; i < kb; i += 16) {
      let v = f32x4.mul(av, v128.load(sum + i));
      if (b != 0) v = f32x4.relaxed_madd(bv, v128.load(y + i), v);
      if (c != 0) v = f32x4.relaxed_madd(cv, v128.load(o + i), v);
      v128.store(o + i, v);
    }
  }
  if (grams != 0) gramOfBlock(out, first, last, block, grams, k);
}

/**
 * out_r = scale_r sum_j sign_j scale_j of the entries of row r, each added to one of the first
 * `factors` columns; column and sign follow from a hash of the entry's index and `seed`: a product
 * with a random matrix of one value a row. The block's Gram matrix goes to grams[block].
 */
export function sketch(
  first: i32, last: i32, block: i32, scratch: usize,
  indptr: usize, index: usize, columnScale: usize, scale: usize, out: usize, grams: usize, k: i32,
  factors: i32, seed: i32, limit: u32,
): void {
  const kb = <usize>k << 2;
  for (let u = first; u < last; u++) {
    const at = load<u32>(indptr + (<usize>u << 2)), end = load<u32>(indptr + (<usize>u << 2), 4);
    const o = out + <usize>u * kb;
    let q = index + (<usize>at << 2), n = end - at;
    if (limit != <u32>-1) {
      n = keep(q, n, u, 1, limit, scratch);
      q = scratch;
    }
    memory.fill(o, 0, kb);
    for (const stop = q + (<usize>n << 2); q < stop; q += 4) {
      const i = load<u32>(q);
      const h = hash(i ^ hash(<u32>seed));
      const cell = o + (<usize>(((h >>> 16) * <u32>factors) >>> 16) << 2);
      const value = load<f32>(columnScale + (<usize>i << 2));
      store<f32>(cell, load<f32>(cell) + ((h & 1) != 0 ? value : -value));
    }
    scaleRow(o, load<f32>(scale + (<usize>u << 2)), kb);
  }
  gramOfBlock(out, first, last, block, grams, k);
}

/** Copies the indices of a row's entries whose hash is below `limit`, the same pairs from both sides. */
// @ts-ignore: decorator
@inline
function keep(index: usize, n: u32, row: i32, byUser: i32, limit: u32, kept: usize): u32 {
  let count: u32 = 0;
  for (let j: u32 = 0; j < n; j++) {
    const other = load<u32>(index + (<usize>j << 2));
    const user = byUser != 0 ? <u32>row : other, item = byUser != 0 ? other : <u32>row;
    store<u32>(kept + (<usize>count << 2), other);
    count += hash((user * 0x9e3779b1) ^ item) < limit ? 1 : 0;
  }
  return count;
}

/**
 * Undoes `solveRows`' last step: X and E become what X was before, given E = X + momentum (X - before)
 * with momentum above zero. The Gram matrix of the block's rows goes to grams[block].
 */
export function restart(
  first: i32, last: i32, block: i32, _scratch: usize,
  X: usize, E: usize, momentum: f32, grams: usize, k: i32,
): void {
  const kb = <usize>k << 2, inverse = f32x4.splat(1 / momentum);
  // Pointers, not offsets: of an array outside those may pass 2^32 within a block.
  let xr = X + <usize>first * kb, er = E + <usize>first * kb;
  for (const end = xr + <usize>(last - first) * kb; xr < end; xr += 16, er += 16) {
    const x = v128.load(xr);
    const before = f32x4.sub(x, f32x4.mul(inverse, f32x4.sub(v128.load(er), x)));
    v128.store(xr, before);
    v128.store(er, before);
  }
  gramOfBlock(X, first, last, block, grams, k);
}

/** The Gram matrix of the block's rows of A to grams[block]. */
export function gram(
  first: i32, last: i32, block: i32, _scratch: usize, A: usize, grams: usize, k: i32,
): void {
  gramOfBlock(A, first, last, block, grams, k);
}

// @ts-ignore: decorator
@inline
function gramOfBlock(A: usize, first: i32, last: i32, block: i32, grams: usize, k: i32): void {
  const kb = <usize>k << 2, G = grams + <usize>block * kb * <usize>k;
  memory.fill(G, 0, kb * k);
  addGram(A + <usize>first * kb, last - first, kb, G);
}

// @ts-ignore: decorator
@inline
function scaleRow(row: usize, scale: f32, kb: usize): void {
  const v = f32x4.splat(scale);
  for (const end = row + kb; row < end; row += 16) v128.store(row, f32x4.mul(v, v128.load(row)));
}

/** Wellons' lowbias32: every bit of x changes about half of the result's. */
// @ts-ignore: decorator
@inline
function hash(x: u32): u32 {
  x ^= x >>> 16;
  x *= 0x7feb352d;
  x ^= x >>> 15;
  x *= 0x846ca68b;
  return x ^ (x >>> 16);
}

/** 1 where relaxed multiply-add rounds once, 0 where it rounds twice. */
export function fused(a: f32): i32 {
  // a = 1 + 2^-12: a^2 = 1 + 2^-11 + 2^-24, whose last bit only a fused subtraction still sees.
  const v = f32x4.splat(a);
  const rounded = f32x4.mul(v, v);
  return f32x4.extract_lane(f32x4.relaxed_madd(v, v, f32x4.neg(rounded)), 0) != 0 ? 1 : 0;
}
