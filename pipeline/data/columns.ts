/** Which column of the input means what, from the config and from what the input has. */
import type { z } from "zod";
import type { sourceSchema } from "../config/source.ts";
import type { Needed, Source } from "./source.ts";
import { ITEM_COLUMNS } from "./tables.ts";

type SourceConfig = z.infer<typeof sourceSchema>;
export type InteractionColumns = SourceConfig["interactions"]["columns"];
export type ItemColumns = SourceConfig["items"]["columns"];

const KEY = "source.interactions.columns";
const ITEM_KEY = "source.items.columns";

/** Names that are tried where the config is silent; they may be missing. */
const DEFAULTS = {
  quantity: "quantity",
  time: "ordered_at",
  name: "catalog_item_name",
  brand: "brand_name",
};

/**
 * Purchase rows also hold what belongs to an order or a customer (its number, an address): only
 * columns that say by their name that they describe the item become attributes.
 */
const DESCRIBES_ITEM = /^(catalog|item|product|brand)_|^(category|department)$/i;

/** Columns of an item source; `attributes` maps each column to the name it gets in `items`. */
export interface ItemFields {
  readonly name: readonly string[];
  readonly brand: string | null;
  readonly attributes: ReadonlyMap<string, string>;
}

/** The columns that the config names outright: each must be in every file. */
export function neededOfPurchases(columns: InteractionColumns): Needed[] {
  const { user, item, quantity, time } = columns;
  const needed = [{ column: user, key: `${KEY}.user` }, { column: item, key: `${KEY}.item` }];
  if (quantity) needed.push({ column: quantity, key: `${KEY}.quantity` });
  if (time) needed.push({ column: time, key: `${KEY}.time` });
  return needed;
}

/** Quantity and time: as the config says, else the default name where the first file has it. */
export function measures(
  columns: InteractionColumns,
  source: Pick<Source, "columns">,
): { quantity: string | null; time: string | null } {
  const pick = (given: string | null | undefined, fallback: string) =>
    given === undefined ? (source.columns.has(fallback) ? fallback : null) : given;
  return {
    quantity: pick(columns.quantity, DEFAULTS.quantity),
    time: pick(columns.time, DEFAULTS.time),
  };
}

/** Name and brand columns that the config names outright, with the id where it is given. */
export function neededOfItems(columns: ItemColumns, id: string): Needed[] {
  const names = [columns.name].flat().filter((name) => name !== DEFAULTS.name);
  const needed = [{ column: id, key: `${ITEM_KEY}.id` }];
  for (const column of names) needed.push({ column, key: `${ITEM_KEY}.name` });
  if (columns.brand !== DEFAULTS.brand) {
    needed.push({ column: columns.brand, key: `${ITEM_KEY}.brand` });
  }
  return needed;
}

/**
 * Name, brand and attributes among `found`, the columns of the item source. `others` are columns
 * with another meaning; from purchase rows only what describes an item is an attribute.
 */
export function itemFields(
  columns: ItemColumns,
  found: readonly string[],
  others: readonly (string | null)[],
  fromPurchases: boolean,
): ItemFields {
  const name = [columns.name].flat().filter((column) => found.includes(column));
  const brand = found.includes(columns.brand) ? columns.brand : null;
  const taken = new Set<string | null>([...others, ...name, brand]);
  const attributes = new Map<string, string>();
  const used = new Set(ITEM_COLUMNS);
  const free = found.filter((column) =>
    !taken.has(column) && (!fromPurchases || DESCRIBES_ITEM.test(column))
  );
  // Sorted, so that the order of columns and of files changes nothing.
  for (const column of [...new Set(free)].sort()) {
    let stored = column;
    while (used.has(stored.toLowerCase())) stored = `item_${stored}`;
    used.add(stored.toLowerCase());
    attributes.set(column, stored);
  }
  return { name, brand, attributes };
}
