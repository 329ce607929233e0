// The transpose of a sparse matrix in compressed rows whose columns ascend.

/**
 * Writes the rows first .. last of the transpose, which are columns of the matrix: each thread keeps to few
 * of them, so that the ends of all their lists stay in its cache. Columns of a row ascend, so those of a
 * block lie next to each other, and a binary search finds where they begin.
 *
 * @param rows of the matrix
 * @param indptr, index, value the matrix: rows + 1, entries, entries
 * @param toIndptr of the transpose, given; toIndex and toValue are written
 * @param next room for a number each row of the transpose
 */
export function transpose(
  first: i32, last: i32, _block: i32, _scratch: usize,
  rows: i32, indptr: usize, index: usize, value: usize,
  toIndptr: usize, toIndex: usize, toValue: usize, next: usize,
): void {
  memory.copy(next + (<usize>first << 2), toIndptr + (<usize>first << 2), <usize>(last - first) << 2);
  for (let r = 0; r < rows; r++) {
    const end = load<u32>(indptr + (<usize>r << 2), 4);
    for (let p = lowerBound(index, load<u32>(indptr + (<usize>r << 2)), end, first); p < end; p++) {
      const column = load<u32>(index + (<usize>p << 2));
      if (column >= <u32>last) break;
      const cell = next + (<usize>column << 2), at = load<u32>(cell);
      store<u32>(cell, at + 1);
      store<u32>(toIndex + (<usize>at << 2), r);
      store<f32>(toValue + (<usize>at << 2), load<f32>(value + (<usize>p << 2)));
    }
  }
}

/** The first of from .. to whose index is not below `column`. */
// @ts-ignore: decorator
@inline
function lowerBound(index: usize, from: u32, to: u32, column: u32): u32 {
  while (from < to) {
    const middle = (from + to) >>> 1;
    if (load<u32>(index + (<usize>middle << 2)) < column) from = middle + 1;
    else to = middle;
  }
  return from;
}
