// The best k columns of each row by inner product, exactly. Products of 8-bit integers leave out what
// cannot be among them (`quantize.as.ts` says why nothing is lost); float64 decides about the rest.
import { offer, sortBest } from "./best.as";
import { blockCount } from "./columns.as";
import { BLOCK, canReach, cutFor, FAR, packRow, PANEL, ROW_FIGURES, stepsOf } from "./quantize.as";

/** Rows multiplied together. */
const QUAD: i32 = 4;
/** Rows for which a block of columns is fetched once. */
const ROWS: i32 = 64;
/** Columns that wait for their score: from so many on they get it, and the cut rises. */
const WAITING: i32 = 16;
/** Bytes of those of one row: a tile may add a panel to the last one below. */
const WAITING_BYTES: usize = (WAITING + PANEL) << 2;

/** Scores that are made together, at the start of the scratch. */
const SCORES_BYTES: usize = 64;

/** What is asked: where arrays are. Columns as `packColumns` has left them. */
@unmanaged
class Query {
  /** rows x factors, f32 */
  rows: usize;
  /** count x factors, f32 */
  columns: usize;
  factors: i32;
  count: i32;
  k: i32;
  order: usize;
  panels: usize;
  base: usize;
  figures: usize;
  /** Columns listed for each row, ascending: rows + 1, u32, and their indices, u32. */
  indptr: usize;
  indices: usize;
  /** 0: listed columns are left out; 1: no others take part. */
  listedOnly: i32;
  /** rows, u32 */
  sizes: usize;
  /** rows x k: columns, u32, and scores, f64. */
  items: usize;
  scores: usize;
}

/** Bytes that `rankRows` needs for itself. */
export function rankScratch(factors: i32): usize {
  return SCORES_BYTES + <usize>(ROWS + QUAD) * (stepsOf(factors) << 2) + <usize>ROWS * (ROW_FIGURES + 4) + <usize>QUAD * (WAITING_BYTES + 8);
}

/** Lists of rows first .. last, best first. A job. */
export function rankRows(first: i32, last: i32, _block: i32, scratch: usize, at: usize): void {
  const query = changetype<Query>(at);
  for (let from = first; from < last; from += ROWS) {
    const to = min(from + ROWS, last);
    for (let row = from; row < to; row++) store<i32>(query.sizes + (<usize>row << 2), 0);
    if (query.listedOnly == 0) rankByBlocks(query, from, to, scratch);
    else for (let row = from; row < to; row++) {
      const p = query.indptr + (<usize>row << 2), listed = load<u32>(p);
      scoreAll(query, row, query.indices + (<usize>listed << 2), load<u32>(p, 4) - listed, scratch);
    }
    for (let row = from; row < to; row++) {
      const list = <usize>row * <usize>query.k;
      sortBest(query.scores + (list << 3), query.items + (list << 2), load<i32>(query.sizes + (<usize>row << 2)));
    }
  }
}

function rankByBlocks(query: Query, from: i32, to: i32, scratch: usize): void {
  const factors = query.factors, steps = stepsOf(factors), bytes = steps << 2, figures = query.figures;
  const packed = scratch + SCORES_BYTES, quad = packed + <usize>ROWS * bytes, known = quad + <usize>QUAD * bytes;
  // Rows that a later column may still change, by their place in this block of rows.
  const open = known + <usize>ROWS * ROW_FIGURES, cuts = open + ((<usize>ROWS) << 2);
  const sizes = cuts + ((<usize>QUAD) << 2), waiting = sizes + ((<usize>QUAD) << 2);
  let left = to - from;
  for (let r = 0; r < left; r++) {
    packRow(query.rows + <usize>(from + r) * (<usize>factors << 2), factors, packed + <usize>r * bytes, known + <usize>r * ROW_FIGURES);
    store<i32>(open + (<usize>r << 2), r);
  }
  const blocks = blockCount(query.count);
  for (let block = 0; block < blocks; block++) {
    let still = 0;
    for (let a = 0; a < left; a++) {
      const r = load<i32>(open + (<usize>a << 2));
      if (!canReach(leastOf(query, from + r), known + <usize>r * ROW_FIGURES, figures, block)) continue;
      store<i32>(open + (<usize>still << 2), r);
      still++;
    }
    left = still;
    if (left == 0) return;
    const end = min((block + 1) * BLOCK, query.count);
    for (let a = 0; a < left; a += QUAD) {
      const members = open + (<usize>a << 2), width = min(QUAD, left - a);
      for (let m = 0; m < QUAD; m++) {
        // Where a quad is not full, a row stands in that nothing is kept of.
        const r = load<i32>(members + (<usize>min(m, width - 1) << 2));
        const to = quad + (<usize>m << 2), own = packed + <usize>r * bytes;
        for (let step: usize = 0; step < steps; step++) store<u32>(to + (step << 4), load<u32>(own + (step << 2)));
        store<i32>(cuts + (<usize>m << 2), m < width ? cutFor(leastOf(query, from + r), known + <usize>r * ROW_FIGURES, figures, block) : FAR);
        store<i32>(sizes + (<usize>m << 2), 0);
      }
      for (let p = block * BLOCK; p < end; p += PANEL) {
        const panel = query.panels + <usize>(p / PANEL) * (steps << 5);
        if (!tile(panel, query.base + (<usize>p << 2), quad, steps, cuts, query.order + (<usize>p << 2), waiting, sizes)) continue;
        for (let m = 0; m < width; m++) {
          const size = load<i32>(sizes + (<usize>m << 2));
          if (size < WAITING) continue;
          const r = load<i32>(members + (<usize>m << 2));
          scoreAll(query, from + r, waiting + <usize>m * WAITING_BYTES, size, scratch);
          store<i32>(sizes + (<usize>m << 2), 0);
          store<i32>(cuts + (<usize>m << 2), cutFor(leastOf(query, from + r), known + <usize>r * ROW_FIGURES, figures, block));
        }
      }
      for (let m = 0; m < width; m++) {
        scoreAll(query, from + load<i32>(members + (<usize>m << 2)), waiting + <usize>m * WAITING_BYTES, load<i32>(sizes + (<usize>m << 2)), scratch);
      }
    }
  }
}

