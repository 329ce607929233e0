/** Purchases that a program holds in memory, as the pipeline's tables. */
import type { Interactions } from "./interactions.ts";
import type { Item } from "./items.ts";

/** One purchase, or a return where the quantity is negative. */
export interface Purchase {
  /** The user's id, not empty. */
  readonly user: string;
  /** The item's id, not empty. */
  readonly item: string;
  /** Default 1; kept to three decimals. */
  readonly quantity?: number;
  /** Either every purchase has a time or none has. */
  readonly time?: Date;
}

/** What is known of an item beside its id. */
export interface CatalogueItem {
  /** As in the purchases. */
  readonly id: string;
  /** As customers see it. */
  readonly name?: string | null;
  /** Null or left out where it has none. */
  readonly brand?: string | null;
}

/** The pipeline's tables of one set of purchases. */
export interface Tables {
  readonly interactions: Interactions;
  /** Ids by user index, ascending. */
  readonly users: readonly string[];
  /** By item index, ids ascending: the items that were bought. */
  readonly items: readonly Item[];
  readonly integerItemIds: boolean;
}

/**
 * Gives users and items their indices and nets purchases by user, item and time. Throws `TypeError`
 * for an id that is no text or empty, a time that is no `Date`, or where only some purchases have
 * times, and `RangeError` for no purchases, or a quantity or time that is no number.
 */
export function tablesOf(
  purchases: Iterable<Purchase>,
  catalogue: Iterable<CatalogueItem> = [],
): Tables {
  const rows = [...purchases].map(check);
  if (rows.length === 0) throw new RangeError("There are no purchases, so there is nothing to fit");
  const timed = rows[0]?.time !== undefined;
  const mixed = rows.findIndex(({ time }) => (time !== undefined) !== timed);
  if (mixed >= 0) {
    throw new TypeError(
      `Purchase ${mixed} has ${timed ? "no time" : "a time"}, unlike purchase 0: give all or none`,
    );
  }
  const users = [...new Set(rows.map(({ user }) => user))].sort(byCodeUnit);
  const ids = [...new Set(rows.map(({ item }) => item))].sort(byCodeUnit);
  const userIndex = new Map(users.map((id, index) => [id, index]));
  const itemIndex = new Map(ids.map((id, index) => [id, index]));
  const entries = rows.map(({ user, item, thousandths, time }) => ({
    user: userIndex.get(user)!,
    item: itemIndex.get(item)!,
    thousandths,
    time,
  })).sort((a, b) => a.user - b.user || a.item - b.item || (a.time ?? 0) - (b.time ?? 0));
  const net: typeof entries = [];
  for (const entry of entries) {
    const last = net.at(-1);
    if (last?.user === entry.user && last.item === entry.item && last.time === entry.time) {
      last.thousandths += entry.thousandths;
    } else net.push(entry);
  }
  const kept = net.filter(({ thousandths }) => thousandths !== 0);
  const known = new Map([...catalogue].map((item) => [item.id, item]));
  return {
    interactions: {
      users: users.length,
      items: ids.length,
      user: Uint32Array.from(kept, ({ user }) => user),
      item: Uint32Array.from(kept, ({ item }) => item),
      quantity: Float64Array.from(kept, ({ thousandths }) => thousandths / 1000),
      time: timed ? Float64Array.from(kept, ({ time }) => time ?? NaN) : undefined,
    },
    users,
    items: ids.map((id) => {
      const { name, brand } = known.get(id) ?? {};
      return { id, name: name ?? null, brand: brand ?? null, attributes: {} };
    }),
    integerItemIds: ids.every(isInteger),
  };
}

/** Types alone protect nobody whose purchases come out of JSON or a database. */
function check(purchase: Purchase, at: number) {
  const what = `Purchase ${at}`;
  if (typeof purchase !== "object" || purchase === null) {
    throw new TypeError(`${what} is ${purchase}: give an object with a user and an item`);
  }
  const { user, item } = purchase;
  checkId(what, "user", user);
  checkId(what, "item", item);
  return { user, item, ...amountOf(what, purchase) };
}

/** Throws `TypeError` unless `id` is a text that is not empty. */
export function checkId(what: string, name: string, id: unknown): void {
  if (id === "") throw new TypeError(`${what} has an empty ${name}`);
  if (typeof id === "string") return;
  throw new TypeError(`${what}: the ${name} is no text but ${typeof id}: ${id}`);
}

/** Quantity in thousandths and time in seconds; throws as `tablesOf` does. */
export function amountOf(
  what: string,
  { quantity = 1, time }: Pick<Purchase, "quantity" | "time">,
) {
  if (time !== undefined && !(time instanceof Date)) {
    throw new TypeError(`${what} has the time ${time}: give a Date, or leave it out`);
  }
  const thousandths = typeof quantity === "number" ? Math.round(quantity * 1000) : NaN;
  if (!Number.isSafeInteger(thousandths)) {
    throw new RangeError(`${what} has quantity ${quantity}: give a finite number`);
  }
  const seconds = time === undefined ? undefined : Math.floor(time.getTime() / 1000);
  if (Number.isNaN(seconds)) throw new RangeError(`${what} has an invalid time`);
  return { thousandths, time: seconds };
}

/** Whether an id survives as a JSON number: canonical, and exact as a double. */
function isInteger(id: string): boolean {
  return /^(0|-?[1-9][0-9]*)$/.test(id) && Number.isSafeInteger(Number(id));
}

function byCodeUnit(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
