/** One customer's last purchases and top-5: what figures cannot show. */
import { z } from "zod";
import { type Factors, jsonFormat } from "../data/formats.ts";
import type { Interactions } from "../data/interactions.ts";
import type { Item } from "../data/items.ts";
import { type Csr, rowIndices } from "../data/matrix.ts";
import { TopKIndex } from "../topk/topk.ts";

const item = z.strictObject({
  id: z.string(),
  name: z.string().nullable(),
  brand: z.string().nullable(),
});

export const exampleSchema = z.strictObject({
  customer: z.string(),
  /** Distinct items that the customer has bought in the training part. */
  bought: z.int().min(1),
  /** Of the training part, latest first. */
  purchases: z.array(z.strictObject({
    ...item.shape,
    quantity: z.number(),
    /** UTC day; null where the purchases have no times. */
    date: z.iso.date().nullable(),
  })),
  /** Best first, items bought in training removed. */
  recommendations: z.array(z.strictObject({
    ...item.shape,
    score: z.number(),
    /** Whether the customer bought it in the test part. */
    hit: z.boolean(),
  })),
});

export type Example = z.infer<typeof exampleSchema>;

export const exampleFormat = jsonFormat("example", 1, exampleSchema);

/** The customer of the replaced service's README: shown wherever they are among the customers. */
export const KNOWN_CUSTOMER = "b9cbac77a336d62efd54404d2bccaecd";

/**
 * The user to show: the known customer where they have bought something in training, else the one
 * with the median number of training items among `candidates`, so a typical customer and no bot.
 * Throws `RangeError` where there is none.
 */
export function chooseUser(
  ids: readonly string[],
  train: Csr,
  candidates: Uint32Array,
): number {
  const known = ids.indexOf(KNOWN_CUSTOMER);
  if (known >= 0 && rowIndices(train, known).length > 0) return known;
  const bought = (user: number) => rowIndices(train, user).length;
  const median =
    candidates.toSorted((a, b) => bought(a) - bought(b) || a - b)[candidates.length >> 1];
  if (median === undefined) throw new RangeError("There is no customer to show");
  return median;
}

/** What the example is made from; indices as everywhere. */
export interface ExampleData {
  readonly factors: Factors;
  readonly train: Interactions;
  /** users x items, net of returns. */
  readonly trainPairs: Csr;
  /** users x items, net of returns. */
  readonly testPairs: Csr;
  readonly users: readonly string[];
  readonly items: readonly Item[];
}

/** The last `count` purchases of `user` and as many recommendations. */
export function makeExample(user: number, data: ExampleData, count = 5): Example {
  const { factors: { user: x, item: y }, train, trainPairs, testPairs } = data;
  const seen = rowIndices(trainPairs, user);
  const vector = x.data.subarray(user * x.cols, (user + 1) * x.cols);
  const best = new TopKIndex(y).topK(vector, { k: count, exclude: seen });
  const tested = new Set(user < testPairs.rows ? rowIndices(testPairs, user) : []);
  return {
    customer: data.users[user] ?? "",
    bought: seen.length,
    purchases: lastPurchases(train, user, count).map((at) => ({
      ...describe(data.items, train.item[at]!),
      quantity: train.quantity[at]!,
      date: train.time ? day(train.time[at]!) : null,
    })),
    recommendations: [...best.items].map((index, rank) => ({
      ...describe(data.items, index),
      score: best.scores[rank]!,
      hit: tested.has(index),
    })),
  };
}

/** Positions of the latest purchases, returns left out; of equal times the lower item first. */
function lastPurchases(
  { user, item, quantity, time }: Interactions,
  wanted: number,
  count: number,
): number[] {
  const found: number[] = [];
  for (let at = 0; at < user.length; at++) {
    if (user[at] === wanted && quantity[at]! > 0) found.push(at);
  }
  return found
    .sort((a, b) => (time ? time[b]! - time[a]! : 0) || item[a]! - item[b]!)
    .slice(0, count);
}

function describe(items: readonly Item[], index: number) {
  const found = items[index];
  if (found === undefined) throw new RangeError(`Item ${index} is not among ${items.length} items`);
  return { id: found.id, name: found.name, brand: found.brand };
}

function day(seconds: number): string {
  return new Date(seconds * 1000).toISOString().slice(0, 10);
}
