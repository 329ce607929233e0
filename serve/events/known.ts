/** What is known of a user: by the model, by the events since, by both. */
import type { Basket, Continued } from "../../pipeline/data/basket.ts";
import type { UserFilter } from "../../pipeline/filters.ts";
import type { Snapshot } from "../recommender.ts";

/**
 * Whom to rank for, in the library's words: a user of the model as fitted, or with what they bought since,
 * or a basket of only that for one who was deleted; `undefined` for one of whom nothing may be used.
 */
export function knownOf(
  { events }: Pick<Snapshot, "events">,
  user: string,
): string | Basket | Continued | undefined {
  const since = events?.of(user) ?? [];
  if (events?.isDeleted(user)) return since.length === 0 ? undefined : since;
  return since.length === 0 ? user : { user, since };
}

/**
 * The filter for a model that nothing can be folded into: what was bought since is left out like the rest,
 * but cannot change the order, and what was returned stays left out.
 */
export function withoutSince(
  { events }: Pick<Snapshot, "events">,
  user: string,
  filter: UserFilter,
): UserFilter {
  const since = events?.of(user) ?? [];
  if (since.length === 0 || (filter.bought ?? "exclude") !== "exclude") return filter;
  const net = new Map<string, number>();
  for (const { item, quantity } of since) {
    net.set(item, (net.get(item) ?? 0) + Math.round(quantity * 1000));
  }
  const bought = [...net].filter(([, thousandths]) => thousandths > 0).map(([item]) => item);
  return { ...filter, exclude: [...filter.exclude ?? [], ...bought] };
}
