/** Recommendations from a trained model: what a program or a server asks. */
import { learnedColumns, loadModel, type Model, saveModel } from "./als/model.ts";
import type {
  BasketRecommendation,
  BoughtItem,
  Explanation,
  FoldedItem,
  Recommendation,
  ScoredItem,
  ScoredUser,
} from "./answers.ts";
import type { Basket, Buyer, Continued } from "./data/basket.ts";
import type { Item } from "./data/items.ts";
import { rowIndices } from "./data/matrix.ts";
import { Filters, type ItemFilter, type UserFilter } from "./filters.ts";
import { type FactoredRow, Folding } from "./folding.ts";
import { byBuyers, type Prepared } from "./prepared.ts";
import { checkK, type RankedList } from "./topk/lists.ts";
import type { ItemMask } from "./topk/mask.ts";
import { Neighbours } from "./topk/neighbours.ts";
import { norm, score } from "./topk/score.ts";
import { TopKIndex } from "./topk/topk.ts";

/** Where ids stand in a model. */
export interface Indices {
  readonly users: ReadonlyMap<string, number>;
  readonly items: ReadonlyMap<string, number>;
}

/** Answers from one model. It never changes, so answers belong together. */
export class Recommender {
  /** What it answers from. */
  readonly model: Model;
  readonly #userIndex: ReadonlyMap<string, number>;
  readonly #itemIndex: ReadonlyMap<string, number>;
  /** Items that somebody bought, most buyers first, then by index. */
  readonly #popular: Uint32Array;
  readonly #folding: Folding;
  readonly #filters: Filters;
  // Made when first asked for: not every program does.
  #index: TopKIndex | undefined;
  #itemNeighbours: Neighbours | undefined;
  #userNeighbours: Neighbours | undefined;

  /**
   * Answers from a model that `loadModel` or `fit` made. With what another thread has prepared of it
   * nothing here takes long.
   */
  constructor(model: Model, prepared?: Prepared & Indices) {
    this.model = model;
    this.#userIndex = prepared?.users ?? new Map(model.users.map((id, index) => [id, index]));
    this.#itemIndex = prepared?.items ?? new Map(model.items.map(({ id }, index) => [id, index]));
    this.#folding = new Folding(model, this.#userIndex, this.#itemIndex, prepared?.gram);
    this.#filters = new Filters(model.items, this.#itemIndex);
    this.#popular = prepared?.popular ?? byBuyers(model);
    if (prepared === undefined) return;
    this.#index = new TopKIndex(prepared.catalogue);
    const learned = learnedColumns(model);
    this.#itemNeighbours = new Neighbours(model.itemFactors, learned, prepared.inverse);
  }

  /** Whether `recommendFor`, `explain` and `foldInItem` answer: not every model can fold in. */
  get foldsIn(): boolean {
    return this.#folding.possible;
  }

  /** Whether the model has an item of this id. */
  hasItem(id: string): boolean {
    return this.#itemIndex.has(id);
  }

  /** The item of this id; `undefined` where the model has none. */
  item(id: string): Item | undefined {
    const index = this.#itemIndex.get(id);
    return index === undefined ? undefined : this.model.items[index];
  }

  /** What a user bought before the model was fitted, by item index; none for one that it does not have. */
  bought(user: string): readonly BoughtItem[] {
    const { seen: { indptr, indices, values }, items } = this.model;
    const row = this.#userIndex.get(user);
    if (row === undefined) return [];
    const [from, to] = [indptr[row]!, indptr[row + 1]!];
    return Array.from(indices.subarray(from, to), (index, n) => ({
      ...items[index]!,
      quantity: values[from + n]!,
    }));
  }

  /** What a filter asks for that no item of the model has, as `color "pink"`. */
  unknownIn(filter: ItemFilter): readonly string[] {
    return this.#filters.unknown(filter);
  }

