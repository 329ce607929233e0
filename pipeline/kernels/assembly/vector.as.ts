// Dot products and the fused pass over the entries of one row. A row of factors takes `kb` bytes, a
// multiple of 64, and starts at a multiple of 64: 16 float32 a step. Pointers are moved on and loads
// have constant offsets, since an addition for each load would cost as much as the load.

// @ts-ignore: decorator
@inline
export function sumLanes(s: v128): f32 {
  s = f32x4.add(s, v128.shuffle<f32>(s, s, 2, 3, 0, 1));
  s = f32x4.add(s, v128.shuffle<f32>(s, s, 1, 0, 3, 2));
  return f32x4.extract_lane(s, 0);
}

// @ts-ignore: decorator
@inline
export function dot(a: usize, b: usize, kb: usize): f32 {
  let s0 = f32x4.splat(0), s1 = s0, s2 = s0, s3 = s0;
  for (const end = a + kb; a < end; a += 64, b += 64) {
    s0 = f32x4.relaxed_madd(v128.load(a), v128.load(b), s0);
    s1 = f32x4.relaxed_madd(v128.load(a, 16), v128.load(b, 16), s1);
    s2 = f32x4.relaxed_madd(v128.load(a, 32), v128.load(b, 32), s2);
    s3 = f32x4.relaxed_madd(v128.load(a, 48), v128.load(b, 48), s3);
  }
  return sumLanes(f32x4.add(f32x4.add(s0, s1), f32x4.add(s2, s3)));
}

/** What a pass is for. */
const RESIDUAL = 0, APPLY = 1, SCORES = 2;

/**
 * One pass over the n entries of a row: s_j = w_j . p into `s` (n), and out += sum_j e_j w_j with
 * e_j = 1 + d_j - d_j s_j for RESIDUAL, d_j s_j for APPLY; SCORES leaves `out` alone. w_j is row
 * index_j of W, `packed` (see `packRow`) or float32; d_j = c_j - 1. Four entries at a time: p and out
 * are read once for all of them. What is missing of the last four is an entry of weight 0.
 */
