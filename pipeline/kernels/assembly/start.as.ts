// Kernels of the randomized SVD that a fit starts from, and products of whole matrices.
import { addGram, multiply } from "./product.as";

/** out (rows x k) = scale_r (A M)_r, or A M where `scale` is 0. */
export function transform(
  first: i32, last: i32, _block: i32, _scratch: usize,
  A: usize, M: usize, shape: i32, scale: usize, out: usize, k: i32,
): void {
  const kb = <usize>k << 2;
  multiply(A + <usize>first * kb, M, out + <usize>first * kb, last - first, kb, shape);
  if (scale != 0) for (let r = first; r < last; r++) scaleRow(out + <usize>r * kb, load<f32>(scale + (<usize>r << 2)), kb);
}

/**
 * out_r = scale_r sum_j B[index_j] over the entries of row r (all weights 1, no scale where it is 0);
 * the Gram matrix of the block's rows goes to grams[block].
 */
export function gather(
  first: i32, last: i32, block: i32, _scratch: usize,
  indptr: usize, index: usize, B: usize, scale: usize, out: usize, grams: usize, k: i32,
): void {
  const kb = <usize>k << 2;
  for (let u = first; u < last; u++) {
    const at = load<u32>(indptr + (<usize>u << 2)), end = load<u32>(indptr + (<usize>u << 2), 4);
    const o = out + <usize>u * kb;
    memory.fill(o, 0, kb);
    let q = index + (<usize>at << 2);
    const stop = index + (<usize>end << 2);
    for (; q + 16 <= stop; q += 16) {
      const w0 = B + <usize>load<u32>(q) * kb, w1 = B + <usize>load<u32>(q, 4) * kb;
      const w2 = B + <usize>load<u32>(q, 8) * kb, w3 = B + <usize>load<u32>(q, 12) * kb;
      for (let i: usize = 0; i < kb; i += 16) {
        const a = f32x4.add(v128.load(w0 + i), v128.load(w1 + i));
        const b = f32x4.add(v128.load(w2 + i), v128.load(w3 + i));
        v128.store(o + i, f32x4.add(v128.load(o + i), f32x4.add(a, b)));
      }
    }
    for (; q < stop; q += 4) {
      const w = B + <usize>load<u32>(q) * kb;
      for (let i: usize = 0; i < kb; i += 16) v128.store(o + i, f32x4.add(v128.load(o + i), v128.load(w + i)));
    }
    if (scale != 0) scaleRow(o, load<f32>(scale + (<usize>u << 2)), kb);
  }
  gramOfBlock(out, first, last, block, grams, k);
}

/**
 * out_r = scale_r sum_j sign_j / degree_j of the entries of row r, each added to one of the first
 * `factors` columns; column and sign follow from a hash of the entry's index and `seed`: a product
 * with a random matrix of one value a row. The block's Gram matrix goes to grams[block].
 */
export function sketch(
  first: i32, last: i32, block: i32, _scratch: usize,
  indptr: usize, index: usize, columnScale: usize, scale: usize, out: usize, grams: usize, k: i32,
  factors: i32, seed: i32,
): void {
  const kb = <usize>k << 2;
  for (let u = first; u < last; u++) {
    const at = load<u32>(indptr + (<usize>u << 2)), end = load<u32>(indptr + (<usize>u << 2), 4);
    const o = out + <usize>u * kb;
    memory.fill(o, 0, kb);
    for (let q = at; q < end; q++) {
      const i = load<u32>(index + (<usize>q << 2));
      const h = hash(i ^ hash(<u32>seed));
      const cell = o + (<usize>((h >>> 1) % <u32>factors) << 2);
      const value = load<f32>(columnScale + (<usize>i << 2));
      store<f32>(cell, load<f32>(cell) + ((h & 1) != 0 ? value : -value));
    }
    scaleRow(o, load<f32>(scale + (<usize>u << 2)), kb);
  }
  gramOfBlock(out, first, last, block, grams, k);
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
  for (let o = <usize>first * kb, end = <usize>last * kb; o < end; o += 16) {
    const x = v128.load(X + o);
    const before = f32x4.sub(x, f32x4.mul(inverse, f32x4.sub(v128.load(E + o), x)));
    v128.store(X + o, before);
    v128.store(E + o, before);
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