  /**
   * The exact top `n` among all items that the user has not bought, by inner product of the factors,
   * and that `filter` lets in; popular ones of them for a user without purchases. Throws `RangeError`
   * where n is not a count from 1.
   */
  recommend(user: string, n = 5, filter: UserFilter = {}): Recommendation {
    const { userFactors, seen } = this.model;
    const index = this.#userIndex.get(user);
    const bought = index === undefined ? undefined : rowIndices(seen, index);
    // A user known only from outside the fit's purchases has zero factors: those rank nothing.
    if (index === undefined || bought === undefined || bought.length === 0) {
      return { kind: "popular", items: this.popular(n, filter) };
    }
    const { cols, data } = userFactors;
    const vector = data.subarray(index * cols, (index + 1) * cols);
    return { kind: "personalized", items: this.#ranked(vector, n, filter, bought) };
  }

  /**
   * The exact top `n` for purchases that the model was not fitted on: a visitor's cart, what a new
   * customer bought, or, by `user` and `since`, what a user of the model bought and returned afterwards,
   * together with what they had. The factors are those that a half-step of ALS would give for these
   * purchases; what was bought is left out, as `filter` says. Ids that the model does not know are
   * reported and take no part; where nothing else is left, popular items. A user who has nothing new
   * that the model knows keeps the factors of the fit: the list is personalized.
   *
   * The first fold-in of a model takes longer than later ones: it sums up all items. Throws
   * `RangeError` where n is not a count from 1, where a quantity or time is no number, or where the
   * model is another than ALS or does not say how it was fitted, and `TypeError` where an entry is of
   * another type.
   */
  recommendFor(of: Basket | Continued, n = 5, filter: UserFilter = {}): BasketRecommendation {
    checkK(n);
    const { kind, row: { indices: bought }, factors, unknown } = this.#folding.of(of);
    // Items that nobody bought have zero factors, and so has a basket of nothing but such.
    if (norm(factors, 0, learnedColumns(this.model)) === 0) {
      const items = this.#mostBought(n, this.#filters.mask(filter, bought));
      return { kind: "popular", items, unknown };
    }
    return { kind, items: this.#ranked(factors, n, filter, bought), unknown };
  }

  /**
   * Why `item` has its score for a user of the model (an id), for a basket, or for a user who bought
   * since: what each purchase contributes. Throws `RangeError` for an item, or a user with purchases, that the model does not
   * have: there is no score to explain; and as `recommendFor` does.
   */
  explain(of: string | Basket | Continued, item: string): Explanation {
    const [explanation] = this.explainAll(of, [item]);
    return explanation!;
  }

  /** As `explain`, for many items: the system of the user's purchases is factored once. */
  explainAll(
    of: string | Basket | Continued,
    items: readonly string[],
  ): readonly Explanation[] {
    const targets = items.map((item) => {
      const target = this.#itemIndex.get(item);
      if (target !== undefined) return target;
      throw new RangeError(`Item ${JSON.stringify(item)} is not in the model: it has no score`);
    });
    const user = this.#folding.of(of);
    if (user.row.indices.length === 0) {
      throw new RangeError(
        (typeof of === "string"
          ? `User ${JSON.stringify(of)} has no purchases in the model`
          : "No item of the basket is in the model") +
          ": only popular items can be shown, whose scores are their numbers of buyers",
      );
    }
    return targets.map((target) => this.#explained(user, target));
  }

  #explained(user: FactoredRow, target: number): Explanation {
    const { items, itemFactors: { cols, data } } = this.model;
    const total = score(user.factors, 0, data, target * cols, cols);
    const { shares, trend, other } = this.#folding.terms(user, target, total);
    return {
      kind: user.kind,
      item: { ...items[target]!, score: total },
      contributions: shares.map(({ item, ...share }) => ({ ...items[item]!, ...share })),
      trend,
      other,
      unknown: user.unknown,
    };
  }

  /**
   * Factors for an item that the model does not have, from who bought it: to hand to `similar`, or to
   * multiply with a user's. Buyers that the model does not know are reported and take no part. Throws
   * as `recommendFor` does.
   */
  foldInItem(buyers: readonly (string | Buyer)[]): FoldedItem {
    const { factors, unknown } = this.#folding.item(buyers);
    return { factors, unknown };
  }

  /**
   * The `n` items most like an item (its id, or factors of `foldInItem`) by the cosine of their
   * learned factors (that two sell well of late does not make them alike), itself left out and what
   * `filter` keeps out; none for an item that nobody bought or that is not in the model. Throws
   * `RangeError` where n is not a count from 1, or the factors are too few.
   */
  similar(
    item: string | Float32Array,
    n = 5,
    filter: ItemFilter = {},
  ): readonly ScoredItem[] {
    checkK(n);
    const { itemFactors } = this.model;
    const neighbours = this.#itemNeighbours ??= new Neighbours(
      itemFactors,
      learnedColumns(this.model),
    );
    const mask = this.#filters.mask(filter);
    if (typeof item !== "string") return this.#describe(neighbours.nearest(item, n, { mask }));
    const index = this.#itemIndex.get(item);
    return index === undefined ? [] : this.#describe(neighbours.nearestTo(index, n, mask));
  }

  /**
   * The `n` users most like a user by the cosine of their learned factors, themselves left out; none
   * for a user without purchases or that is not in the model. Throws `RangeError` where n is not a
   * count from 1.
   */
  similarUsers(user: string, n = 5): readonly ScoredUser[] {
    checkK(n);
    const { userFactors, users } = this.model;
    const neighbours = this.#userNeighbours ??= new Neighbours(
      userFactors,
      learnedColumns(this.model),
    );
    const index = this.#userIndex.get(user);
    if (index === undefined) return [];
    const { items, scores } = neighbours.nearestTo(index, n);
    return Array.from(items, (other, rank) => ({ id: users[other]!, score: scores[rank]! }));
  }

  /**
   * The `n` items with the most buyers that `filter` lets in, for somebody who has bought nothing.
   * Throws `RangeError` where n is not a count from 1.
   */
  popular(n = 5, filter: UserFilter = {}): readonly ScoredItem[] {
    return this.#mostBought(n, this.#filters.mask(filter, NONE));
  }

  /** Writes the model to the folder `dir`; throws as `saveModel` does. */
  async save(dir: string): Promise<void> {
    await saveModel(dir, this.model);
  }

  #mostBought(n: number, mask: ItemMask | undefined): readonly ScoredItem[] {
    checkK(n);
    let items = this.#popular.subarray(0, n);
    if (mask !== undefined) {
      const some: number[] = [];
      for (const index of this.#popular) {
        if (some.length === n) break;
        if (mask.has(index)) some.push(index);
      }
      items = Uint32Array.from(some);
    }
    const scores = Float64Array.from(items, (index) => this.model.popularity[index]!);
    return this.#describe({ items, scores });
  }

  /** The exact top `n` by inner product with `vector` (factors) of what the filter lets in. */
  #ranked(vector: Float32Array, n: number, filter: UserFilter, bought: Uint32Array): ScoredItem[] {
    this.#index ??= new TopKIndex(this.model.itemFactors);
    return this.#describe(this.#index.topK(vector, this.#filters.listed(n, filter, bought)));
  }

  #describe({ items, scores }: RankedList): ScoredItem[] {
    return Array.from(items, (index, rank) => ({
      ...this.model.items[index]!,
      score: scores[rank]!,
    }));
  }
}

/** Loads the model in the folder `dir`; throws as `loadModel` does. */
export async function load(dir: string): Promise<Recommender> {
  return new Recommender(await loadModel(dir));
}

const NONE = new Uint32Array(0);