// @ts-ignore: decorator
@inline
function pass(
  W: usize, index: usize, d: usize, n: i32, p: usize, out: usize, s: usize, kb: usize,
  what: i32, packed: bool,
): void {
  const rb = packed ? kb >> 1 : kb, step: usize = packed ? 32 : 64;
  for (let left = n; left > 0; left -= 4) {
    let w0 = W + <usize>load<u32>(index) * rb;
    let w1 = left > 1 ? W + <usize>load<u32>(index, 4) * rb : w0;
    let w2 = left > 2 ? W + <usize>load<u32>(index, 8) * rb : w0;
    let w3 = left > 3 ? W + <usize>load<u32>(index, 12) * rb : w0;
    let a0 = f32x4.splat(0), a1 = a0, a2 = a0, a3 = a0, b0 = a0, b1 = a0, b2 = a0, b3 = a0;
    for (let x = p, end = p + kb; x < end; x += 64) {
      let y0 = v128.load(x), y1 = v128.load(x, 16);
      let v = v128.load(w0);
      a0 = f32x4.relaxed_madd(v, y0, a0); b0 = f32x4.relaxed_madd(packed ? i32x4.shl(v, 16) : v128.load(w0, 16), y1, b0);
      v = v128.load(w1);
      a1 = f32x4.relaxed_madd(v, y0, a1); b1 = f32x4.relaxed_madd(packed ? i32x4.shl(v, 16) : v128.load(w1, 16), y1, b1);
      v = v128.load(w2);
      a2 = f32x4.relaxed_madd(v, y0, a2); b2 = f32x4.relaxed_madd(packed ? i32x4.shl(v, 16) : v128.load(w2, 16), y1, b2);
      v = v128.load(w3);
      a3 = f32x4.relaxed_madd(v, y0, a3); b3 = f32x4.relaxed_madd(packed ? i32x4.shl(v, 16) : v128.load(w3, 16), y1, b3);
      y0 = v128.load(x, 32), y1 = v128.load(x, 48);
      v = packed ? v128.load(w0, 16) : v128.load(w0, 32);
      a0 = f32x4.relaxed_madd(v, y0, a0); b0 = f32x4.relaxed_madd(packed ? i32x4.shl(v, 16) : v128.load(w0, 48), y1, b0);
      v = packed ? v128.load(w1, 16) : v128.load(w1, 32);
      a1 = f32x4.relaxed_madd(v, y0, a1); b1 = f32x4.relaxed_madd(packed ? i32x4.shl(v, 16) : v128.load(w1, 48), y1, b1);
      v = packed ? v128.load(w2, 16) : v128.load(w2, 32);
      a2 = f32x4.relaxed_madd(v, y0, a2); b2 = f32x4.relaxed_madd(packed ? i32x4.shl(v, 16) : v128.load(w2, 48), y1, b2);
      v = packed ? v128.load(w3, 16) : v128.load(w3, 32);
      a3 = f32x4.relaxed_madd(v, y0, a3); b3 = f32x4.relaxed_madd(packed ? i32x4.shl(v, 16) : v128.load(w3, 48), y1, b3);
      w0 += step; w1 += step; w2 += step; w3 += step;
    }
    a0 = f32x4.add(a0, b0); a1 = f32x4.add(a1, b1); a2 = f32x4.add(a2, b2); a3 = f32x4.add(a3, b3);
    // Four sums of lanes at once, by a transpose.
    const u0 = f32x4.add(v128.shuffle<f32>(a0, a1, 0, 4, 1, 5), v128.shuffle<f32>(a0, a1, 2, 6, 3, 7));
    const u1 = f32x4.add(v128.shuffle<f32>(a2, a3, 0, 4, 1, 5), v128.shuffle<f32>(a2, a3, 2, 6, 3, 7));
    const sums = f32x4.add(v128.shuffle<f32>(u0, u1, 0, 1, 4, 5), v128.shuffle<f32>(u0, u1, 2, 3, 6, 7));
    v128.store(s, sums);
    if (what != SCORES) {
      const extra = v128.load(d);
      let e = f32x4.mul(extra, sums);
      if (what == RESIDUAL) e = f32x4.sub(f32x4.add(extra, f32x4.splat(1)), e);
      if (left < 4) e = v128.and(e, i32x4.lt_s(i32x4(0, 1, 2, 3), i32x4.splat(left)));
      const e0 = f32x4.splat(f32x4.extract_lane(e, 0)), e1 = f32x4.splat(f32x4.extract_lane(e, 1));
      const e2 = f32x4.splat(f32x4.extract_lane(e, 2)), e3 = f32x4.splat(f32x4.extract_lane(e, 3));
      w0 -= rb; w1 -= rb; w2 -= rb; w3 -= rb;
      for (let o = out, end = out + kb; o < end; o += 64) {
        let r0 = v128.load(o), r1 = v128.load(o, 16), r2 = v128.load(o, 32), r3 = v128.load(o, 48);
        let v = v128.load(w0);
        r0 = f32x4.relaxed_madd(v, e0, r0); r1 = f32x4.relaxed_madd(packed ? i32x4.shl(v, 16) : v128.load(w0, 16), e0, r1);
        v = packed ? v128.load(w0, 16) : v128.load(w0, 32);
        r2 = f32x4.relaxed_madd(v, e0, r2); r3 = f32x4.relaxed_madd(packed ? i32x4.shl(v, 16) : v128.load(w0, 48), e0, r3);
        v = v128.load(w1);
        r0 = f32x4.relaxed_madd(v, e1, r0); r1 = f32x4.relaxed_madd(packed ? i32x4.shl(v, 16) : v128.load(w1, 16), e1, r1);
        v = packed ? v128.load(w1, 16) : v128.load(w1, 32);
        r2 = f32x4.relaxed_madd(v, e1, r2); r3 = f32x4.relaxed_madd(packed ? i32x4.shl(v, 16) : v128.load(w1, 48), e1, r3);
        v = v128.load(w2);
        r0 = f32x4.relaxed_madd(v, e2, r0); r1 = f32x4.relaxed_madd(packed ? i32x4.shl(v, 16) : v128.load(w2, 16), e2, r1);
        v = packed ? v128.load(w2, 16) : v128.load(w2, 32);
        r2 = f32x4.relaxed_madd(v, e2, r2); r3 = f32x4.relaxed_madd(packed ? i32x4.shl(v, 16) : v128.load(w2, 48), e2, r3);
        v = v128.load(w3);
        r0 = f32x4.relaxed_madd(v, e3, r0); r1 = f32x4.relaxed_madd(packed ? i32x4.shl(v, 16) : v128.load(w3, 16), e3, r1);
        v = packed ? v128.load(w3, 16) : v128.load(w3, 32);
        r2 = f32x4.relaxed_madd(v, e3, r2); r3 = f32x4.relaxed_madd(packed ? i32x4.shl(v, 16) : v128.load(w3, 48), e3, r3);
        v128.store(o, r0); v128.store(o, r1, 16); v128.store(o, r2, 32); v128.store(o, r3, 48);
        w0 += step; w1 += step; w2 += step; w3 += step;
      }
    }
    index += 16; d += 16; s += 16;
  }
}

