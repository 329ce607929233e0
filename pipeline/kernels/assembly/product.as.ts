// Products of tall matrices (rows x k) with a k x k matrix, and Gram matrices. Rows take `kb` bytes.

export const FULL = 0, LOWER = 1, UPPER = 2;

/** Rows of `tile6`. */
export const TILE = 6;

/**
 * out (rows x k) = a (rows x k) M. M is packed in panels of 8 columns, each k x 8. Where M is lower
 * or upper triangular (`shape`) its zeros are left out: half of the work.
 */
export function multiply(a: usize, M: usize, out: usize, rows: i32, kb: usize, shape: i32): void {
  for (let j: usize = 0; j < kb; j += 32) {
    // k rows of 32 bytes
    const panel = M + (j >> 5) * (kb << 3);
    const from = shape == LOWER ? j : 0, to = shape == UPPER ? j + 32 : kb;
    let r = 0;
    const begin = panel + (from << 3), end = panel + (to << 3);
    for (; r + TILE <= rows; r += TILE) {
      tile6(a + <usize>r * kb + from, kb, begin, end, out + <usize>r * kb + j, kb);
    }
    for (; r < rows; r++) tile1(a + <usize>r * kb, panel, out + <usize>r * kb + j, from, to);
  }
}

/**
 * out (6 x 8) = a (6 x m) times the panel (m x 8, m even) at `m`, up to `end`; rows of a and out begin
 * `stride` and `outStride` bytes apart.
 */
// @ts-ignore: decorator
@inline
export function tile6(a: usize, stride: usize, m: usize, end: usize, out: usize, outStride: usize): void {
  let c00 = f32x4.splat(0), c01 = c00, c10 = c00, c11 = c00, c20 = c00, c21 = c00, c30 = c00, c31 = c00, c40 = c00, c41 = c00, c50 = c00, c51 = c00;
  let a0 = a, a1 = a0 + stride, a2 = a1 + stride, a3 = a2 + stride, a4 = a3 + stride, a5 = a4 + stride;
  for (; m < end; m += 64) {
    let m0 = v128.load(m, 0), m1 = v128.load(m, 16);
    let x = v128.load32_splat(a0, 0);
    c00 = f32x4.relaxed_madd(x, m0, c00); c01 = f32x4.relaxed_madd(x, m1, c01);
    x = v128.load32_splat(a1, 0);
    c10 = f32x4.relaxed_madd(x, m0, c10); c11 = f32x4.relaxed_madd(x, m1, c11);
    x = v128.load32_splat(a2, 0);
    c20 = f32x4.relaxed_madd(x, m0, c20); c21 = f32x4.relaxed_madd(x, m1, c21);
    x = v128.load32_splat(a3, 0);
    c30 = f32x4.relaxed_madd(x, m0, c30); c31 = f32x4.relaxed_madd(x, m1, c31);
    x = v128.load32_splat(a4, 0);
    c40 = f32x4.relaxed_madd(x, m0, c40); c41 = f32x4.relaxed_madd(x, m1, c41);
    x = v128.load32_splat(a5, 0);
    c50 = f32x4.relaxed_madd(x, m0, c50); c51 = f32x4.relaxed_madd(x, m1, c51);
    m0 = v128.load(m, 32); m1 = v128.load(m, 48);
    x = v128.load32_splat(a0, 4);
    c00 = f32x4.relaxed_madd(x, m0, c00); c01 = f32x4.relaxed_madd(x, m1, c01);
    x = v128.load32_splat(a1, 4);
    c10 = f32x4.relaxed_madd(x, m0, c10); c11 = f32x4.relaxed_madd(x, m1, c11);
    x = v128.load32_splat(a2, 4);
    c20 = f32x4.relaxed_madd(x, m0, c20); c21 = f32x4.relaxed_madd(x, m1, c21);
    x = v128.load32_splat(a3, 4);
    c30 = f32x4.relaxed_madd(x, m0, c30); c31 = f32x4.relaxed_madd(x, m1, c31);
    x = v128.load32_splat(a4, 4);
    c40 = f32x4.relaxed_madd(x, m0, c40); c41 = f32x4.relaxed_madd(x, m1, c41);
    x = v128.load32_splat(a5, 4);
    c50 = f32x4.relaxed_madd(x, m0, c50); c51 = f32x4.relaxed_madd(x, m1, c51);
    a0 += 8; a1 += 8; a2 += 8; a3 += 8; a4 += 8; a5 += 8;
  }
  v128.store(out, c00); v128.store(out, c01, 16);
  out += outStride;
  v128.store(out, c10); v128.store(out, c11, 16);
  out += outStride;
  v128.store(out, c20); v128.store(out, c21, 16);
  out += outStride;
  v128.store(out, c30); v128.store(out, c31, 16);
  out += outStride;
  v128.store(out, c40); v128.store(out, c41, 16);
  out += outStride;
  v128.store(out, c50); v128.store(out, c51, 16);
}

// @ts-ignore: decorator
@inline
function tile1(a: usize, panel: usize, out: usize, from: usize, to: usize): void {
  let c0 = f32x4.splat(0), c1 = c0;
  a += from;
  for (let m = panel + (from << 3), end = panel + (to << 3); m < end; m += 32, a += 4) {
    const x = v128.load32_splat(a);
    c0 = f32x4.relaxed_madd(x, v128.load(m), c0);
    c1 = f32x4.relaxed_madd(x, v128.load(m, 16), c1);
  }
  v128.store(out, c0); v128.store(out, c1, 16);
}

/**
 * G (k x k) += a'a for a of rows x k: tiles of 4 x 8 on and above the diagonal only. Rows in blocks
 * of 64, which stay in the cache while all tiles pass over them.
 */
export function addGram(a: usize, rows: i32, kb: usize, G: usize): void {
  for (let first = 0; first < rows; first += 64) {
    const begin = a + <usize>first * kb, end = a + <usize>min(first + 64, rows) * kb;
    for (let i: usize = 0; i < kb; i += 16) {
      for (let j: usize = i & ~31; j < kb; j += 32) {
        const g0 = G + (i >> 2) * kb + j, g1 = g0 + kb, g2 = g1 + kb, g3 = g2 + kb;
        let c00 = v128.load(g0), c01 = v128.load(g0, 16), c10 = v128.load(g1), c11 = v128.load(g1, 16);
        let c20 = v128.load(g2), c21 = v128.load(g2, 16), c30 = v128.load(g3), c31 = v128.load(g3, 16);
        for (let r = begin; r < end; r += kb) {
          const y = r + j, z = r + i;
          const m0 = v128.load(y), m1 = v128.load(y, 16);
          let x = v128.load32_splat(z);
          c00 = f32x4.relaxed_madd(x, m0, c00); c01 = f32x4.relaxed_madd(x, m1, c01);
          x = v128.load32_splat(z, 4);
          c10 = f32x4.relaxed_madd(x, m0, c10); c11 = f32x4.relaxed_madd(x, m1, c11);
          x = v128.load32_splat(z, 8);
          c20 = f32x4.relaxed_madd(x, m0, c20); c21 = f32x4.relaxed_madd(x, m1, c21);
          x = v128.load32_splat(z, 12);
          c30 = f32x4.relaxed_madd(x, m0, c30); c31 = f32x4.relaxed_madd(x, m1, c31);
        }
        v128.store(g0, c00); v128.store(g0, c01, 16); v128.store(g1, c10); v128.store(g1, c11, 16);
        v128.store(g2, c20); v128.store(g2, c21, 16); v128.store(g3, c30); v128.store(g3, c31, 16);
      }
    }
  }
}
