/** How the simd solver cuts the rows of a side into blocks: by the problem alone. */

/** Gram matrices of all blocks take at most so much, and there are at most so many. */
const GRAM_BYTES = 1 << 23;
const MOST_BLOCKS = 128;
/** Rows of a block at least, on average. */
export const FEWEST_ROWS = 16;
/** But where a block's rows and entries would be more than this, there are more of them. */
const BLOCK_BYTES = 1 << 24;
/** Gram matrices take at most so much then. */
const LARGE_GRAM_BYTES = 1 << 28;

/** Rows of a side are factors twice (k float32), entries an index and a value. */
export function rowBytes(rows: number, entries: number, k: number): number {
  return 8 * k * rows + 8 * entries;
}

/**
 * How many blocks a side is cut into at most. More than a few make no difference to what they compute,
 * but a thread may have to keep a copy of one: see `rowBytes`.
 */
export function mostBlocks(rows: number, entries: number, k: number): number {
  const gram = 4 * k * k;
  const few = Math.max(8, Math.min(MOST_BLOCKS, Math.floor(GRAM_BYTES / gram)));
  const small = Math.ceil(rowBytes(rows, entries, k) / BLOCK_BYTES);
  return Math.max(few, Math.min(small, Math.floor(LARGE_GRAM_BYTES / gram)));
}

/** Where the entries of each column start: columns + 1. */
export function columnStarts(indices: Uint32Array, columns: number): Uint32Array {
  const starts = new Uint32Array(columns + 1);
  for (const column of indices) starts[column + 1]!++;
  for (let column = 0; column < columns; column++) starts[column + 1]! += starts[column]!;
  return starts;
}

/** The most entries that a row has. */
export function longestRow(starts: Uint32Array): number {
  let longest = 0;
  for (let row = 1; row < starts.length; row++) {
    longest = Math.max(longest, starts[row]! - starts[row - 1]!);
  }
  return longest;
}