/** A score below it cannot enter a row's list; an equal one can, by a lower column. */
// @ts-ignore: decorator
@inline
function leastOf(query: Query, row: i32): f64 {
  const k = query.k;
  return load<i32>(query.sizes + (<usize>row << 2)) < k ? -Infinity : load<f64>(query.scores + (<usize>row * <usize>k << 3));
}

/**
 * Products of a quad and a panel: columns above a row's cut are put to those that wait for it. Returns
 * whether there were any.
 */
// @ts-ignore: decorator
@inline
function tile(panel: usize, base: usize, quad: usize, steps: usize, cuts: usize, order: usize, waiting: usize, sizes: usize): bool {
  let a0 = v128.load(base), a1 = v128.load(base, 16);
  let b0 = a0, b1 = a1, c0 = a0, c1 = a1, d0 = a0, d1 = a1;
  for (const end = quad + (steps << 4); quad < end; quad += 16, panel += 32) {
    const y0 = v128.load(panel), y1 = v128.load(panel, 16);
    let x = v128.load32_splat(quad);
    a0 = i32x4.relaxed_dot_i8x16_i7x16_add_s(y0, x, a0); a1 = i32x4.relaxed_dot_i8x16_i7x16_add_s(y1, x, a1);
    x = v128.load32_splat(quad, 4);
    b0 = i32x4.relaxed_dot_i8x16_i7x16_add_s(y0, x, b0); b1 = i32x4.relaxed_dot_i8x16_i7x16_add_s(y1, x, b1);
    x = v128.load32_splat(quad, 8);
    c0 = i32x4.relaxed_dot_i8x16_i7x16_add_s(y0, x, c0); c1 = i32x4.relaxed_dot_i8x16_i7x16_add_s(y1, x, c1);
    x = v128.load32_splat(quad, 12);
    d0 = i32x4.relaxed_dot_i8x16_i7x16_add_s(y0, x, d0); d1 = i32x4.relaxed_dot_i8x16_i7x16_add_s(y1, x, d1);
  }
  let cut = v128.load32_splat(cuts);
  a0 = i32x4.gt_s(a0, cut); a1 = i32x4.gt_s(a1, cut);
  cut = v128.load32_splat(cuts, 4);
  b0 = i32x4.gt_s(b0, cut); b1 = i32x4.gt_s(b1, cut);
  cut = v128.load32_splat(cuts, 8);
  c0 = i32x4.gt_s(c0, cut); c1 = i32x4.gt_s(c1, cut);
  cut = v128.load32_splat(cuts, 12);
  d0 = i32x4.gt_s(d0, cut); d1 = i32x4.gt_s(d1, cut);
  const any = v128.or(v128.or(v128.or(a0, a1), v128.or(b0, b1)), v128.or(v128.or(c0, c1), v128.or(d0, d1)));
  if (!v128.any_true(any)) return false;
  wait(i32x4.bitmask(a0) | i32x4.bitmask(a1) << 4, order, waiting, sizes);
  wait(i32x4.bitmask(b0) | i32x4.bitmask(b1) << 4, order, waiting + WAITING_BYTES, sizes + 4);
  wait(i32x4.bitmask(c0) | i32x4.bitmask(c1) << 4, order, waiting + 2 * WAITING_BYTES, sizes + 8);
  wait(i32x4.bitmask(d0) | i32x4.bitmask(d1) << 4, order, waiting + 3 * WAITING_BYTES, sizes + 12);
  return true;
}

