/** What an answer must be, by plain loops over the model: no mask, no pruning, no shared code. */
import type { Model } from "../../pipeline/als/model.ts";
import type { Item } from "../../pipeline/data/items.ts";
import type { UserFilter } from "../../pipeline/filters.ts";

/** An item of a list, as answers have it. */
export interface Ranked extends Item {
  readonly score: number;
}

/** Ids of what a user bought. */
export function boughtBy({ seen, users, items }: Model, user: string): Set<string> {
  const u = users.indexOf(user);
  if (u < 0) return new Set();
  const indices = seen.indices.subarray(seen.indptr[u]!, seen.indptr[u + 1]!);
  return new Set(Array.from(indices, (index) => items[index]!.id));
}

/** Whether an item passes. */
export function passes(item: Item, filter: UserFilter, bought: ReadonlySet<string>): boolean {
  const { exclude, only, brands, attributes = {} } = filter;
  if (exclude?.includes(item.id)) return false;
  if (only !== undefined && !only.includes(item.id)) return false;
  if (brands !== undefined && !(item.brand !== null && brands.includes(item.brand))) return false;
  for (const [name, values] of Object.entries(attributes)) {
    const value = Object.hasOwn(item.attributes, name) ? item.attributes[name] : null;
    if (value === null || value === undefined || !values.includes(value)) return false;
  }
  if (filter.bought === "only") return bought.has(item.id);
  return filter.bought === "include" || !bought.has(item.id);
}

/** The best n of what passes, by a score of each item; NaN leaves an item out. */
export function best(
  { items }: Model,
  n: number,
  scoreOf: (index: number) => number,
  pass: (item: Item) => boolean,
): Ranked[] {
  return items.map((item, index) => ({ item, index, score: scoreOf(index) }))
    .filter(({ item, score }) => !Number.isNaN(score) && pass(item))
    .sort((a, b) => b.score - a.score || a.index - b.index)
    .slice(0, n)
    .map(({ item, score }) => ({ ...item, score }));
}

/** A user's list: by inner product in float64, popular items where nothing was bought. */
export function listOf(
  model: Model,
  user: string,
  n: number,
  filter: UserFilter,
): { kind: "personalized" | "popular"; items: Ranked[] } {
  const bought = boughtBy(model, user);
  if (bought.size === 0) return { kind: "popular", items: popularOf(model, n, filter) };
  const { userFactors: x, itemFactors: y } = model;
  const u = model.users.indexOf(user);
  const score = (index: number) => {
    let sum = 0;
    for (let f = 0; f < x.cols; f++) sum += x.data[u * x.cols + f]! * y.data[index * y.cols + f]!;
    return sum;
  };
  return {
    kind: "personalized",
    items: best(model, n, score, (item) => passes(item, filter, bought)),
  };
}

/** Popular items for somebody who bought nothing. */
export function popularOf(model: Model, n: number, filter: UserFilter): Ranked[] {
  const buyers = (index: number) => model.popularity[index]! > 0 ? model.popularity[index]! : NaN;
  return best(model, n, buyers, (item) => passes(item, filter, new Set()));
}
