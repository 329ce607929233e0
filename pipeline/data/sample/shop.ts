/** The sample shop's catalogue and customers: who likes what, and how popular it is. */
import type { Random } from "./random.ts";
import type { Truth } from "./truth.ts";
import { BRANDS, CATEGORIES, LINES } from "./words.ts";

/** The first second of the sample's eighteen months, and the last but one. */
export const START = Date.UTC(2024, 0, 1) / 1000;
export const END = Date.UTC(2025, 6, 1) / 1000;
export const DAY = 86_400;
export const DAYS = (END - START) / DAY;

/** The user of the replaced service's README: in every sample. */
export const KNOWN_CUSTOMER = "b9cbac77a336d62efd54404d2bccaecd";

/** Dimensions of style, such as plain or playful, cheap or dear. */
const STYLES = 4;
/** Kinds of people, each with categories of their own. */
const ARCHETYPES = 14;
/** Zipf's exponent and shift: the most popular tenth of the items gets about half of the sales. */
const ZIPF = { exponent: 0.85, shift: 12 };

export interface Product {
  readonly id: string;
  readonly name: string;
  readonly brand: string;
  readonly category: number;
  /** Another name from `renamedAt` (seconds) on. */
  readonly newName: string | undefined;
  readonly renamedAt: number;
  /** Popularity, to be multiplied by season and trend. */
  readonly weight: number;
  /** Of length 1. */
  readonly style: readonly number[];
  /** Days since START: not sold before. */
  readonly launch: number;
  /** Sales change by e^trend from the first day to the last. */
  readonly trend: number;
}

export interface Customer {
  readonly id: string;
  /** Log-odds of each category, before its popularity. */
  readonly tastes: readonly number[];
  readonly style: readonly number[];
  /** A program that reads the whole catalogue: no tastes at all. */
  readonly bot: boolean;
}

export interface Shop {
  /** Ordered by category. */
  readonly products: readonly Product[];
  readonly customers: readonly Customer[];
}

/** Makes a shop: the same for the same sizes and random numbers. */
export function openShop(
  size: { users: number; items: number; bots: number },
  random: Random,
): Shop {
  return { products: stock(size.items, random), customers: meet(size.users, size.bots, random) };
}

function stock(items: number, random: Random): Product[] {
  const departments = [...new Set(CATEGORIES.map((category) => category.department))];
  const brands = random.shuffle([...BRANDS]).map((name) => ({
    name,
    style: random.direction(STYLES),
  }));
  const ranks = random.shuffle(Array.from({ length: items }, (_, at) => at));
  let number = 100_000;
  const ids = random.shuffle(ranks.map(() => String(number += random.int(1, 40))));
  const names = new Set<string>();
  return ranks.map((rank, at) => {
    const category = Math.floor(at * CATEGORIES.length / items);
    const { department, kinds, nouns, variants } = CATEGORIES[category]!;
    // Each department has brands of its own, and shares some with its neighbour.
    const first = departments.indexOf(department) * 3;
    const brand = brands[(first + random.int(0, 4)) % brands.length]!;
    const line = random.pick(LINES);
    const base = `${random.pick(kinds)} ${random.pick(nouns)}, ${line}`;
    // Shops do have several products of one name, but few.
    const name = names.has(base) ? `${base}, ${random.pick(variants)}` : base;
    names.add(name);
    const style = unit(brand.style.map((x) => x + 0.45 * random.normal()));
    const renamed = random.chance(0.02);
    return {
      id: ids[at]!,
      name,
      brand: brand.name,
      category,
      newName: renamed ? `${name.replace(line, random.pick(LINES))} (new)` : undefined,
      renamedAt: START + random.int(60, DAYS - 60) * DAY,
      weight: 1 / (rank + ZIPF.shift) ** ZIPF.exponent,
      style,
      launch: random.chance(0.15) ? random.int(1, DAYS - 45) : 0,
      trend: 1.6 * (random.uniform() - 0.5),
    };
  });
}

function meet(users: number, bots: number, random: Random): Customer[] {
  const departments = [...new Set(CATEGORIES.map((category) => category.department))];
  const archetypes = Array.from({ length: ARCHETYPES }, () => {
    const liking = new Map(departments.map((name) => [name, 1.3 * random.normal()]));
    return CATEGORIES.map(({ department }) =>
      Math.exp((liking.get(department) ?? 0) + 1.1 * random.normal())
    );
  });
  return Array.from({ length: users }, (_, at) => {
    const bot = at > 0 && at <= bots;
    const [first, second] = [random.pick(archetypes), random.pick(archetypes)];
    const share = 0.5 + 0.5 * random.uniform();
    const strength = 0.8 + 1.6 * random.uniform();
    return {
      id: at === 0 ? KNOWN_CUSTOMER : random.hex(32),
      tastes: CATEGORIES.map((_, c) =>
        bot ? 0 : Math.log(share * first[c]! + (1 - share) * second[c]! + 0.02)
      ),
      style: random.direction(STYLES).map((x) => bot ? 0 : x * strength),
      bot,
    };
  });
}

/** How much of its best month's sales a category makes at `day`: 0 to 1. */
export function season(category: number, day: number): number {
  const { peak, season } = CATEGORIES[category]!;
  const phase = Math.cos(2 * Math.PI * ((day % 365) / 365 - (peak + 0.5) / 12));
  return (1 + season * phase) / (1 + season);
}

/** How much of its best day's sales a product makes at `day` by its trend: 0 to 1. */
export function trend({ trend }: Product, day: number): number {
  return Math.exp(trend * (day / DAYS - 0.5) - Math.abs(trend) / 2);
}

/**
 * The log-odds of every product for every customer two weeks before the end, as an inner product:
 * tastes with the product's category (one-hot), 1 with its popularity, style with style.
 */
export function truthOf({ products, customers }: Shop): Truth {
  const tastes = CATEGORIES.length;
  const width = tastes + 1 + STYLES;
  const user = new Float32Array(customers.length * width);
  customers.forEach((customer, row) => {
    user.set([...customer.tastes, 1, ...customer.style], row * width);
  });
  const item = new Float32Array(products.length * width);
  products.forEach((product, row) => {
    const day = DAYS - 14;
    const now = product.weight * season(product.category, day) * trend(product, day);
    item[row * width + product.category] = 1;
    item.set([Math.log(now), ...product.style], row * width + tastes);
  });
  return {
    users: customers.map(({ id }) => id),
    items: products.map(({ id }) => id),
    user: { rows: customers.length, cols: width, data: user },
    item: { rows: products.length, cols: width, data: item },
  };
}

function unit(vector: readonly number[]): number[] {
  const length = Math.hypot(...vector);
  return vector.map((x) => x / length);
}
