/** Answers of one snapshot: lists of items, and all that says what each of them is. */
import type { Explanation, ScoredItem } from "../pipeline/answers.ts";
import type { Basket, Continued } from "../pipeline/data/basket.ts";
import type { ItemFilter, UserFilter } from "../pipeline/filters.ts";
import { knownOf, withoutSince } from "./events/known.ts";
import { failure } from "./problem.ts";
import type { Snapshot } from "./recommender.ts";
import type {
  Popular,
  Recommendation,
  RecommendedItem,
  Similar,
} from "./schemas/recommendation.ts";

/** What is asked for, of any list. */
export interface Wanted<Filter extends ItemFilter = ItemFilter> {
  /** Items at most. */
  readonly n: number;
  readonly filter: Filter;
  /** As in the answer's header. */
  readonly requestId: string;
}

/** What is asked for a user or a basket. */
export interface WantedFor extends Wanted<UserFilter> {
  readonly explain: boolean;
}

/** Contributions of an explanation that are shown one by one. */
const SHOWN = 10;

/**
 * A user's list, in the library's words: the one place that decides what is known of a user. Throws
 * `RangeError` where n is not a count from 1.
 */
export function listFor(
  snapshot: Snapshot,
  user: string,
  n: number,
  filter: UserFilter = {},
): { readonly kind: Recommendation["kind"]; readonly items: readonly ScoredItem[] } {
  const { recommender } = snapshot;
  const known = knownOf(snapshot, user);
  const left = recommender.foldsIn ? filter : withoutSince(snapshot, user, filter);
  if (typeof known === "object" && recommender.foldsIn) {
    return recommender.recommendFor(known, n, left);
  }
  return snapshot.events?.isDeleted(user)
    ? { kind: "popular", items: recommender.popular(n, left) }
    : recommender.recommend(user, n, left);
}

/** The answer for a user, known or not. */
export function forUser(snapshot: Snapshot, user: string, wanted: WantedFor): Recommendation {
  const { kind, items } = listFor(snapshot, user, wanted.n, wanted.filter);
  const of = kind === "popular" ? undefined : knownOf(snapshot, user);
  return {
    kind,
    user,
    ...provenance(snapshot, wanted),
    ...list(snapshot, wanted, explained(snapshot, wanted, of, items), []),
  };
}

/** The answer for a basket. Throws the problem to answer with where the model cannot fold in. */
export function forBasket(snapshot: Snapshot, basket: Basket, wanted: WantedFor): Recommendation {
  const { recommender } = snapshot;
  if (!recommender.foldsIn) {
    throw failure(409, "This model is of a kind that no basket can be folded into", {
      remedy: 'Train one of train.model "als", or ask for popular items',
    });
  }
  const { kind, items, unknown } = recommender.recommendFor(basket, wanted.n, wanted.filter);
  const of = kind === "popular" ? undefined : basket;
  return {
    kind,
    user: null,
    ...provenance(snapshot, wanted),
    ...list(snapshot, wanted, explained(snapshot, wanted, of, items), unknown),
  };
}

/** The items with the most buyers. */
export function popularItems(snapshot: Snapshot, wanted: Wanted): Popular {
  const items = snapshot.recommender.popular(wanted.n, wanted.filter);
  return {
    kind: "popular",
    ...provenance(snapshot, wanted),
    ...list(snapshot, wanted, items.map((item) => ({ ...item })), []),
  };
}

/** The items most like one. Throws the problem to answer with where the model does not have it. */
export function similarItems(snapshot: Snapshot, item: string, wanted: Wanted): Similar {
  const { recommender } = snapshot;
  if (!recommender.hasItem(item)) {
    throw failure(404, "The model has no item of this id", {
      remedy: "Ask for one that somebody bought before the model was trained",
    });
  }
  const items = recommender.similar(item, wanted.n, wanted.filter);
  return {
    kind: "similar",
    item,
    ...provenance(snapshot, wanted),
    ...list(snapshot, wanted, items.map((item) => ({ ...item })), []),
  };
}

function provenance({ recommender, version }: Snapshot, { requestId }: Wanted) {
  const { data, split } = recommender.model.manifest;
  return { model: version, data, split, requestId };
}

function list(
  { recommender }: Snapshot,
  { n, filter }: Wanted,
  items: RecommendedItem[],
  unknown: readonly string[],
) {
  const filters = recommender.unknownIn(filter);
  return {
    requested: n,
    returned: items.length,
    complete: items.length === n,
    shortage: items.length === n ? null : shortage(items.length, filters),
    unknown: { items: [...unknown], filters: [...filters] },
    items,
  };
}

function shortage(found: number, filters: readonly string[]): string {
  const left = found === 0 ? "No item is" : found === 1 ? "One item is" : `${found} items are`;
  const none = filters.length === 0 ? "" : `; no item of the model has ${filters.join(", ")}`;
  return `${left} left by what is filtered and what the model can rank${none}`;
}

/** Items with their explanations where they are asked for; popular ones have none. */
function explained(
  { recommender }: Snapshot,
  { explain }: WantedFor,
  of: string | Basket | Continued | undefined,
  items: readonly ScoredItem[],
): RecommendedItem[] {
  if (!explain || of === undefined || !recommender.foldsIn) {
    return items.map((item) => ({ ...item }));
  }
  const all = recommender.explainAll(of, items.map(({ id }) => id));
  return items.map((item, n) => ({ ...item, explanation: shown(all[n]!) }));
}

/** An explanation of a length that fits a page. */
function shown({ contributions, trend, other }: Explanation): RecommendedItem["explanation"] {
  return {
    contributions: contributions.slice(0, SHOWN).map(
      ({ id, name, confidence, similarity, contribution }) => ({
        ...{ id, name, confidence, similarity, contribution },
      }),
    ),
    rest: contributions.slice(SHOWN).reduce((sum, { contribution }) => sum + contribution, 0),
    trend,
    other,
  };
}
