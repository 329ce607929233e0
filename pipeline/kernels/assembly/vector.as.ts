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

/**
 * One pass over the n entries of a row: s_j = w_j . p into `s` (n), and out += sum_j e_j w_j with
 * e_j = 1 + d_j - d_j s_j where `residual`, else d_j s_j. w_j is row index_j of W; d_j = c_j - 1.
 * Four entries at a time: p and out are read once for all of them.
 */
// @ts-ignore: decorator
@inline
export function pass(
  W: usize, index: usize, d: usize, n: i32, p: usize, out: usize, s: usize, kb: usize, residual: bool,
): void {
  let q = 0;
  for (; q + 4 <= n; q += 4) {
    let w0 = W + <usize>load<u32>(index) * kb, w1 = W + <usize>load<u32>(index, 4) * kb;
    let w2 = W + <usize>load<u32>(index, 8) * kb, w3 = W + <usize>load<u32>(index, 12) * kb;
    let a0 = f32x4.splat(0), a1 = a0, a2 = a0, a3 = a0, b0 = a0, b1 = a0, b2 = a0, b3 = a0;
    for (let x = p, end = p + kb; x < end; x += 64) {
      let y = v128.load(x);
      a0 = f32x4.relaxed_madd(v128.load(w0), y, a0);
      a1 = f32x4.relaxed_madd(v128.load(w1), y, a1);
      a2 = f32x4.relaxed_madd(v128.load(w2), y, a2);
      a3 = f32x4.relaxed_madd(v128.load(w3), y, a3);
      y = v128.load(x, 16);
      b0 = f32x4.relaxed_madd(v128.load(w0, 16), y, b0);
      b1 = f32x4.relaxed_madd(v128.load(w1, 16), y, b1);
      b2 = f32x4.relaxed_madd(v128.load(w2, 16), y, b2);
      b3 = f32x4.relaxed_madd(v128.load(w3, 16), y, b3);
      y = v128.load(x, 32);
      a0 = f32x4.relaxed_madd(v128.load(w0, 32), y, a0);
      a1 = f32x4.relaxed_madd(v128.load(w1, 32), y, a1);
      a2 = f32x4.relaxed_madd(v128.load(w2, 32), y, a2);
      a3 = f32x4.relaxed_madd(v128.load(w3, 32), y, a3);
      y = v128.load(x, 48);
      b0 = f32x4.relaxed_madd(v128.load(w0, 48), y, b0);
      b1 = f32x4.relaxed_madd(v128.load(w1, 48), y, b1);
      b2 = f32x4.relaxed_madd(v128.load(w2, 48), y, b2);
      b3 = f32x4.relaxed_madd(v128.load(w3, 48), y, b3);
      w0 += 64; w1 += 64; w2 += 64; w3 += 64;
    }
    a0 = f32x4.add(a0, b0); a1 = f32x4.add(a1, b1); a2 = f32x4.add(a2, b2); a3 = f32x4.add(a3, b3);
    // Four sums of lanes at once, by a transpose.
    const u0 = f32x4.add(v128.shuffle<f32>(a0, a1, 0, 4, 1, 5), v128.shuffle<f32>(a0, a1, 2, 6, 3, 7));
    const u1 = f32x4.add(v128.shuffle<f32>(a2, a3, 0, 4, 1, 5), v128.shuffle<f32>(a2, a3, 2, 6, 3, 7));
    const sums = f32x4.add(v128.shuffle<f32>(u0, u1, 0, 1, 4, 5), v128.shuffle<f32>(u0, u1, 2, 3, 6, 7));
    v128.store(s, sums);
    const extra = v128.load(d);
    let e = f32x4.mul(extra, sums);
    if (residual) e = f32x4.sub(f32x4.add(extra, f32x4.splat(1)), e);
    const e0 = f32x4.splat(f32x4.extract_lane(e, 0)), e1 = f32x4.splat(f32x4.extract_lane(e, 1));
    const e2 = f32x4.splat(f32x4.extract_lane(e, 2)), e3 = f32x4.splat(f32x4.extract_lane(e, 3));
    w0 -= kb; w1 -= kb; w2 -= kb; w3 -= kb;
    for (let o = out, end = out + kb; o < end; o += 64) {
      let r0 = v128.load(o), r1 = v128.load(o, 16), r2 = v128.load(o, 32), r3 = v128.load(o, 48);
      r0 = f32x4.relaxed_madd(v128.load(w0), e0, r0);
      r1 = f32x4.relaxed_madd(v128.load(w0, 16), e0, r1);
      r2 = f32x4.relaxed_madd(v128.load(w0, 32), e0, r2);
      r3 = f32x4.relaxed_madd(v128.load(w0, 48), e0, r3);
      r0 = f32x4.relaxed_madd(v128.load(w1), e1, r0);
      r1 = f32x4.relaxed_madd(v128.load(w1, 16), e1, r1);
      r2 = f32x4.relaxed_madd(v128.load(w1, 32), e1, r2);
      r3 = f32x4.relaxed_madd(v128.load(w1, 48), e1, r3);
      r0 = f32x4.relaxed_madd(v128.load(w2), e2, r0);
      r1 = f32x4.relaxed_madd(v128.load(w2, 16), e2, r1);
      r2 = f32x4.relaxed_madd(v128.load(w2, 32), e2, r2);
      r3 = f32x4.relaxed_madd(v128.load(w2, 48), e2, r3);
      r0 = f32x4.relaxed_madd(v128.load(w3), e3, r0);
      r1 = f32x4.relaxed_madd(v128.load(w3, 16), e3, r1);
      r2 = f32x4.relaxed_madd(v128.load(w3, 32), e3, r2);
      r3 = f32x4.relaxed_madd(v128.load(w3, 48), e3, r3);
      v128.store(o, r0); v128.store(o, r1, 16); v128.store(o, r2, 32); v128.store(o, r3, 48);
      w0 += 64; w1 += 64; w2 += 64; w3 += 64;
    }
    index += 16; d += 16; s += 16;
  }
  for (; q < n; q++) {
    const w = W + <usize>load<u32>(index) * kb, extra = load<f32>(d);
    const sum = dot(w, p, kb);
    store<f32>(s, sum);
    addScaled(out, residual ? 1 + extra - extra * sum : extra * sum, w, kb);
    index += 4; d += 4; s += 4;
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
