/** Models whose score has biases keep them as columns, so that a score stays a plain inner product. */
export type ModelName = "als" | "lmf";

/** Columns behind the factors that hold biases: a user's are [bias, 1], an item's [1, bias]. */
export const BIAS_COLUMNS = 2;

/** How many columns of biases a model of this kind has behind its `train.factors`. */
export function biasColumnsOf(model: ModelName): 0 | typeof BIAS_COLUMNS {
  return model === "lmf" ? BIAS_COLUMNS : 0;
}
