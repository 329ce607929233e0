/** Exact nearest rows of a matrix by cosine: similar items, similar users. */
import type { Dense } from "../data/matrix.ts";
import { Best } from "./best.ts";
import { checkK, checkShape, type RankedList } from "./lists.ts";
import type { ItemMask } from "./mask.ts";
import { norm } from "./score.ts";

/** The rows of one matrix, their lengths measured once. */
export class Neighbours {
  readonly #rows: Dense;
  readonly #columns: number;
  /** rows; one over the length of each, 0 for a row of zeros, which is like nothing. */
  readonly inverse: Float64Array;

  /**
   * Compares the first `columns` columns of `rows` (rows x at least that many). `inverse` is that of
   * another `Neighbours` over the same. Throws `RangeError` where the matrix does not fit its shape.
   */
  constructor(rows: Dense, columns: number, inverse?: Float64Array) {
    checkShape("rows to compare", rows);
    this.#rows = rows;
    this.#columns = columns;
    this.inverse = inverse ?? Float64Array.from({ length: rows.rows }, (_, row) => {
      const length = norm(rows.data, row * rows.cols, columns);
      return length === 0 ? 0 : 1 / length;
    });
  }

  /** The `k` rows most like row `row`, itself left out, and what `mask` keeps out: as `nearest`. */
  nearestTo(row: number, k: number, mask?: ItemMask): RankedList {
    const { cols, data } = this.#rows;
    return this.nearest(data.subarray(row * cols, (row + 1) * cols), k, { without: row, mask });
  }

  /**
   * The `k` rows of the largest cosine to `vector` (its first columns count), without row `without` and
   * those that `mask` keeps out: cosine descending, then row ascending. None where the vector is zero; rows of zeros are never
   * among them. Throws `RangeError` where k is not a count from 1, or the vector is too short.
   */
  nearest(
    vector: Float32Array,
    k: number,
    { without, mask }: { readonly without?: number; readonly mask?: ItemMask | undefined } = {},
  ): RankedList {
    checkK(k);
    const { rows, cols, data } = this.#rows;
    const n = this.#columns;
    const inverse = this.inverse;
    if (vector.length < n) {
      throw new RangeError(`The vector has ${vector.length} factors, the model has learned ${n}`);
    }
    const length = norm(vector, 0, n);
    const unit = Float64Array.from(vector.subarray(0, n), (value) => value / length);
    const best = new Best(Math.min(k, rows));
    const offer = (cosine: number, row: number): void => {
      if (row === without || inverse[row] === 0) return;
      // What is left out is asked last: few rows come so far.
      if (best.admits(cosine, row) && (mask === undefined || mask.has(row))) best.add(cosine, row);
    };
    // Four rows at a time: four independent sums hide the latency of the additions. A vector of zeros
    // is like no row.
    for (let row = 0; row < (length === 0 ? 0 : rows); row += 4) {
      // Past the end of the matrix the last row stands in, and is not offered.
      const a = row * cols;
      const b = row + 1 < rows ? a + cols : a;
      const c = row + 2 < rows ? b + cols : b;
      const d = row + 3 < rows ? c + cols : c;
      let sa = 0, sb = 0, sc = 0, sd = 0;
      for (let f = 0; f < n; f++) {
        const x = unit[f]!;
        sa += x * data[a + f]!;
        sb += x * data[b + f]!;
        sc += x * data[c + f]!;
        sd += x * data[d + f]!;
      }
      sa *= inverse[row]!;
      sb *= inverse[row + 1] ?? NaN;
      sc *= inverse[row + 2] ?? NaN;
      sd *= inverse[row + 3] ?? NaN;
      if (sa >= best.threshold) offer(sa, row);
      if (sb >= best.threshold) offer(sb, row + 1);
      if (sc >= best.threshold) offer(sc, row + 2);
      if (sd >= best.threshold) offer(sd, row + 3);
    }
    const list = { items: new Uint32Array(best.size), scores: new Float64Array(best.size) };
    best.drain(list.items, list.scores, 0);
    return list;
  }
}
