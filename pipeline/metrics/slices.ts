/** Slices: the same lists judged by groups of users, and of the items that are relevant. */
import type { Interactions } from "../data/interactions.ts";
import type { Item } from "../data/items.ts";
import { type Csr, rowIndices } from "../data/matrix.ts";
import {
  groupItems,
  type GroupName,
  groupUsers,
  namedGroup,
  quantileRanges,
  rangeGroup,
  rangeOf,
  type SliceGroup,
} from "./slice_groups.ts";
import type { TestSet } from "./test_set.ts";

export interface SliceOptions {
  /** Quantile groups. */
  readonly groups: number;
  /** Of items; "brand" is one of them. */
  readonly attributes: readonly string[];
  /** Values of an attribute that get a group of their own. */
  readonly largest: number;
}

export type SliceBy = "activity" | "popularity" | "age" | "attribute";

export interface Slice {
  readonly by: SliceBy;
  /** Its name; null for the others. */
  readonly attribute: string | null;
  /** What the groups are, and what a figure of one means. */
  readonly definition: string;
  /** Of the ranges; null where the groups are no ranges. */
  readonly unit: string | null;
  /** None of them without users. */
  readonly groups: readonly SliceGroup[];
}

export interface SliceData {
  readonly set: TestSet;
  readonly train: Interactions;
  /** users x items, net of returns. */
  readonly trainPairs: Csr;
  readonly items: readonly Item[];
}

const OF_USERS = "Mean over the group's users.";
const OF_ITEMS =
  "A user's relevant items are those of the group; users are those who have one. Lists and candidates stay the same, so an item of another group takes a place and is no hit.";
const SHARED = "The groups share the test set's relevant pairs as evenly as equal values let them.";
const DAY = 86_400;

/**
 * The slices of a test set: by user activity, item popularity, item age (where training has times) and
 * by each attribute; one that leaves nothing to tell apart (an attribute that no relevant item has) is
 * left out. Throws `RangeError` for an attribute that the catalogue has not.
 */
export function makeSlices(options: SliceOptions, data: SliceData): Slice[] {
  const slices = [byActivity(options, data), byPopularity(options, data)];
  const age = byAge(options, data);
  if (age) slices.push(age);
  for (const attribute of new Set(options.attributes)) {
    slices.push(byAttribute(attribute, options, data));
  }
  return slices
    .map((slice) => ({ ...slice, groups: slice.groups.filter(({ rows }) => rows.length > 0) }))
    .filter(({ groups }) => groups.some(({ kind }) => kind === "range" || kind === "value"));
}

function byActivity({ groups }: SliceOptions, { set, trainPairs }: SliceData): Slice {
  const bought = Uint32Array.from(set.users, (user) => rowIndices(trainPairs, user).length);
  const ranges = quantileRanges(bought, groups);
  const groupOf = Int32Array.from(bought, (count) => rangeOf(ranges, count));
  return {
    by: "activity",
    attribute: null,
    definition:
      `Users by the number of distinct items that they bought in training. The groups share the test users as evenly as equal values let them. ${OF_USERS}`,
    unit: "items bought in training",
    groups: groupUsers(set.relevant, groupOf, ranges.map(rangeGroup)),
  };
}

function byPopularity({ groups }: SliceOptions, { set, trainPairs }: SliceData): Slice {
  const buyers = new Uint32Array(set.relevant.cols);
  for (const item of trainPairs.indices) if (item < buyers.length) buyers[item]!++;
  return {
    by: "popularity",
    attribute: null,
    definition:
      `Items by the number of users who bought them in training. ${SHARED} What nobody bought there is a group of its own. ${OF_ITEMS}`,
    unit: "training buyers",
    groups: byRange(set.relevant, groups, (item) => buyers[item]! > 0 ? buyers[item]! : undefined),
  };
}

function byAge({ groups }: SliceOptions, { set, train }: SliceData): Slice | undefined {
  const { time, item } = train;
  if (time === undefined) return undefined;
  const first = new Float64Array(Math.max(train.items, set.relevant.cols)).fill(Infinity);
  let latest = -Infinity;
  for (let at = 0; at < item.length; at++) {
    first[item[at]!] = Math.min(first[item[at]!]!, time[at]!);
    latest = Math.max(latest, time[at]!);
  }
  return {
    by: "age",
    attribute: null,
    definition:
      `Items by whole days from their first purchase in training to the latest purchase there. ${SHARED} What nobody bought there is a group of its own. ${OF_ITEMS}`,
    unit: "days",
    groups: byRange(
      set.relevant,
      groups,
      (item) => first[item] === Infinity ? undefined : Math.floor((latest - first[item]!) / DAY),
    ),
  };
}

/** Items in quantile ranges of a value; those without one are unknown to training. */
function byRange(
  relevant: Csr,
  count: number,
  valueOf: (item: number) => number | undefined,
): SliceGroup[] {
  const values: number[] = [];
  for (const item of relevant.indices) {
    const value = valueOf(item);
    if (value !== undefined) values.push(value);
  }
  const ranges = quantileRanges(Uint32Array.from(values), count);
  const names = [...ranges.map(rangeGroup), namedGroup("unknown", "not bought in training")];
  const groupOf = Int32Array.from({ length: relevant.cols }, (_, item) => {
    const value = valueOf(item);
    return value === undefined ? ranges.length : rangeOf(ranges, value);
  });
  return groupItems(relevant, groupOf, names);
}

function byAttribute(
  attribute: string,
  { largest }: SliceOptions,
  { set: { relevant }, items }: SliceData,
): Slice {
  const known = Object.keys(items[0]?.attributes ?? {});
  if (attribute !== "brand" && items.length > 0 && !known.includes(attribute)) {
    throw new RangeError(
      `evaluate.slices.attributes has "${attribute}", which items do not have: ` +
        `take of ${["brand", ...known].join(", ")}`,
    );
  }
  const valueOf = (item: number) =>
    (attribute === "brand" ? items[item]?.brand : items[item]?.attributes[attribute]) ?? null;
  const pairs = new Map<string, number>();
  for (const item of relevant.indices) {
    const value = valueOf(item);
    if (value !== null) pairs.set(value, (pairs.get(value) ?? 0) + 1);
  }
  const order = [...pairs].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
  const own = new Map(order.slice(0, largest).map(([value], group) => [value, group]));
  const names: GroupName[] = [...own.keys()].map((value) => namedGroup("value", value));
  const rest = order.length - own.size;
  names.push(namedGroup("other", `${rest} other ${rest === 1 ? "value" : "values"}`));
  names.push(namedGroup("missing", "none"));
  const groupOf = Int32Array.from({ length: relevant.cols }, (_, item) => {
    const value = valueOf(item);
    return value === null ? own.size + 1 : own.get(value) ?? own.size;
  });
  return {
    by: "attribute",
    attribute,
    definition:
      `Items by their ${attribute}. The ${largest} values with the most relevant pairs are groups of their own, all other values are one, items without a value another. ${OF_ITEMS}`,
    unit: null,
    groups: groupItems(relevant, groupOf, names),
  };
}
