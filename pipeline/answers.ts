/** What a `Recommender` answers. */
import type { Item } from "./data/items.ts";

/** An item with the score that ranked it. */
export interface ScoredItem extends Item {
  /** An inner product, a cosine or a number of buyers: larger is better. */
  readonly score: number;
}

/** An item that a user bought. */
export interface BoughtItem extends Item {
  /** Pieces, returns taken off. */
  readonly quantity: number;
}

/** A user with the score that ranked them. */
export interface ScoredUser {
  /** As in the purchases. */
  readonly id: string;
  /** A cosine: larger is better. */
  readonly score: number;
}

/** A list for one user, best first: shorter than asked for where fewer items are left. */
export interface Recommendation {
  /** popular: the user has no purchases, and scores are numbers of buyers. */
  readonly kind: "personalized" | "popular";
  /** Best first. */
  readonly items: readonly ScoredItem[];
}

/** A list for a basket, best first: shorter than asked for where fewer items are left. */
export interface BasketRecommendation {
  /**
   * folded_in: by factors of the purchases that were given. personalized: by those of the fit, where a
   * user of the model has nothing new that it knows. popular: nothing is known of any item, and scores
   * are numbers of buyers.
   */
  readonly kind: "personalized" | "folded_in" | "popular";
  /** Best first. */
  readonly items: readonly ScoredItem[];
  /** Ids of the basket that are not in the model: they took no part. */
  readonly unknown: readonly string[];
}

/** What one purchase adds to a score. */
export interface Contribution extends Item {
  /** How much the purchase counts in the fit: 1 + alpha * f(r). */
  readonly confidence: number;
  /** Of this item to the explained one, as the user's other purchases leave it. */
  readonly similarity: number;
  /** confidence * similarity; below zero where the purchase speaks against the item. */
  readonly contribution: number;
}

/** Why an item has its score: all contributions, `trend` and `other` add up to it. */
export interface Explanation {
  /** personalized: of a user's fitted factors. folded_in: of those of a basket. */
  readonly kind: "personalized" | "folded_in";
  /** What is explained, with the score that a list of recommendations shows. */
  readonly item: ScoredItem;
  /** One for each purchase, the largest first. */
  readonly contributions: readonly Contribution[];
  /** What the item's recent popularity adds; zero for a model without a trend column. */
  readonly trend: number;
  /**
   * What purchases do not explain: how far the fitted factors of a user are from what their purchases
   * give beside the items' factors as they are now. For a basket only the rounding to float32.
   */
  readonly other: number;
  /** Ids of the basket that are not in the model: they took no part. */
  readonly unknown: readonly string[];
}

/** A new item, from its buyers. */
export interface FoldedItem {
  /** As long as a row of the model's item factors; zeros where none of its buyers is known. */
  readonly factors: Float32Array;
  /** Ids of buyers that are not in the model: they took no part. */
  readonly unknown: readonly string[];
}
