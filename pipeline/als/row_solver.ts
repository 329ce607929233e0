/**
 * One row of a half-sweep, solved exactly against a side that stays as it is: the factors of a user
 * from what they bought, or of an item from who bought it. float64 throughout.
 *
 * With Y_b the fixed side's rows that the row has entries in (n x k), D = diag(c - 1) and
 * A = Y'Y + lambda I, the row is
 *
 *   x = (A + Y_b' D Y_b)^-1 Y_b' c
 *
 * Y'Y is made once. `primal` factors that k x k matrix. `dual` uses A = L L', factored once for each
 * lambda, and the n x n matrix of the same system (Woodbury): with V = Y_b L'^-1 and S = D^1/2,
 *
 *   (I + S V V' S) t = S^-1 c,   x = L'^-1 V' S t
 *
 * which costs less where n is below about half of k. Both give the same x but for rounding.
 */
import type { Dense } from "../data/matrix.ts";
import { cholesky } from "./cholesky.ts";
import { dot, solveLower, solveUpper } from "./triangular.ts";

/** The entries of one row, and its regularization. */
export interface Row {
  /** Rows of the fixed side, unique. */
  readonly indices: Uint32Array;
  /** The extra confidence c - 1 of each, not below zero. */
  readonly extra: Float32Array;
  /** Above zero. */
  readonly lambda: number;
}

/** Which system is solved: k x k or n x n. */
export type Form = "primal" | "dual";

/** What the Cholesky factors that are kept for `dual` may take, in values. */
const KEPT = 2 ** 21;

/** Stands for an extra confidence of zero, by which `dual` would divide. */
const NEXT_TO_NOTHING = 1e-200;

/** Solves rows against one fixed side. */
export class RowSolver {
  /** Length of a solution: the learned columns of the fixed side. */
  readonly factors: number;
  readonly #fixed: Dense;
  #gram: Float64Array | undefined;
  /** L of Y'Y + lambda I by lambda. */
  readonly #lower = new Map<number, Float64Array>();
  // Scratch, so that a row allocates nothing but its answer.
  readonly #a: Float64Array;
  /** n x k: V; the rows that are added next. */
  #rows = new Float64Array(0);
  /** n x n: the lower triangle of the dual system. */
  #small = new Float64Array(0);
  /** n: D^1/2. */
  #root = new Float64Array(0);
  /** Whose factored system the scratch holds: explaining a list asks for one row again and again. */
  #held: { readonly row: Row; readonly form: Form } | undefined;

  /**
   * Solves against the first `factors` columns of `fixed` (rows x at least that many). `gram` is that
   * of another solver of the same.
   */
  constructor(fixed: Dense, factors: number, gram?: Float64Array) {
    this.#fixed = fixed;
    this.factors = factors;
    this.#gram = gram;
    this.#a = new Float64Array(factors * factors);
  }

  /** Y'Y, its lower triangle (factors x factors); made when first asked for. */
  get gram(): Float64Array {
    if (this.#gram === undefined) {
      this.#gram = new Float64Array(this.factors * this.factors);
      this.#addProducts(this.#gram, Uint32Array.from({ length: this.#fixed.rows }, (_, r) => r));
    }
    return this.#gram;
  }

