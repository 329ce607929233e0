/** The public API of the library. */
export type { Manifest } from "./als/manifest.ts";
export type { Model } from "./als/model.ts";
export type { FitOptions, FitParams } from "./als/fit.ts";
export type { SolverName } from "./als/solvers.ts";
export type { TrendParams } from "./als/trend.ts";
export type { RegularizationParams, WeightParams } from "./als/weights.ts";
export type {
  BasketRecommendation,
  BoughtItem,
  Contribution,
  Explanation,
  FoldedItem,
  Recommendation,
  ScoredItem,
  ScoredUser,
} from "./answers.ts";
export type { Basket, BasketItem, Buyer, Continued } from "./data/basket.ts";
export type { Factors } from "./data/formats.ts";
export type { CatalogueItem, Purchase } from "./data/memory.ts";
export type { Item } from "./data/items.ts";
export type { Csr, Dense } from "./data/matrix.ts";
export { fit, type RecommenderOptions } from "./fitting.ts";
export type { ItemFilter, UserFilter } from "./filters.ts";
export { load, Recommender } from "./recommender.ts";