/** out += sum_j (1 + d_j - d_j s_j) w_j with s_j = w_j . p */
export function addResidual(
  packed: bool, W: usize, index: usize, d: usize, n: i32, p: usize, out: usize, s: usize, kb: usize,
): void {
  if (packed) pass(W, index, d, n, p, out, s, kb, RESIDUAL, true);
  else pass(W, index, d, n, p, out, s, kb, RESIDUAL, false);
}

/** out += sum_j d_j s_j w_j with s_j = w_j . p */
export function addProduct(
  packed: bool, W: usize, index: usize, d: usize, n: i32, p: usize, out: usize, s: usize, kb: usize,
): void {
  if (packed) pass(W, index, d, n, p, out, s, kb, APPLY, true);
  else pass(W, index, d, n, p, out, s, kb, APPLY, false);
}

/** s_j = w_j . p */
export function scores(
  packed: bool, W: usize, index: usize, d: usize, n: i32, p: usize, s: usize, kb: usize,
): void {
  if (packed) pass(W, index, d, n, p, 0, s, kb, SCORES, true);
  else pass(W, index, d, n, p, 0, s, kb, SCORES, false);
}

/**
 * Packs scale times a row of float32 into half the bytes: 4 words of 32 bits hold 8 values, the first four as
 * they are, the others in the words' low halves as bfloat16. A load is thus the first four (the low
 * halves are noise below their last bit, which rounding has taken into account), a shift by 16 bits the
 * others, each to a relative 2^-9. What is bound by memory takes half the time.
 */
export function packRow(row: usize, scale: f32, out: usize, kb: usize): void {
  const factor = f32x4.splat(scale);
  for (const end = row + kb; row < end; row += 32, out += 16) {
    const a = f32x4.mul(v128.load(row), factor), b = f32x4.mul(v128.load(row, 16), factor);
    const low = i32x4.shr_u(i32x4.add(b, i32x4.splat(0x8000)), 16);
    const size = v128.and(a, i32x4.splat(0x7fffffff)), sign = v128.and(a, i32x4.splat(0x80000000));
    // The high half whose word, low half and all, is nearest.
    const high = i32x4.max_s(i32x4.add(i32x4.sub(size, low), i32x4.splat(0x8000)), i32x4.splat(0));
    v128.store(out, v128.or(v128.or(sign, low), v128.and(high, i32x4.splat(0x7fff0000))));
  }
}

/** out += a x */
// @ts-ignore: decorator
@inline
export function addScaled(out: usize, a: f32, x: usize, kb: usize): void {
  const v = f32x4.splat(a);
  for (const end = out + kb; out < end; out += 16, x += 16) {
    v128.store(out, f32x4.relaxed_madd(v, v128.load(x), v128.load(out)));
  }
}