  /**
   * The factors of the row (k): zeros where it has no entry. `form` is the cheaper one unless given.
   * Throws `RangeError` where the numbers stop being finite.
   */
  solve(row: Row, form: Form = this.#cheaper(row)): Float64Array {
    const { indices, extra } = row;
    const n = indices.length;
    const k = this.factors;
    const x = new Float64Array(k);
    if (n === 0) return x;
    this.#factor(row, form);
    if (form === "primal") {
      const { cols, data } = this.#fixed;
      for (let e = 0; e < n; e++) addTo(x, 1 + extra[e]!, data, indices[e]! * cols);
      solveLower(this.#a, k, x);
      solveUpper(this.#a, k, x);
    } else {
      const t = Float64Array.from(extra, (d, e) => (1 + d) / this.#root[e]!);
      solveLower(this.#small, n, t);
      solveUpper(this.#small, n, t);
      for (let e = 0; e < n; e++) addTo(x, this.#root[e]! * t[e]!, this.#rows, e * k);
      solveUpper(this.#lowerOf(row.lambda), k, x);
    }
    if (!x.every(Number.isFinite)) throw notFinite(row);
    return x;
  }

  /**
   * For each entry (n) its similarity to the vector `target` (k values of the fixed side from `at`
   * on) as this row sees it: y_e' (A + Y_b' D Y_b)^-1 y. Confidence times similarity, summed over the
   * entries, is the inner product of the row's solution with `target` (Hu, Koren, Volinsky 2008,
   * section 5). Throws as `solve` does.
   */
  similarities(
    row: Row,
    target: Float32Array,
    at: number,
    form: Form = this.#cheaper(row),
  ): Float64Array {
    const n = row.indices.length;
    const k = this.factors;
    const s = new Float64Array(n);
    if (n === 0) return s;
    this.#factor(row, form);
    const z = Float64Array.from(target.subarray(at, at + k));
    if (form === "primal") {
      solveLower(this.#a, k, z);
      solveUpper(this.#a, k, z);
      const { cols, data } = this.#fixed;
      for (let e = 0; e < n; e++) {
        for (let f = 0, y = row.indices[e]! * cols; f < k; f++) s[e]! += z[f]! * data[y + f]!;
      }
    } else {
      // Y_b (A + Y_b' D Y_b)^-1 y = S^-1 (I + S V V' S)^-1 S V L^-1 y: nothing cancels.
      solveLower(this.#lowerOf(row.lambda), k, z);
      for (let e = 0; e < n; e++) s[e] = this.#root[e]! * dot(z, 0, this.#rows, e * k, k);
      solveLower(this.#small, n, s);
      solveUpper(this.#small, n, s);
      for (let e = 0; e < n; e++) s[e]! /= this.#root[e]!;
    }
    if (!s.every(Number.isFinite)) throw notFinite(row);
    return s;
  }

  /** By the multiplications that the two forms do not share. */
  #cheaper({ indices: { length: n } }: Row): Form {
    const k = this.factors;
    return n * n * (3 * k + n) < k * k * k ? "dual" : "primal";
  }

  /** Leaves the factored system of `row` in the scratch arrays. */
  #factor(row: Row, form: Form): void {
    if (this.#held?.row === row && this.#held.form === form) return;
    this.#held = undefined;
    if (!(form === "primal" ? this.#factorPrimal(row) : this.#factorDual(row))) {
      throw notFinite(row);
    }
    this.#held = { row, form };
  }

  /** Sets `#a` to the Cholesky factor of Y'Y + lambda I + Y_b' D Y_b. */
  #factorPrimal({ indices, extra, lambda }: Row): boolean {
    this.#regularized(lambda);
    this.#addProducts(this.#a, indices, extra);
    return cholesky(this.#a, this.factors);
  }

  /** Adds d y y' of each of the fixed side's rows `indices` to a lower triangle; d is 1 by default. */
  #addProducts(a: Float64Array, indices: Uint32Array, extra?: Float32Array): void {
    const k = this.factors;
    const y = this.#reserve(4 * k);
    const weight = (e: number) => e >= indices.length ? 0 : extra === undefined ? 1 : extra[e]!;
    // Four rows in one pass over the triangle: it is read and written a quarter as often.
    for (let e = 0; e < indices.length; e += 4) {
      const tile = indices.subarray(e, e + 4);
      this.#gather(tile);
      y.fill(0, tile.length * k, 4 * k);
      const d0 = weight(e), d1 = weight(e + 1), d2 = weight(e + 2), d3 = weight(e + 3);
      for (let i = 0; i < k; i++) {
        const row = i * k;
        const y0 = d0 * y[i]!, y1 = d1 * y[k + i]!;
        const y2 = d2 * y[2 * k + i]!, y3 = d3 * y[3 * k + i]!;
        for (let j = 0; j <= i; j++) {
          a[row + j]! += (y0 * y[j]! + y1 * y[k + j]!) + (y2 * y[2 * k + j]! + y3 * y[3 * k + j]!);
        }
      }
    }
  }

  /** Sets `#rows` to V, `#root` to the diagonal of S, `#small` to the factor of I + S V V' S. */
  #factorDual({ indices, extra, lambda }: Row): boolean {
    const n = indices.length;
    const k = this.factors;
    const lower = this.#lowerOf(lambda);
    const v = this.#reserve(n * k);
    if (this.#small.length < n * n) this.#small = new Float64Array(n * n);
    if (this.#root.length < n) this.#root = new Float64Array(n);
    this.#gather(indices);
    for (let e = 0; e < n; e++) {
      solveLower(lower, k, v, e * k);
      const root = Math.sqrt(Math.max(extra[e]!, NEXT_TO_NOTHING));
      this.#root[e] = root;
      for (let o = 0; o <= e; o++) {
        this.#small[e * n + o] = root * dot(v, e * k, v, o * k, k) * this.#root[o]!;
      }
      this.#small[e * n + e]! += 1;
    }
    return cholesky(this.#small, n);
  }

  /** `#rows` with room for `length` values. */
  #reserve(length: number): Float64Array {
    if (this.#rows.length < length) this.#rows = new Float64Array(length);
    return this.#rows;
  }

  /** Sets the first of `#rows` to the fixed side's rows `indices`. */
  #gather(indices: Uint32Array): void {
    const k = this.factors;
    const { cols, data } = this.#fixed;
    for (let e = 0, to = 0; e < indices.length; e++) {
      for (let f = 0, from = indices[e]! * cols; f < k; f++) this.#rows[to++] = data[from++]!;
    }
  }

  /** Sets `#a` to Y'Y + lambda I, its lower triangle. */
  #regularized(lambda: number): void {
    const k = this.factors;
    this.#a.set(this.gram);
    for (let i = 0; i < k; i++) this.#a[i * k + i]! += lambda;
  }

  /** L of Y'Y + lambda I = L L'. */
  #lowerOf(lambda: number): Float64Array {
    const known = this.#lower.get(lambda);
    if (known !== undefined) return known;
    const k = this.factors;
    this.#regularized(lambda);
    const lower = this.#a.slice();
    // A factor that is no number shows in the solution, which is checked.
    if (!cholesky(lower, k)) lower.fill(NaN);
    const [oldest] = this.#lower.keys();
    if (oldest !== undefined && (this.#lower.size + 1) * k * k > KEPT) this.#lower.delete(oldest);
    this.#lower.set(lambda, lower);
    return lower;
  }
}

/** Adds `weight` times the row of `m` that starts at `at` to x. */
function addTo(x: Float64Array, weight: number, m: Float32Array | Float64Array, at: number): void {
  for (let f = 0; f < x.length; f++) x[f]! += weight * m[at + f]!;
}

function notFinite({ indices, lambda }: Row): RangeError {
  return new RangeError(
    `The factors of a row of ${indices.length} entries are not finite at regularization ${lambda}: ` +
      `train again with a larger train.lambda, or a smaller train.alpha`,
  );
}
