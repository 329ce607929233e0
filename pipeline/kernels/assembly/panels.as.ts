// Products of a few rows with a long packed matrix.
import { TILE, tile6 } from "./product.as";

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
      tile6(a + <usize>r * stride, stride, B, B + panelBytes, out + <usize>r * outStride, outStride);
    }
  }
}
