// Columns as 8-bit integers, in the order and the places in which rows are multiplied with them.
import { BLOCK, COLUMN_LEVELS, FAR, FIGURES, largestOf, OFFSET, PANEL, scaleOf, stepsOf } from "./quantize.as";

/** Blocks that `count` columns make. */
export function blockCount(count: i32): i32 {
  return (count + BLOCK - 1) / BLOCK;
}

/** Bytes of the panels of `count` columns. */
export function panelBytes(count: i32, factors: i32): usize {
  return <usize>((count + PANEL - 1) / PANEL) * (stepsOf(factors) << 5);
}

/**
 * Quantizes blocks first .. last of columns into panels: by four factors, four bytes of each of 8
 * columns. A job.
 *
 * @param columns count x factors, f32, finite
 * @param order count, u32: which column comes where
 * @param base count and up to a whole panel, i32: what a column's product with a row starts from, which
 *   undoes the offset of rows
 * @param figures blocks x 4, f64: the largest norm, the scale, the largest norm of a quantized column
 *   and the largest residual
 */
export function packColumns(
  first: i32, last: i32, _block: i32, _scratch: usize,
  columns: usize, count: i32, factors: i32, order: usize, panels: usize, base: usize, figures: usize,
): void {
  const steps = stepsOf(factors), bytes = <usize>factors << 2;
  for (let block = first; block < last; block++) {
    const from = block * BLOCK, to = min(from + BLOCK, count);
    let largest: f64 = 0;
    for (let p = from; p < to; p++) largest = max(largest, largestOf(columns + <usize>load<u32>(order + (<usize>p << 2)) * bytes, bytes));
    const scale = scaleOf(largest, COLUMN_LEVELS);
    let norm: f64 = 0, packedNorm: f64 = 0, residual: f64 = 0;
    for (let p = from; p < to; p++) {
      const x = columns + <usize>load<u32>(order + (<usize>p << 2)) * bytes;
      const out = panels + <usize>(p / PANEL) * (steps << 5) + (<usize>(p % PANEL) << 2);
      let sum = 0, squares: f64 = 0, packed: f64 = 0, rests: f64 = 0;
      for (let f: usize = 0; f < <usize>factors; f++) {
        const value = <f64>load<f32>(x + (f << 2)), level = nearest(value / scale), rest = value - level * scale;
        squares += value * value; packed += level * level; rests += rest * rest;
        sum += <i32>level;
        store<i8>(out + ((f >> 2) << 5) + (f & 3), <i8>level);
      }
      for (let f: usize = factors; f < steps << 2; f++) store<i8>(out + ((f >> 2) << 5) + (f & 3), 0);
      store<i32>(base + (<usize>p << 2), -OFFSET * sum);
      norm = max(norm, sqrt(squares)); packedNorm = max(packedNorm, sqrt(packed) * scale); residual = max(residual, sqrt(rests));
    }
    // The rest of the last panel lies below every cut.
    for (let p = to; p % PANEL != 0; p++) {
      const out = panels + <usize>(p / PANEL) * (steps << 5) + (<usize>(p % PANEL) << 2);
      for (let step: usize = 0; step < steps; step++) store<u32>(out + (step << 5), 0);
      store<i32>(base + (<usize>p << 2), -2 * FAR);
    }
    const at = figures + <usize>block * FIGURES;
    store<f64>(at, norm); store<f64>(at, scale, 8); store<f64>(at, packedNorm, 16); store<f64>(at, residual, 24);
  }
}
