import type { Interactions } from "../data/interactions.ts";
import { type ItemItemRanker, itemItemRanker } from "./rank_items.ts";
import { type ItemParams, weighted } from "./weighted.ts";

/**
 * The same model for the rows of `history`, users x items: what is known of users, held-out ones included, whom the
 * fit did not see. Weights and decay are those of the fit. Throws as `weighted` does.
 */
export function rankedFrom(
  { name, model, base }: ItemItemRanker,
  history: Interactions,
  params: ItemParams,
): ItemItemRanker {
  return itemItemRanker(
    name,
    model,
    weighted(history, params, `evaluate.baselines.${name}`).own,
    base,
  );
}
