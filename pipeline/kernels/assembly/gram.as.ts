// X'X of a sparse matrix X (users x items), and what EASE makes of its inverse. X is given twice, by item and by
// user, in compressed rows whose indices ascend; values are f32, so that a product is exact in float64, and sums
// are in float64 in order of user: the same bytes by any thread.

/** What is below the diagonal of X'X, and the diagonal, of rows first .. last: each a row of `out`, zero before. */
export function gramRows(
  first: i32, last: i32, _block: i32, _scratch: usize,
  itemPtr: usize, itemUser: usize, itemValue: usize,
  userPtr: usize, userItem: usize, userValue: usize,
  out: usize, stride: usize,
): void {
  for (let i = first; i < last; i++) {
    const sums = out + <usize>i * stride;
    const at = itemPtr + (<usize>i << 2);
    for (let p = <usize>load<u32>(at) << 2, end = <usize>load<u32>(at, 4) << 2; p < end; p += 4) {
      const value = <f64>load<f32>(itemValue + p), row = userPtr + (<usize>load<u32>(itemUser + p) << 2);
      for (let q = <usize>load<u32>(row) << 2, to = <usize>load<u32>(row, 4) << 2; q < to; q += 4) {
        const j = load<u32>(userItem + q);
        if (j > <u32>i) break;
        const sum = sums + (<usize>j << 3);
        store<f64>(sum, load<f64>(sum) + value * <f64>load<f32>(userValue + q));
      }
    }
  }
}

/**
 * Rows first .. last of B: A_ji / -A_ii off the diagonal, 0 on it, f32, n to a row. A is symmetric, and read on and below
 * its diagonal; of an inverse P it makes -P_ji / P_ii, what EASE wants.
 */
export function scaleColumns(
  first: i32, last: i32, _block: i32, _scratch: usize,
  A: usize, stride: usize, n: i32, out: usize,
): void {
  // Sixteen rows at a time: what is above the diagonal is read by column, a cache line or two of each row.
  for (let start = first; start < last; start += 16) {
    const stop = min(start + 16, last);
    for (let i = 0; i < n; i++) {
      const row = A + <usize>i * stride, scale = -1.0 / load<f64>(row + (<usize>i << 3));
      for (let j = start; j < stop; j++) {
        const at = i <= j ? A + <usize>j * stride + (<usize>i << 3) : row + (<usize>j << 3);
        store<f32>(out + ((<usize>j * <usize>n + <usize>i) << 2), i == j ? 0 : <f32>(load<f64>(at) * scale));
      }
    }
  }
}
