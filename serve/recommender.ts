/** What the server needs of the model: the current one, swapped whole, and the answer's shape. */
import type { Recommender } from "../pipeline/recommender.ts";
import type { RecoResponse } from "./schemas.ts";

/** The model that answers now. Whoever takes `current` once gets answers of one model. */
export class CurrentRecommender {
  #current: Recommender | undefined;

  constructor(recommender?: Recommender) {
    this.#current = recommender;
  }

  /** `undefined` until a model is loaded. */
  get current(): Recommender | undefined {
    return this.#current;
  }

  /** Requests that come later get the new model; those that run keep theirs. */
  swap(next: Recommender): void {
    this.#current = next;
  }
}

/** How many items an answer holds at most. */
const SIZE = 5;

/** A user's top items in the shape of the service that this one replaces, and what they are. */
export function answer(
  recommender: Recommender,
  user: string,
): { readonly kind: "personalized" | "popular"; readonly body: RecoResponse } {
  const { kind, items } = recommender.recommend(user, SIZE);
  const ids = items.map(({ id }) => id);
  return {
    kind,
    body: [{
      score: items.map(({ score }) => score),
      catalog_item_name: items.map(({ name }) => name),
      catalog_item_id: recommender.model.manifest.integerItemIds ? ids.map(Number) : ids,
      brand_name: items.map(({ brand }) => brand),
    }],
  };
}

/** Answers a few requests unasked, so that the first real one meets compiled code. */
export function warmUp(recommender: Recommender): void {
  for (const user of recommender.model.users.slice(0, 16)) answer(recommender, user);
}
