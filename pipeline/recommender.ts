/** Recommendations from a trained model: what a program or a server asks. */
import { createHash } from "node:crypto";
import type { FitOptions, FitParams } from "./als/fit.ts";
import { buyers, learnedColumns, loadModel, type Model, saveModel } from "./als/model.ts";
import { pairs } from "./data/interactions.ts";
import { RESOURCES, trainSchema } from "./config/train.ts";
import type { Item } from "./data/items.ts";
import { rowIndices } from "./data/matrix.ts";
import { type CatalogueItem, type Purchase, tablesOf } from "./data/memory.ts";
import { Best } from "./topk/best.ts";
import { checkK, type RankedList } from "./topk/lists.ts";
import { norm, score } from "./topk/score.ts";
import { TopKIndex, type TopKOptions } from "./topk/topk.ts";

/** An item with the score that ranked it. */
export interface ScoredItem extends Item {
  /** An inner product, a cosine or a number of buyers: larger is better. */
  readonly score: number;
}

/** A list for one user, best first: shorter than asked for where fewer items are left. */
export interface Recommendation {
  /** popular: the user has no purchases, and scores are numbers of buyers. */
  readonly kind: "personalized" | "popular";
  /** Best first. */
  readonly items: readonly ScoredItem[];
}

/** Answers from one model. It never changes, so answers belong together. */
export class Recommender {
  /** What it answers from. */
  readonly model: Model;
  readonly #userIndex: ReadonlyMap<string, number>;
  readonly #itemIndex: ReadonlyMap<string, number>;
  /** Items that somebody bought, most buyers first, then by index. */
  readonly #popular: readonly number[];
  // Made when first asked for: not every program does.
  #index: TopKIndex | undefined;

  /** Answers from a model that `loadModel` or `fit` made. */
  constructor(model: Model) {
    this.model = model;
    this.#userIndex = new Map(model.users.map((id, index) => [id, index]));
    this.#itemIndex = new Map(model.items.map(({ id }, index) => [id, index]));
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
   * The `n` items most like an item by the cosine of their learned factors (that two sell well of
   * late does not make them alike), itself left out; none for an item that nobody bought. Throws
   * `RangeError` where n is not a count from 1.
   */
  similar(item: string, n = 5): readonly ScoredItem[] {
    checkK(n);
    const { rows, cols, data } = this.model.itemFactors;
    const index = this.#itemIndex.get(item);
    const learned = learnedColumns(this.model);
    const length = index === undefined ? 0 : norm(data, index * cols, learned);
    if (index === undefined || length === 0) return [];
    const best = new Best(Math.min(n, rows));
    for (let other = 0; other < rows; other++) {
      const otherLength = norm(data, other * cols, learned);
      if (other === index || otherLength === 0) continue;
      const dot = score(data, index * cols, data, other * cols, learned);
      const cosine = dot / (length * otherLength);
      if (best.admits(cosine, other)) best.add(cosine, other);
    }
    const list = { items: new Uint32Array(best.size), scores: new Float64Array(best.size) };
    best.drain(list.items, list.scores, 0);
    return this.#describe(list);
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
    manifest: {
      version: 1,
      model: "",
      data: digestOf(JSON.stringify([users, items, toPlain(interactions)])),
      split: "none",
      params: { ...params },
      files: {},
      integerItemIds,
      fittedOn: "all",
      sweeps: history.chosen,
      trendColumns: params.trend === null ? 0 : 1,
      metricsFittedOn: "train",
      metrics: {},
      baselines: {},
      versions: { deno: Deno.version.deno, solver: history.solver },
    },
  });
}

/** The config's own checks: a mistyped or impossible option must not fit another model than meant. */
function parseParams(given: Partial<FitParams>): FitParams {
  const parsed = trainSchema.omit({ ...RESOURCES, model: true, init: true, earlyStopping: true })
    .safeParse(given);
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
