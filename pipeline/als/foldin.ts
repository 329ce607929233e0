/**
 * Fold-in: factors for a user or an item that the model was not fitted on, from its purchases, by the
 * half-step that a sweep would take for it, the other side held fixed (Hu, Koren, Volinsky 2008,
 * equations 4 and 5). Confidence and regularization are those of the fit.
 */
import { type Interactions, pairs } from "../data/interactions.ts";
import { type Csr, rowIndices } from "../data/matrix.ts";
import { continuedEntries, type Moments } from "./continued.ts";
import { learnedColumns, type Model } from "./model.ts";
import { type Row, RowSolver } from "./row_solver.ts";
import {
  lambdaOf,
  popularityScale,
  type RegularizationParams,
  weigh,
  type WeightParams,
} from "./weights.ts";

/** How the model was fitted, so far as it decides a row's solution. */
export type FoldInParams = WeightParams & RegularizationParams;

/** Folds rows into one model. */
export class FoldIn {
  readonly #model: Model;
  readonly #params: FoldInParams;
  /** Solves users against the items. */
  readonly users: RowSolver;
  /** Solves items against the users. */
  readonly items: RowSolver;
  /** What stands behind the learned columns of every user: nothing, or the trend's constant. */
  readonly #userTail: Float32Array;
  /** What confidence is scaled by, by an item's number of buyers. */
  readonly #scale: (buyers: number) => number;

  /** Folds into `model`, which was fitted by `params`. `gram` is that of `users`, where it is known. */
  constructor(model: Model, params: FoldInParams, gram?: Float64Array) {
    const { userFactors, itemFactors, seen } = model;
    const learned = learnedColumns(model);
    this.#model = model;
    this.#params = params;
    this.users = new RowSolver(itemFactors, learned, gram);
    this.items = new RowSolver(userFactors, learned);
    this.#scale = popularityScale(model.popularity, params.popularityExponent);
    // A user without purchases may be all zeros: one with a purchase has the constant.
    const user = Math.max(0, seen.indptr.findIndex((end) => end > 0) - 1);
    const { cols, data } = userFactors;
    this.#userTail = data.slice(user * cols + learned, (user + 1) * cols);
  }

  /** The row of purchases of one user (users is 1), aged from `now` in seconds since 1970 UTC. */
  basketRow(interactions: Interactions, now: number): Row {
    const { items, popularity } = this.#model;
    const net = pairs(interactions);
    return this.#row(
      interactions,
      net,
      items.length,
      (item) => this.#scale(popularity[item]!),
      now,
    );
  }

  /** The row of purchases of one new item, told as those of one user: its items are the buyers. */
  buyersRow(interactions: Interactions, now: number): Row {
    const net = pairs(interactions);
    const scale = this.#scale(net.indices.length);
    return this.#row(interactions, net, this.#model.users.length, () => scale, now);
  }

  /** The row that user `u` of the model was fitted on. */
  userRow(u: number): Row {
    const { seen, confidence, items } = this.#model;
    const indices = rowIndices(seen, u);
    if (confidence === undefined) {
      return this.basketRow({
        users: 1,
        items: items.length,
        user: new Uint32Array(indices.length),
        item: indices,
        quantity: Float64Array.from(seen.values.subarray(seen.indptr[u]!, seen.indptr[u + 1]!)),
        time: undefined,
      }, 0);
    }
    return {
      indices,
      extra: confidence.subarray(seen.indptr[u]!, seen.indptr[u + 1]!),
      lambda: lambdaOf(indices.length, items.length, this.#params),
    };
  }

  /**
   * The row of user `u` of the model and what they bought since, `later` (users is 1), together: see
   * `continuedEntries` for what is not exact with a half-life.
   */
  continuedRow(u: number, later: Interactions, moments: Moments): Row {
    const { seen, confidence, items, popularity } = this.#model;
    const [from, to] = [seen.indptr[u]!, seen.indptr[u + 1]!];
    const known = {
      indices: rowIndices(seen, u),
      quantities: seen.values.subarray(from, to),
      extra: confidence?.subarray(from, to),
    };
    const scale = (item: number) => this.#scale(popularity[item]!);
    const { indices, extra } = continuedEntries(known, later, this.#params, scale, moments);
    return { indices, extra, lambda: lambdaOf(indices.length, items.length, this.#params) };
  }

  /**
   * The factors of a user with this row, as the model's own: learned columns, then what the model has
   * behind them. Throws `RangeError` where the numbers stop being finite.
   */
  userFactors(row: Row): Float32Array {
    const factors = new Float32Array(this.#model.userFactors.cols);
    factors.set(this.users.solve(row));
    factors.set(this.#userTail, this.users.factors);
    return factors;
  }

  /** The same for a new item, whose trend is not known: zero. */
  itemFactors(row: Row): Float32Array {
    const factors = new Float32Array(this.#model.itemFactors.cols);
    factors.set(this.items.solve(row));
    return factors;
  }

  #row(
    interactions: Interactions,
    net: Csr,
    others: number,
    scale: (at: number) => number,
    now: number,
  ): Row {
    // What has no time is of now: no half-life makes it less.
    const halfLife = interactions.time === undefined ? null : this.#params.halfLife;
    const params = { ...this.#params, halfLife };
    const { indices, values } = weigh(interactions, net, params, scale, now);
    return {
      indices,
      extra: values,
      lambda: lambdaOf(indices.length, others, this.#params),
    };
  }
}
