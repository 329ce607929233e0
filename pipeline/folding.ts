/** Rows of one model told by ids: who is in it by what they bought, and who is not by a basket. */
import { explain, type Terms } from "./als/explain.ts";
import { FoldIn } from "./als/foldin.ts";
import type { Model } from "./als/model.ts";
import type { Row } from "./als/row_solver.ts";
import { fittedParams } from "./config/fitted.ts";
import { type Basket, type BasketItem, type Buyer, type Continued, rowOf } from "./data/basket.ts";

/** A row with its factors. */
export interface FactoredRow {
  /** personalized: a user's own factors, as fitted. folded_in: solved from the row. */
  readonly kind: "personalized" | "folded_in";
  /** What it was solved from; for a user of the model, what it was fitted on. */
  readonly row: Row;
  /** As long as the rows of the model's own side. */
  readonly factors: Float32Array;
  /** Ids that the model does not know. */
  readonly unknown: readonly string[];
}

/** Folds baskets and items into one model; starts when first asked. */
export class Folding {
  readonly #model: Model;
  readonly #userIndex: ReadonlyMap<string, number>;
  readonly #itemIndex: ReadonlyMap<string, number>;
  readonly #gram: Float64Array | undefined;
  #foldIn: FoldIn | undefined;
  #possible: boolean | undefined;

  /** Folds into `model`, whose ids stand at these indices; `gram` as of `FoldIn`. */
  constructor(
    model: Model,
    userIndex: ReadonlyMap<string, number>,
    itemIndex: ReadonlyMap<string, number>,
    gram?: Float64Array,
  ) {
    this.#gram = gram;
    this.#model = model;
    this.#userIndex = userIndex;
    this.#itemIndex = itemIndex;
  }

  /** Whether anything can be folded in: the model is ALS, and says how it was fitted. */
  get possible(): boolean {
    return this.#possible ??= this.#canFold();
  }

  #canFold(): boolean {
    try {
      fittedParams(this.#model.manifest.params);
      return true;
    } catch (error) {
      if (error instanceof RangeError) return false;
      throw error;
    }
  }

  /** Whoever is meant: a user of the model by id, who has this basket, or a user who bought since. */
  of(who: string | Basket | Continued): FactoredRow {
    if (typeof who === "string") return this.user(who);
    return isContinued(who) ? this.#continued(who) : this.basket(who);
  }

  /** The user who has this basket. Throws as `rowOf` and `fittedParams` do. */
  basket(basket: Basket): FactoredRow {
    const { interactions, now, unknown } = this.#basketRow(basket);
    const row = this.#ready().basketRow(interactions, now);
    return { kind: "folded_in", row, factors: this.#ready().userFactors(row), unknown };
  }

  /** The user by all purchases, old and new. Where the model knows no item of the new ones, as fitted. */
  #continued({ user, since }: Continued): FactoredRow {
    const index = this.#userIndex.get(user);
    if (index === undefined) return this.basket(since);
    const { interactions, now, unknown } = this.#basketRow(since);
    if (interactions.item.length === 0) return { ...this.user(user), unknown };
    const moments = { now, fittedAt: this.#latest() };
    const row = this.#ready().continuedRow(index, interactions, moments);
    return { kind: "folded_in", row, factors: this.#ready().userFactors(row), unknown };
  }

  #basketRow(basket: Basket) {
    return rowOf(basket, ({ item }: BasketItem) => item, {
      name: "item",
      index: this.#itemIndex,
      latest: this.#latest(),
    });
  }

  /** A user of the model as it was fitted; without entries where the id is unknown. */
  user(id: string): FactoredRow {
    const index = this.#userIndex.get(id);
    if (index === undefined) return { ...this.basket([]), kind: "personalized" };
    const { cols, data } = this.#model.userFactors;
    const factors = data.subarray(index * cols, (index + 1) * cols);
    return { kind: "personalized", row: this.#ready().userRow(index), factors, unknown: [] };
  }

  /** The item that has these buyers. Throws as `basket` does. */
  item(buyers: readonly (string | Buyer)[]): FactoredRow {
    const { interactions, now, unknown } = rowOf(buyers, ({ user }: Buyer) => user, {
      name: "user",
      index: this.#userIndex,
      latest: this.#latest(),
    });
    const row = this.#ready().buyersRow(interactions, now);
    return { kind: "folded_in", row, factors: this.#ready().itemFactors(row), unknown };
  }

  /** The terms of `score`, the inner product of a user's factors with those of item `item`. */
  terms({ row, factors }: FactoredRow, item: number, score: number): Terms {
    return explain(this.#ready(), this.#model, { row, user: factors, item, score });
  }

  #ready(): FoldIn {
    return this.#foldIn ??= new FoldIn(
      this.#model,
      fittedParams(this.#model.manifest.params),
      this.#gram,
    );
  }

  /** Time of the latest purchase of the fit, in seconds since 1970 UTC. */
  #latest(): number | undefined {
    const { fittedUntil } = this.#model.manifest;
    return fittedUntil === undefined ? undefined : Date.parse(fittedUntil) / 1000;
  }
}

function isContinued(who: Basket | Continued): who is Continued {
  return typeof who === "object" && who !== null && "since" in who;
}
