/** The public API of the library. */
export type { Manifest, Model } from "./als/model.ts";
export type { FitOptions, FitParams } from "./als/fit.ts";
export type { CatalogueItem, Purchase } from "./data/memory.ts";
export type { Item } from "./data/items.ts";
export type { Csr, Dense } from "./data/matrix.ts";
export {
  fit,
  load,
  type Recommendation,
  Recommender,
  type RecommenderOptions,
  type ScoredItem,
} from "./recommender.ts";
