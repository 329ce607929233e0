// Rows and columns as 8-bit integers, and what integer products say about scores.
//
// The score of a row x and a column y is x.y in float64. With x^ = s q and y^ = t p, where q and p are
// vectors of integers and s and t scales, Cauchy and Schwarz give
//
//   x.y = x^.y^ + (x - x^).y^ + x.(y - y^) <= s t (q.p) + |x - x^| |y^| + |x| |y - y^|
//
// for real numbers. Float64 adds n exact products (of float32 each) with an error of at most
// n 2^-53 |x| |y|, and what stands above is itself off by a few 2^-53 of |x| |y|: ROUNDING |x| |y| covers
// both. So a score can only reach `least` where
//
//   q.p >= (least - error) / (s t),   error = |x - x^| |y^| + |x| |y - y^| + ROUNDING |x| |y|
//
// and no product of integers rounds. Scales, norms and errors of columns are the largest of a block.

/** Columns that share a scale and bounds. A multiple of PANEL. */
export const BLOCK: i32 = 256;
/** Columns whose values lie together: two vectors of four. */
export const PANEL: i32 = 8;

/** Columns become -127 .. 127; rows -63 .. 63, kept as 1 .. 127 since the product wants 7 bits. */
export const COLUMN_LEVELS = 127;
const ROW_LEVELS = 63;
export const OFFSET = 64;

/** More than any product of up to 65,536 factors. */
export const FAR: i32 = 1 << 29;

/** As a part of |x| |y|: more than 10^6 additions in float64 are off by. */
export const ROUNDING = 1e-9;

/** Bytes of what is known of a block of columns, float64 each: see `packColumns`. */
export const FIGURES: usize = 32;
/** Bytes of what is known of a row: float64 each. */
export const ROW_FIGURES: usize = 24;

/** How many times four factors. */
// @ts-ignore: decorator
@inline
export function stepsOf(factors: i32): usize {
  return <usize>(factors + 3) >> 2;
}

/** Quantizes a row into `steps` times four bytes; its norm, scale and residual go to `figures` (3, f64). */
export function packRow(x: usize, factors: i32, out: usize, figures: usize): void {
  const bytes = <usize>factors << 2, scale = scaleOf(largestOf(x, bytes), ROW_LEVELS);
  let squares: f64 = 0, rests: f64 = 0;
  for (let f: usize = 0; f < <usize>factors; f++) {
    const value = <f64>load<f32>(x + (f << 2)), level = nearest(value / scale), rest = value - level * scale;
    squares += value * value; rests += rest * rest;
    store<u8>(out + f, <u8>(<i32>level + OFFSET));
  }
  for (let f: usize = factors; f < stepsOf(factors) << 2; f++) store<u8>(out + f, 0);
  store<f64>(figures, sqrt(squares)); store<f64>(figures, scale, 8); store<f64>(figures, sqrt(rests), 16);
}

/** Whether a column of this block, or of one behind it, can reach `least`. */
// @ts-ignore: decorator
@inline
export function canReach(least: f64, row: usize, figures: usize, block: i32): bool {
  return load<f64>(row) * load<f64>(figures + <usize>block * FIGURES) * (1 + ROUNDING) >= least;
}

/** Only products above it belong to columns of this block whose score can reach `least`. */
export function cutFor(least: f64, row: usize, figures: usize, block: i32): i32 {
  const at = figures + <usize>block * FIGURES;
  const norm = load<f64>(row), error = load<f64>(row, 16) * load<f64>(at, 16) + norm * (load<f64>(at, 24) + ROUNDING * load<f64>(at));
  const product = (least - error * (1 + ROUNDING)) / (load<f64>(row, 8) * load<f64>(at, 8));
  // A little lower: where it matters, the quotient is off by less than 10^-6.
  return <i32>min<f64>(FAR, max<f64>(-FAR, floor(product - 1e-3)));
}

/** The scale by which `levels` stands for `largest`. */
// @ts-ignore: decorator
@inline
export function scaleOf(largest: f64, levels: f64): f64 {
  return largest == 0 ? 1 : largest / levels;
}

/** The largest magnitude in a vector. */
export function largestOf(x: usize, bytes: usize): f64 {
  let largest: f32 = 0;
  for (const end = x + bytes; x < end; x += 4) largest = max(largest, abs(load<f32>(x)));
  return <f64>largest;
}
