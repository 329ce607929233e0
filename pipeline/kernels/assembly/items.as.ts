// Lists by an item-item model: a user's score of item i is base_i + sum over their items j of w_j B_ji, in float64,
// added up in that order by ascending j. The product of two float32 is exact in float64, so that a fused multiply-add
// gives the bits of a multiplication and an addition.
import { offer, sortBest } from "./best.as";

/** Columns of a packed panel of the dense matrix. */
const PANEL = 16;
/** Users who pass over a panel together. */
const TOGETHER = 32;

export function panelWidth(): i32 {
  return PANEL;
}

export function usersTogether(): i32 {
  return TOGETHER;
}

/** Scratch of `rankSparse`: a score each item. */
export function sparseScratch(items: i32): usize {
  return <usize>items << 3;
}

/** Scratch of `rankDense`: also the scores of the covered items of a block of users. */
export function denseScratch(items: i32, panels: i32): usize {
  return (<usize>items << 3) + <usize>TOGETHER * ((<usize>panels * PANEL) << 3);
}

/**
 * Lists for rows first .. last by a sparse matrix.
 *
 * @param ownPtr, ownItem, ownValue rows: what each has, u32, u32, f32
 * @param base items, f64
 * @param toPtr, toItem, toValue the matrix by rows j
 * @param listPtr, listItem rows: items that may not be listed, or the only ones that may
 * @param sizes, outItem, outScore out: rows, rows x k
 */
export function rankSparse(
  first: i32, last: i32, _block: i32, scratch: usize,
  ownPtr: usize, ownItem: usize, ownValue: usize, items: i32, base: usize,
  toPtr: usize, toItem: usize, toValue: usize,
  listPtr: usize, listItem: usize, listedOnly: i32,
  k: i32, sizes: usize, outItem: usize, outScore: usize,
): void {
  for (let row = first; row < last; row++) {
    memory.copy(scratch, base, <usize>items << 3);
    const own = ownPtr + (<usize>row << 2);
    for (let p = <usize>load<u32>(own) << 2, end = <usize>load<u32>(own, 4) << 2; p < end; p += 4) {
      const weight = <f64>load<f32>(ownValue + p), from = toPtr + (<usize>load<u32>(ownItem + p) << 2);
      for (let q = <usize>load<u32>(from) << 2, to = <usize>load<u32>(from, 4) << 2; q < to; q += 4) {
        const score = scratch + (<usize>load<u32>(toItem + q) << 3);
        store<f64>(score, load<f64>(score) + weight * <f64>load<f32>(toValue + q));
      }
    }
    keepBest(scratch, items, row, listPtr, listItem, listedOnly, k, sizes, outItem, outScore);
  }
}

/**
 * The same by a dense matrix among `count` covered items: `covered` (u32, ascending) says which they are, `ownItem`
 * counts among them, and all others keep their base.
 *
 * @param matrix panels of 16 columns, f32, each count x 16
 * @param panelBase what covered items start from, f64, panels x 16
 */
export function rankDense(
  first: i32, last: i32, _block: i32, scratch: usize,
  ownPtr: usize, ownItem: usize, ownValue: usize, items: i32, base: usize,
  covered: usize, count: i32, matrix: usize, panelBase: usize,
  listPtr: usize, listItem: usize, listedOnly: i32,
  k: i32, sizes: usize, outItem: usize, outScore: usize,
): void {
  const panels = (count + PANEL - 1) / PANEL, width = <usize>panels * (PANEL << 3);
  const sums = scratch + (<usize>items << 3);
  for (let start = first; start < last; start += TOGETHER) {
    const stop = min(start + TOGETHER, last);
    for (let c = 0; c < panels; c++) {
      const panel = matrix + <usize>c * (<usize>count << 6), from = panelBase + <usize>c * (PANEL << 3);
      for (let row = start; row < stop; row++) {
        const own = ownPtr + (<usize>row << 2), p = <usize>load<u32>(own) << 2, end = <usize>load<u32>(own, 4) << 2;
        addRows(panel, ownItem + p, ownItem + end, ownValue + p, from, sums + <usize>(row - start) * width + <usize>c * (PANEL << 3));
      }
    }
    for (let row = start; row < stop; row++) {
      memory.copy(scratch, base, <usize>items << 3);
      const own = sums + <usize>(row - start) * width;
      for (let n: usize = 0; n < <usize>count; n++) {
        store<f64>(scratch + (<usize>load<u32>(covered + (n << 2)) << 3), load<f64>(own + (n << 3)));
      }
      keepBest(scratch, items, row, listPtr, listItem, listedOnly, k, sizes, outItem, outScore);
    }
  }
}

