/** The public API of the library: models, and the pipeline with the artifacts that its stages write. */
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
export { type Factors, factorsFormat } from "./data/formats.ts";
export { type Interactions, pairs } from "./data/interactions.ts";
export type { Item } from "./data/items.ts";
export { type Csr, type Dense, rowIndices } from "./data/matrix.ts";
export type { CatalogueItem, Purchase } from "./data/memory.ts";
export { interactionsFormat, itemsFormat, usersFormat } from "./data/parquet.ts";
export { type IngestReport, reportFormat } from "./data/report.ts";
export { splitFormat, type SplitSummary } from "./data/split.ts";
export { historyFormat, type TrainHistory } from "./als/history.ts";
export type { Observer, Reporter } from "./engine/effects.ts";
export type { Format } from "./engine/stage.ts";
export { type Evaluation, evaluationFormat } from "./metrics/evaluation.ts";
export { type PerUser, perUserFormat } from "./metrics/per_user.ts";
export { fit, type RecommenderOptions } from "./fitting.ts";
export type { ItemFilter, UserFilter } from "./filters.ts";
export { load, Recommender } from "./recommender.ts";
export { type PipelineOptions, type PipelineRun, runPipeline } from "./run_pipeline.ts";
