/** Finding items by what people type. */
import type { Model } from "../../pipeline/als/model.ts";
import type { Item } from "../../pipeline/data/items.ts";

/** An item with what tells customers' interest in it. */
export interface FoundItem extends Item {
  /** Users who bought it. */
  readonly buyers: number;
}

/** What was found. */
export interface Found<T> {
  readonly found: readonly T[];
  /** Whether there are more than were asked for. */
  readonly more: boolean;
}

/** Items that are looked at without giving others a turn: some milliseconds. */
const TURN = 10_000;

/** What has been prepared of a model, as long as the model lives. */
interface Prepared {
  /** Item indices, most buyers first, then by index. */
  readonly order: Uint32Array;
  /** By item index: name, brand and id as they are compared; filled as they are looked at. */
  readonly texts: (string | undefined)[];
}

const prepared = new WeakMap<Model, Prepared>();

/**
 * The items that have every word of `query` in their name, brand or id, whatever case and accents: the one
 * of exactly this id first, then most buyers first; all items for a query without words. Other requests
 * get their turns in between.
 */
export async function searchItems(
  model: Model,
  query: string,
  limit: number,
): Promise<Found<FoundItem>> {
  const { order, texts } = preparedOf(model);
  const words = folded(query).split(/\s+/).filter((word) => word !== "");
  const wanted = query.trim();
  const found: number[] = [];
  let exact: number | undefined;
  for (const [n, index] of order.entries()) {
    if (n % TURN === TURN - 1) {
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
    const item = model.items[index]!;
    if (item.id === wanted) exact = index;
    else if (found.length <= limit) {
      const text = texts[index] ??= folded(`${item.name ?? ""}\n${item.brand ?? ""}\n${item.id}`);
      if (words.every((word) => text.includes(word))) found.push(index);
    } else if (wanted === "") break;
  }
  const all = exact === undefined ? found : [exact, ...found];
  return {
    found: all.slice(0, limit).map((index) => ({
      ...model.items[index]!,
      buyers: model.popularity[index]!,
    })),
    more: all.length > limit,
  };
}

function preparedOf(model: Model): Prepared {
  const known = prepared.get(model);
  if (known !== undefined) return known;
  const { items, popularity } = model;
  const order = Uint32Array.from(items, (_, index) => index)
    .sort((a, b) => popularity[b]! - popularity[a]! || a - b);
  const made = { order, texts: new Array<string | undefined>(items.length) };
  prepared.set(model, made);
  return made;
}

/** A text without case and accents. */
function folded(text: string): string {
  return text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
}
