/** What is served now: the model, swapped whole, and the purchases that came after it. */
import type { Manifest } from "../pipeline/als/manifest.ts";
import type { Recommender } from "../pipeline/recommender.ts";

/** A purchase that was posted to the server: an entry of a basket to fold in. */
export interface PurchaseEvent {
  readonly item: string;
  readonly quantity: number;
  readonly time: Date;
}

/** What is known of users beside the model: all that answering asks of the event store. */
export interface PurchaseEvents {
  /** A user's purchases since; without waiting, so that a request can ask. */
  of(user: string): readonly PurchaseEvent[];
  /** Whether the user asked to be forgotten: then the model's own purchases count no more. */
  isDeleted(user: string): boolean;
}

/** Where they come from: what is new depends on the model. */
export interface EventSource {
  /** What the model of this manifest was not trained on. */
  viewOf(manifest: Pick<Manifest, "ingest">): PurchaseEvents;
}

/** All that one request answers from. It takes one at its start and asks for nothing newer. */
export interface Snapshot {
  readonly recommender: Recommender;
  /** The model's digest, which every answer names; "" for one that was never saved. */
  readonly version: string;
  readonly events: PurchaseEvents | undefined;
}

/** The model that answers now. Whoever takes a snapshot gets answers of one model. */
export class CurrentRecommender {
  readonly #events: EventSource | undefined;
  #current: Snapshot | undefined;

  constructor(recommender?: Recommender, events?: EventSource) {
    this.#events = events;
    if (recommender !== undefined) this.swap(recommender);
  }

  /** `undefined` until a model is loaded. */
  get current(): Recommender | undefined {
    return this.#current?.recommender;
  }

  /** What a request that begins now answers from; `undefined` until a model is loaded. */
  snapshot(): Snapshot | undefined {
    return this.#current;
  }

  /** Requests that come later get the new model; those that run keep theirs. */
  swap(recommender: Recommender): void {
    const { manifest } = recommender.model;
    const events = this.#events?.viewOf(manifest);
    this.#current = { recommender, version: manifest.model, events };
  }
}

/** Asks for a few lists of each kind, so that the first request meets compiled code. */
export function warmUp(recommender: Recommender): void {
  for (const ask of warmingCalls(recommender)) ask();
}

/** The calls of `warmUp`, for who has other work to do between them. */
export function warmingCalls(recommender: Recommender): readonly (() => void)[] {
  const { users, items } = recommender.model;
  const calls: (() => void)[] = users.slice(0, 16).map((user) => () => recommender.recommend(user));
  const [item] = items;
  if (item === undefined) return calls;
  calls.push(() => recommender.similar(item.id));
  // Fold-in sums up all items once; a model of another kind than ALS has none.
  if (recommender.foldsIn) calls.push(() => recommender.recommendFor([item.id]));
  return calls;
}
