/** Recommendations from a trained model: what a program or a server asks. */
import { createHash } from "node:crypto";
import { biasColumnsOf } from "./als/biases.ts";
import type { FitOptions, FitParams } from "./als/fit.ts";
import { buyers, learnedColumns, loadModel, type Model, saveModel } from "./als/model.ts";
import { decayedConfidence } from "./als/weights.ts";
import type {
  BasketRecommendation,
  Explanation,
  FoldedItem,
  Recommendation,
  ScoredItem,
  ScoredUser,
} from "./answers.ts";
import { RESOURCES, trainRules, trainSchema } from "./config/train.ts";
import type { Basket, Buyer } from "./data/basket.ts";
import { latestText, pairs } from "./data/interactions.ts";
import { rowIndices } from "./data/matrix.ts";
import { type CatalogueItem, type Purchase, tablesOf } from "./data/memory.ts";
import { Folding } from "./folding.ts";
import { checkK, type RankedList } from "./topk/lists.ts";
import { Neighbours } from "./topk/neighbours.ts";
import { norm, score } from "./topk/score.ts";
import { TopKIndex, type TopKOptions } from "./topk/topk.ts";

/** Answers from one model. It never changes, so answers belong together. */
export class Recommender {
  /** What it answers from. */
  readonly model: Model;
  readonly #userIndex: ReadonlyMap<string, number>;
  readonly #itemIndex: ReadonlyMap<string, number>;
  /** Items that somebody bought, most buyers first, then by index. */
  readonly #popular: readonly number[];
  readonly #folding: Folding;
  // Made when first asked for: not every program does.
  #index: TopKIndex | undefined;
  #itemNeighbours: Neighbours | undefined;
  #userNeighbours: Neighbours | undefined;

  /** Answers from a model that `loadModel` or `fit` made. */
  constructor(model: Model) {
    this.model = model;
    this.#userIndex = new Map(model.users.map((id, index) => [id, index]));
    this.#itemIndex = new Map(model.items.map(({ id }, index) => [id, index]));
    this.#folding = new Folding(model, this.#userIndex, this.#itemIndex);
    const { popularity } = model;
    this.#popular = model.items.map((_, index) => index)
      .filter((index) => popularity[index]! > 0)
      .sort((a, b) => popularity[b]! - popularity[a]! || a - b);
  }

  /**
   * The exact top `n` among all items that the user has not bought, by inner product of the factors;
   * popular items for a user without purchases. Throws `RangeError` where n is not a count from 1.
   */
  recommend(user: string, n = 5): Recommendation {
    const { userFactors, seen } = this.model;
    const index = this.#userIndex.get(user);
    const bought = index === undefined ? undefined : rowIndices(seen, index);
    // A user known only from outside the fit's purchases has zero factors: those rank nothing.
    if (index === undefined || bought === undefined || bought.length === 0) {
      return { kind: "popular", items: this.popular(n) };
    }
    const { cols, data } = userFactors;
    const vector = data.subarray(index * cols, (index + 1) * cols);
    const list = this.#ranked(vector, { k: n, exclude: bought });
    return { kind: "personalized", items: this.#describe(list) };
  }

  /**
   * The exact top `n` for purchases that the model was not fitted on: a visitor's cart, or what a new
   * customer bought. The basket's factors are those that its own half-step of ALS would give; what it
   * holds is left out. Ids that the model does not know are reported and take no part; where nothing
   * else is left, popular items.
   *
   * The first fold-in of a model takes longer than later ones: it sums up all items. Throws
   * `RangeError` where n is not a count from 1, where a quantity or time is no number, or where the
   * model is another than ALS or does not say how it was fitted, and `TypeError` where an entry is of
   * another type.
   */
  recommendFor(basket: Basket, n = 5): BasketRecommendation {
    checkK(n);
    const { row, factors, unknown } = this.#folding.basket(basket);
    // Items that nobody bought have zero factors, and so has a basket of nothing but such.
    if (norm(factors, 0, learnedColumns(this.model)) === 0) {
      return { kind: "popular", items: this.popular(n), unknown };
    }
    const list = this.#ranked(factors, { k: n, exclude: row.indices });
    return { kind: "folded_in", items: this.#describe(list), unknown };
  }

  /**
   * Why `item` has its score for a user of the model (an id) or for a basket: what each purchase
   * contributes. Throws `RangeError` for an item, or a user with purchases, that the model does not
   * have: there is no score to explain; and as `recommendFor` does.
   */
  explain(of: string | Basket, item: string): Explanation {
    const target = this.#itemIndex.get(item);
    if (target === undefined) {
      throw new RangeError(`Item ${JSON.stringify(item)} is not in the model: it has no score`);
    }
    const user = typeof of === "string" ? this.#folding.user(of) : this.#folding.basket(of);
    if (user.row.indices.length === 0) {
      throw new RangeError(
        (typeof of === "string"
          ? `User ${JSON.stringify(of)} has no purchases in the model`
          : "No item of the basket is in the model") +
          ": only popular items can be shown, whose scores are their numbers of buyers",
      );
    }
    const { cols, data } = this.model.itemFactors;
    const total = score(user.factors, 0, data, target * cols, cols);
    const terms = this.#folding.terms(user, target, total);
    return {
      kind: typeof of === "string" ? "personalized" : "folded_in",
      item: { ...this.model.items[target]!, score: total },
      contributions: terms.shares.map(({ item, ...share }) => ({
        ...this.model.items[item]!,
        ...share,
      })),
      trend: terms.trend,
      other: terms.other,
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
   * learned factors (that two sell well of late does not make them alike), itself left out; none for
   * an item that nobody bought or that is not in the model. Throws `RangeError` where n is not a count
   * from 1, or the factors are too few.
   */
  similar(item: string | Float32Array, n = 5): readonly ScoredItem[] {
    checkK(n);
    const { itemFactors } = this.model;
    const neighbours = this.#itemNeighbours ??= new Neighbours(
      itemFactors,
      learnedColumns(this.model),
    );
    if (typeof item !== "string") return this.#describe(neighbours.nearest(item, n));
    const index = this.#itemIndex.get(item);
    return index === undefined ? [] : this.#describe(neighbours.nearestTo(index, n));
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

  /** The `n` items with the most buyers. Throws `RangeError` where n is not a count from 1. */
  popular(n = 5): readonly ScoredItem[] {
    checkK(n);
    const items = this.#popular.slice(0, n);
    return this.#describe({
      items: Uint32Array.from(items),
      scores: Float64Array.from(items, (index) => this.model.popularity[index]!),
    });
  }

  /** Writes the model to the folder `dir`; throws as `saveModel` does. */
  async save(dir: string): Promise<void> {
    await saveModel(dir, this.model);
  }

  /** The exact top k of all items by inner product with `vector` (factors). */
  #ranked(vector: Float32Array, options: TopKOptions): RankedList {
    this.#index ??= new TopKIndex(this.model.itemFactors);
    return this.#index.topK(vector, options);
  }

  #describe({ items, scores }: RankedList): ScoredItem[] {
    return Array.from(items, (index, rank) => ({
      ...this.model.items[index]!,
      score: scores[rank]!,
    }));
  }
}