/** Adds the columns of a panel whose bits are set. */
// @ts-ignore: decorator
@inline
function wait(bits: i32, order: usize, waiting: usize, size: usize): void {
  let n = load<i32>(size);
  for (; bits != 0; bits &= bits - 1) {
    store<u32>(waiting + (<usize>n << 2), load<u32>(order + (<usize>ctz(bits) << 2)));
    n++;
  }
  store<i32>(size, n);
}

/** Scores `size` columns for a row and offers them to its list. */
function scoreAll(query: Query, row: i32, columns: usize, size: i32, scores: usize): void {
  for (let n = 0; n < size; n += 8, columns += 32) {
    const width = min(8, size - n);
    score8(query, row, columns, width, scores);
    for (let at = 0; at < width; at++) {
      offerTo(query, row, load<u32>(columns + (<usize>at << 2)), load<f64>(scores + (<usize>at << 3)));
    }
  }
}

/** Scores (8, f64) of up to 8 columns for a row, each added up by factor: eight sums that wait for nobody. */
function score8(query: Query, row: i32, columns: usize, width: i32, scores: usize): void {
  const bytes = <usize>query.factors << 2, all = query.columns;
  let x = query.rows + <usize>row * bytes;
  // Where there are fewer columns, one stands in for the rest.
  const last = <usize>(width - 1) << 2;
  let a = all + <usize>load<u32>(columns) * bytes, b = all + <usize>load<u32>(columns + min<usize>(4, last)) * bytes;
  let c = all + <usize>load<u32>(columns + min<usize>(8, last)) * bytes, d = all + <usize>load<u32>(columns + min<usize>(12, last)) * bytes;
  let e = all + <usize>load<u32>(columns + min<usize>(16, last)) * bytes, f = all + <usize>load<u32>(columns + min<usize>(20, last)) * bytes;
  let g = all + <usize>load<u32>(columns + min<usize>(24, last)) * bytes, h = all + <usize>load<u32>(columns + min<usize>(28, last)) * bytes;
  let ab = f64x2.splat(0), cd = ab, ef = ab, gh = ab;
  for (const end = x + (bytes & ~7); x < end; x += 8, a += 8, b += 8, c += 8, d += 8, e += 8, f += 8, g += 8, h += 8) {
    const value = f64x2.promote_low_f32x4(v128.load64_zero(x));
    ab = addTwo(ab, products(value, a), products(value, b));
    cd = addTwo(cd, products(value, c), products(value, d));
    ef = addTwo(ef, products(value, e), products(value, f));
    gh = addTwo(gh, products(value, g), products(value, h));
  }
  if ((bytes & 7) != 0) {
    const value = <f64>load<f32>(x);
    ab = addOne(ab, value, a, b); cd = addOne(cd, value, c, d); ef = addOne(ef, value, e, f); gh = addOne(gh, value, g, h);
  }
  v128.store(scores, ab); v128.store(scores, cd, 16); v128.store(scores, ef, 32); v128.store(scores, gh, 48);
}

/** Of two factors of a row and a column: exact. */
// @ts-ignore: decorator
@inline
function products(value: v128, column: usize): v128 {
  return f64x2.mul(value, f64x2.promote_low_f32x4(v128.load64_zero(column)));
}

/** Adds the products of two factors to the sums of two columns, one factor after the other. */
// @ts-ignore: decorator
@inline
function addTwo(sums: v128, p: v128, q: v128): v128 {
  sums = f64x2.add(sums, v128.shuffle<f64>(p, q, 0, 2));
  return f64x2.add(sums, v128.shuffle<f64>(p, q, 1, 3));
}

// @ts-ignore: decorator
@inline
function addOne(sums: v128, value: f64, p: usize, q: usize): v128 {
  const both = f64x2.replace_lane(f64x2.splat(<f64>load<f32>(p)), 1, <f64>load<f32>(q));
  return f64x2.add(sums, f64x2.mul(f64x2.splat(value), both));
}

function offerTo(query: Query, row: i32, column: u32, score: f64): void {
  if (score < leastOf(query, row) || query.listedOnly == 0 && isListed(query, row, column)) return;
  const list = <usize>row * <usize>query.k, size = query.sizes + (<usize>row << 2);
  store<i32>(size, offer(query.scores + (list << 3), query.items + (list << 2), load<i32>(size), query.k, score, column));
}

function isListed(query: Query, row: i32, column: u32): bool {
  const at = query.indptr + (<usize>row << 2), end = load<u32>(at, 4);
  let low = load<u32>(at), high = end;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (load<u32>(query.indices + (<usize>middle << 2)) < column) low = middle + 1;
    else high = middle;
  }
  return low < end && load<u32>(query.indices + (<usize>low << 2)) == column;
}
