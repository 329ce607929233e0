/** Which attribute of a catalogue groups its products as people would. */
import type { Item } from "../../pipeline/mod.ts";

export interface Category {
  /** Of `items.parquet`. */
  readonly column: string;
  /** The same as words. */
  readonly label: string;
  /** Null for a product without one. */
  of(item: Item): string | null;
}

/** Fewer groups tell nothing apart, more are no overview. */
const [FEWEST, MOST] = [3, 80];
/** An attribute that so many products lack groups the others only. */
const MISSING = 0.5;

/**
 * The attribute with the most values that are still an overview; `undefined` where none is. Of equal
 * ones the first by name.
 */
export function categoryOf(items: readonly Item[]): Category | undefined {
  let best: { name: string; values: number } | undefined;
  for (const name of Object.keys(items[0]?.attributes ?? {}).sort()) {
    const values = new Set<string>();
    let missing = 0;
    for (const { attributes } of items) {
      const value = attributes[name] ?? null;
      if (value === null) missing++;
      else values.add(value);
    }
    if (values.size < FEWEST || values.size > MOST || missing > MISSING * items.length) continue;
    if (best === undefined || values.size > best.values) best = { name, values: values.size };
  }
  if (best === undefined) return undefined;
  const { name } = best;
  return {
    column: name,
    label: name.replaceAll("_", " "),
    of: ({ attributes }) => attributes[name] ?? null,
  };
}
