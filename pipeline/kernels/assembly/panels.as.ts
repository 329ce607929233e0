// Products of a few rows with a long packed matrix.

/** Rows that `multiplyPanels` takes together: a multiple of its tile. */
export const TILE = 6;

/**
 * out (rows x n) = a (rows x m) B (m x n), rows a multiple of `TILE`, m even, n a multiple of 8. B is
 * packed in panels of 8 columns, each m x 8; rows of a and out begin `stride` and `outStride` bytes apart.
 */
export function multiplyPanels(
  a: usize, stride: usize, B: usize, m: i32, out: usize, outStride: usize, n: i32, rows: i32,
): void {
  const panelBytes = <usize>m << 5;
  for (let j = 0; j < n; j += 8, B += panelBytes, out += 32) {
    for (let r = 0; r < rows; r += TILE) {
      tile(a + <usize>r * stride, stride, B, B + panelBytes, out + <usize>r * outStride, outStride);
    }
  }
}

// @ts-ignore: decorator
@inline
function tile(a: usize, stride: usize, m: usize, end: usize, out: usize, outStride: usize): void {
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
