// Which items are most alike, by the users whom they have in common. The matrix X (users x items) is given twice, by
// item and by user, in compressed rows; values are f32, so that a product is exact in float64, and sums are in
// float64 in order of user: the same bytes by any thread.
import { offer } from "./best.as";

/** Scratch of `neighbourRows`: for each item a sum, a mark and a place in a list; then one list of k. */
export function neighbourScratch(items: i32, k: i32): usize {
  return (<usize>items << 4) + (<usize>k << 3);
}

/**
 * The k items most like each item of first .. last, by x_i'x_j / (|x_i| |x_j| + shrink), itself left out; equal ones by
 * index. Items without a common user are no neighbours. In no order.
 *
 * @param from where the output begins: row `from` is its first
 * @param norms items, f64: |x_i|
 * @param sizes, toItem, toValue out: u32 rows, u32 and f32 rows x k
 */
export function neighbourRows(
  first: i32, last: i32, _block: i32, scratch: usize,
  from: i32, items: i32, itemPtr: usize, itemUser: usize, itemValue: usize,
  userPtr: usize, userItem: usize, userValue: usize,
  norms: usize, k: i32, shrink: f64, sizes: usize, toItem: usize, toValue: usize,
): void {
  const sums = scratch, marks = sums + (<usize>items << 3), touched = marks + (<usize>items << 2);
  const scores = touched + (<usize>items << 2);
  memory.fill(marks, 0, <usize>items << 2);
  for (let row = first; row < last; row++) {
    const i = from + row;
    let count: usize = 0;
    const at = itemPtr + (<usize>i << 2);
    for (let p = <usize>load<u32>(at) << 2, end = <usize>load<u32>(at, 4) << 2; p < end; p += 4) {
      const value = <f64>load<f32>(itemValue + p), user = userPtr + (<usize>load<u32>(itemUser + p) << 2);
      for (let q = <usize>load<u32>(user) << 2, to = <usize>load<u32>(user, 4) << 2; q < to; q += 4) {
        const j = load<u32>(userItem + q), sum = sums + (<usize>j << 3), mark = marks + (<usize>j << 2);
        const product = value * <f64>load<f32>(userValue + q);
        if (load<i32>(mark) == row + 1) {
          store<f64>(sum, load<f64>(sum) + product);
          continue;
        }
        store<i32>(mark, row + 1);
        store<f64>(sum, product);
        store<u32>(touched + (count << 2), j);
        count++;
      }
    }
    const norm = load<f64>(norms + (<usize>i << 3));
    const list = toItem + ((<usize>row * <usize>k) << 2);
    let size = 0;
    for (let n: usize = 0; n < count; n++) {
      const j = load<u32>(touched + (n << 2));
      if (j == <u32>i) continue;
      const common = load<f64>(sums + (<usize>j << 3));
      if (!(common > 0)) continue;
      const score = common / (norm * load<f64>(norms + (<usize>j << 3)) + shrink);
      if (size == k && score < load<f64>(scores)) continue;
      size = offer(scores, list, size, k, score, j);
    }
    store<i32>(sizes + (<usize>row << 2), size);
    const values = toValue + ((<usize>row * <usize>k) << 2);
    for (let n: usize = 0; n < <usize>size; n++) store<f32>(values + (n << 2), <f32>load<f64>(scores + (n << 3)));
  }
}