/** out (16) = base + sum of weight times the rows of a panel. */
// @ts-ignore: decorator
@inline
function addRows(panel: usize, index: usize, end: usize, weight: usize, base: usize, out: usize): void {
  let s0 = v128.load(base), s1 = v128.load(base, 16), s2 = v128.load(base, 32), s3 = v128.load(base, 48);
  let s4 = v128.load(base, 64), s5 = v128.load(base, 80), s6 = v128.load(base, 96), s7 = v128.load(base, 112);
  for (; index < end; index += 4, weight += 4) {
    const row = panel + (<usize>load<u32>(index) << 6), w = f64x2.splat(<f64>load<f32>(weight));
    s0 = f64x2.relaxed_madd(w, f64x2.promote_low_f32x4(v128.load64_zero(row)), s0);
    s1 = f64x2.relaxed_madd(w, f64x2.promote_low_f32x4(v128.load64_zero(row, 8)), s1);
    s2 = f64x2.relaxed_madd(w, f64x2.promote_low_f32x4(v128.load64_zero(row, 16)), s2);
    s3 = f64x2.relaxed_madd(w, f64x2.promote_low_f32x4(v128.load64_zero(row, 24)), s3);
    s4 = f64x2.relaxed_madd(w, f64x2.promote_low_f32x4(v128.load64_zero(row, 32)), s4);
    s5 = f64x2.relaxed_madd(w, f64x2.promote_low_f32x4(v128.load64_zero(row, 40)), s5);
    s6 = f64x2.relaxed_madd(w, f64x2.promote_low_f32x4(v128.load64_zero(row, 48)), s6);
    s7 = f64x2.relaxed_madd(w, f64x2.promote_low_f32x4(v128.load64_zero(row, 56)), s7);
  }
  v128.store(out, s0); v128.store(out, s1, 16); v128.store(out, s2, 32); v128.store(out, s3, 48);
  v128.store(out, s4, 64); v128.store(out, s5, 80); v128.store(out, s6, 96); v128.store(out, s7, 112);
}

/** The best k of a row's scores among its candidates. */
function keepBest(
  scores: usize, items: i32, row: i32, listPtr: usize, listItem: usize, listedOnly: i32,
  k: i32, sizes: usize, outItem: usize, outScore: usize,
): void {
  const own = listPtr + (<usize>row << 2), list = <usize>row * <usize>k;
  const toItem = outItem + (list << 2), toScore = outScore + (list << 3);
  let at = listItem + (<usize>load<u32>(own) << 2), size = 0;
  const end = listItem + (<usize>load<u32>(own, 4) << 2);
  if (listedOnly != 0) {
    for (; at < end; at += 4) {
      const item = load<u32>(at);
      size = offer(toScore, toItem, size, k, load<f64>(scores + (<usize>item << 3)), item);
    }
  } else {
    let next = at < end ? load<u32>(at) : <u32>items;
    for (let item: u32 = 0; item < <u32>items; item++) {
      if (item == next) {
        at += 4;
        next = at < end ? load<u32>(at) : <u32>items;
        continue;
      }
      const score = load<f64>(scores + (<usize>item << 3));
      // Items ascend: an equal score comes too late.
      if (size == k && score <= load<f64>(toScore)) continue;
      size = offer(toScore, toItem, size, k, score, item);
    }
  }
  sortBest(toScore, toItem, size);
  store<i32>(sizes + (<usize>row << 2), size);
}
