/** What may stand in a list, said by ids and attributes: as a mask of one model's items. */
import type { Item } from "./data/items.ts";
import { ItemMask } from "./topk/mask.ts";
import type { TopKOptions } from "./topk/topk.ts";

/** What may stand in a list. An item must pass every part that is given. */
export interface ItemFilter {
  /** Ids of items to leave out. */
  readonly exclude?: readonly string[] | undefined;
  /** Ids of the only items to show: what is in stock. Unknown ids have no effect. */
  readonly only?: readonly string[] | undefined;
  /** An item must be of one of these brands. */
  readonly brands?: readonly string[] | undefined;
  /** By the name of an attribute, values of which an item must have one. */
  readonly attributes?: Readonly<Record<string, readonly string[]>> | undefined;
}

/** What may stand in the list of a user or a basket. */
export interface UserFilter extends ItemFilter {
  /** Whether what was bought is left out (the default), may be shown, or is all that may. */
  readonly bought?: "exclude" | "include" | "only" | undefined;
}

/** Indices by value, ascending: who has it. */
type Inverted = ReadonlyMap<string, Uint32Array>;

/** Makes masks for the items of one model. Who has which value is looked up once an attribute. */
export class Filters {
  readonly #items: readonly Item[];
  readonly #index: ReadonlyMap<string, number>;
  /** Names of attributes that items have; found when first asked for. */
  #names: ReadonlySet<string> | undefined;
  /** By attribute; that of brands under a symbol of its own, which no attribute can be named. */
  readonly #inverted = new Map<string | typeof BRAND, Inverted>();

  /** For `items`, whose ids stand at these indices. */
  constructor(items: readonly Item[], index: ReadonlyMap<string, number>) {
    this.#items = items;
    this.#index = index;
  }

  /**
   * The items that pass `filter` and, with `bought` (indices), its part about what was bought;
   * `undefined` where nothing is left out, which saves a mask.
   */
  mask(filter: UserFilter, bought?: Uint32Array): ItemMask | undefined {
    const { exclude = [], only, brands, attributes = {}, bought: mode = "exclude" } = filter;
    const count = this.#items.length;
    const lists: (readonly Uint32Array[])[] = [];
    if (brands !== undefined) lists.push(this.#having(BRAND, brands));
    for (const [name, values] of Object.entries(attributes)) {
      lists.push(this.#having(name, values));
    }
    if (only !== undefined) lists.push([this.#indices(only)]);
    if (bought !== undefined && mode === "only") lists.push([bought]);
    const out = [this.#indices(exclude), ...(bought && mode === "exclude" ? [bought] : [])];
    if (lists.length === 0 && out.every(({ length }) => length === 0)) return undefined;
    const mask = new ItemMask(count, lists.length === 0);
    lists.forEach((any, n) => {
      const part = n === 0 ? mask : new ItemMask(count, false);
      for (const list of any) part.add(list);
      if (n > 0) mask.intersect(part);
    });
    for (const list of out) mask.remove(list);
    return mask;
  }

  /**
   * The same for exact top-k, `k` of it: a list of items to leave out, or, where few are let in, of those
   * to rank. Both give the same answer; what is left out slows pruning, what is listed is all scored.
   */
  listed(k: number, filter: UserFilter, bought: Uint32Array): TopKOptions {
    const { exclude = [], only, brands, attributes, bought: mode = "exclude" } = filter;
    const free = exclude.length === 0 && !only && !brands && !attributes;
    if (free && mode !== "only") return { k, exclude: mode === "exclude" ? bought : NOTHING };
    const mask = this.mask(filter, bought);
    if (mask === undefined) return { k };
    return mask.count * FEW <= mask.items
      ? { k, only: mask.list("in") }
      : { k, exclude: mask.list("out") };
  }

  /** What `filter` asks for that no item has: `brand "Sox"`, `attribute "color"`, `color "pink"`. */
  unknown({ brands = [], attributes = {} }: ItemFilter): string[] {
    const text = (name: string, value: string) => `${name} ${JSON.stringify(value)}`;
    const unknown = brands.filter((brand) => !this.#of(BRAND).has(brand))
      .map((brand) => text("brand", brand));
    for (const [name, values] of Object.entries(attributes)) {
      const known = this.#of(name);
      if (known.size === 0) unknown.push(text("attribute", name));
      else for (const value of values) if (!known.has(value)) unknown.push(text(name, value));
    }
    return unknown;
  }

  #having(name: string | typeof BRAND, values: readonly string[]): readonly Uint32Array[] {
    const inverted = this.#of(name);
    return values.flatMap((value) => inverted.get(value) ?? []);
  }

  #of(name: string | typeof BRAND): Inverted {
    const known = this.#inverted.get(name);
    if (known !== undefined) return known;
    // Names from outside are without end: one that no item has must cost nothing and leave nothing.
    this.#names ??= new Set(this.#items.flatMap(({ attributes }) => Object.keys(attributes)));
    if (name !== BRAND && !this.#names.has(name)) return NOBODY;
    const lists = new Map<string, number[]>();
    this.#items.forEach((item, index) => {
      const value = name === BRAND ? item.brand : valueOf(item, name);
      if (value === null) return;
      const list = lists.get(value);
      if (list === undefined) lists.set(value, [index]);
      else list.push(index);
    });
    const inverted = new Map([...lists].map(([value, list]) => [value, Uint32Array.from(list)]));
    this.#inverted.set(name, inverted);
    return inverted;
  }

  #indices(ids: readonly string[]): Uint32Array {
    const indices = new Uint32Array(ids.length);
    let size = 0;
    for (const id of ids) {
      const index = this.#index.get(id);
      if (index !== undefined) indices[size++] = index;
    }
    return indices.subarray(0, size);
  }
}

const BRAND = Symbol("brand");
const NOBODY: Inverted = new Map();
const NOTHING = new Uint32Array(0);
/** Up to one item of so many is few. */
const FEW = 8;

/** An attribute's value, and nothing that objects have by nature. */
function valueOf({ attributes }: Item, name: string): string | null {
  return Object.hasOwn(attributes, name) ? attributes[name] ?? null : null;
}
