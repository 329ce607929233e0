import type { Blocks } from "./pool.ts";

/**
 * Cuts rows into at most `most` blocks of about the same work, of `fewest` rows at least on average: an
 * entry counts 1, a row `rowCost`. Nothing but these numbers decides where, so that sums over blocks
 * are the same at any number of threads. Returns the blocks' first rows, and the number of rows.
 *
 * @param starts where each row's entries start, and where the last ends
 */
export function cut(
  starts: Uint32Array,
  most: number,
  fewest: number,
  rowCost: number,
): Uint32Array {
  const rows = starts.length - 1;
  const total = starts[rows]! + rows * rowCost;
  const count = Math.max(1, Math.min(most, Math.ceil(rows / fewest)));
  const bounds = [0];
  for (let r = 1; r < rows; r++) {
    if (starts[r]! + r * rowCost >= total * bounds.length / count) bounds.push(r);
  }
  return Uint32Array.from([...bounds, rows]);
}

/** Cuts `count` rows into blocks of `size`, and puts their bounds into a memory. */
export function evenBlocks(
  { buffer }: WebAssembly.Memory,
  at: number,
  count: number,
  size: number,
): Blocks {
  const blocks = Math.ceil(count / size);
  const bounds = new Uint32Array(buffer, at, blocks + 1);
  for (let block = 0; block <= blocks; block++) bounds[block] = Math.min(count, block * size);
  return { count: blocks, bounds: at };
}
