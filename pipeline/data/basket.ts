/** One row of purchases that a program holds in memory: a basket, or the buyers of an item. */
import type { Interactions } from "./interactions.ts";
import { amountOf, checkId, type Purchase } from "./memory.ts";

/** An item of a basket; its id alone stands for one piece, bought now. */
export type BasketItem = Omit<Purchase, "user">;

/** A buyer of an item; the id alone stands for one piece, bought now. */
export type Buyer = Omit<Purchase, "item">;

/** What a visitor chose or a customer bought: ids, or ids with quantities and times. */
export type Basket = readonly (string | BasketItem)[];

/** A user of the model, with what they bought or returned since it was fitted. */
export interface Continued {
  /** The id; one that the model does not know has bought nothing before. */
  readonly user: string;
  readonly since: Basket;
}

/** Where the ids of a row stand in the model. */
export interface KnownIds {
  /** Which ids these are, for messages. */
  readonly name: "item" | "user";
  /** Index by id. */
  readonly index: ReadonlyMap<string, number>;
  /** Time of the latest purchase that the model knows, in seconds since 1970 UTC. */
  readonly latest: number | undefined;
}

/** A basket, or an item's buyers, as one row of the pipeline's tables. */
export interface BasketRow {
  /** Of one user, whose items are the known ids. Times are there where an entry has one. */
  readonly interactions: Interactions;
  /** When "now" is, in seconds since 1970 UTC: at the latest purchase that is known. */
  readonly now: number;
  /** Ids that the model does not know, in the order given: they are no part of the row. */
  readonly unknown: readonly string[];
}

/**
 * The row of `entries`, whose order does not matter; entries of one id count together. Where some
 * entries have times, the others are of now. Throws `TypeError` for entries that are no array, or an
 * id or time of another type, and `RangeError` for a quantity or time that is no number.
 */
export function rowOf<T extends BasketItem | Buyer>(
  entries: readonly (string | T)[],
  idOf: (entry: T) => string,
  { name, index, latest }: KnownIds,
): BasketRow {
  if (!Array.isArray(entries)) {
    throw new TypeError(`The ${name}s are no array but ${typeof entries}: ${entries}`);
  }
  const unknown = new Set<string>();
  const known: { at: number; thousandths: number; time: number | undefined }[] = [];
  entries.forEach((entry: string | T, n) => {
    const what = `Entry ${n}`;
    if (typeof entry !== "string" && (typeof entry !== "object" || entry === null)) {
      throw new TypeError(`${what} is ${entry}: give an id, or an object with ${name}`);
    }
    const id = typeof entry === "string" ? entry : idOf(entry);
    checkId(what, name, id);
    const amount = amountOf(what, typeof entry === "string" ? {} : entry);
    const at = index.get(id);
    if (at === undefined) unknown.add(id);
    else known.push({ at, ...amount });
  });
  const timed = known.some(({ time }) => time !== undefined);
  const now = known.reduce(
    (now, { time }) => Math.max(now, time ?? -Infinity),
    latest ?? -Infinity,
  );
  const rows = known.map(({ at, thousandths, time }) => ({ at, thousandths, time: time ?? now }))
    .sort((a, b) => a.at - b.at || a.time - b.time || a.thousandths - b.thousandths);
  return {
    interactions: {
      users: 1,
      items: index.size,
      user: new Uint32Array(rows.length),
      item: Uint32Array.from(rows, ({ at }) => at),
      quantity: Float64Array.from(rows, ({ thousandths }) => thousandths / 1000),
      time: timed ? Float64Array.from(rows, ({ time }) => time) : undefined,
    },
    now,
    unknown: [...unknown],
  };
}