/** How to fit: params as `train` in the config, with its defaults, all iterations done; effects. */
export interface RecommenderOptions
  extends Partial<FitParams>, Pick<FitOptions, "report" | "signal" | "threads"> {
  /** Names and brands of the items. */
  readonly items?: Iterable<CatalogueItem>;
}

/**
 * Fits a model to purchases. Throws `RangeError` for an option that is unknown or out of range, and as
 * `tablesOf` and `fit` of `als/fit.ts` do.
 */
export async function fit(
  purchases: Iterable<Purchase>,
  options: RecommenderOptions = {},
): Promise<Recommender> {
  const { items: catalogue, report, signal, threads, ...given } = options;
  const params = parseParams(given);
  const { interactions, users, items, integerItemIds } = tablesOf(purchases, catalogue);
  // Whoever only loads a model must not wait for a solver.
  const als = await import("./als/fit.ts");
  const { factors, history } = await als.fit(interactions, params, { report, signal, threads });
  const seen = pairs(interactions);
  return new Recommender({
    userFactors: factors.user,
    itemFactors: factors.item,
    users,
    items,
    seen,
    popularity: buyers(seen),
    confidence: decayedConfidence(interactions, params),
    manifest: {
      version: 1,
      model: "",
      data: digestOf(JSON.stringify([users, items, toPlain(interactions)])),
      split: "none",
      params: { ...params },
      files: {},
      integerItemIds,
      fittedOn: "all",
      fittedUntil: latestText(interactions),
      sweeps: history.chosen,
      trendColumns: params.trend === null ? 0 : 1,
      biasColumns: biasColumnsOf(params.model),
      metricsFittedOn: "train",
      metrics: {},
      baselines: {},
      versions: { deno: Deno.version.deno, solver: history.solver },
    },
  });
}

/** The config's own checks: a mistyped or impossible option must not fit another model than meant. */
function parseParams(given: Partial<FitParams>) {
  const parsed = trainSchema.omit({ ...RESOURCES, init: true, earlyStopping: true })
    .superRefine(trainRules).safeParse(given);
  if (parsed.success) return parsed.data;
  const reasons = parsed.error.issues.map(({ path, message }) => [...path, message].join(": "));
  throw new RangeError(`The options of the fit are not usable: ${reasons.join("; ")}`);
}

/** Loads the model in the folder `dir`; throws as `loadModel` does. */
export async function load(dir: string): Promise<Recommender> {
  return new Recommender(await loadModel(dir));
}

function toPlain(columns: object): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(columns).map(([k, v]) => [k, ArrayBuffer.isView(v) ? digestOf(bytesOf(v)) : v]),
  );
}

function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

function digestOf(content: string | Uint8Array): string {
  return `sha256:${createHash("sha256").update(content).digest("hex")}`;
}
