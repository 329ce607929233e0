/**
 * Purchases of generated shops at any size. The small ones are traded order by order like the sample;
 * where that would take too long, each customer draws distinct products by the same tastes.
 */
import { csrFromEntries } from "../../../pipeline/data/matrix.ts";
import { type OrderLines, trade } from "../../../pipeline/data/sample/orders.ts";
import { Random, search } from "../../../pipeline/data/sample/random.ts";
import { openShop, type Shop } from "../../../pipeline/data/sample/shop.ts";
import { CATEGORIES } from "../../../pipeline/data/sample/words.ts";
import { holdOut, type Pairs, type Split } from "./matrix.ts";

/** A shop traded order by order. */
export interface Traded {
  readonly kind: "traded";
  readonly users: number;
  readonly items: number;
  /** Median of a customer's orders. */
  readonly orders: number;
  readonly heldOut: number;
  readonly seed: number;
}

/** A shop of which only distinct pairs are drawn. */
export interface Drawn {
  readonly kind: "drawn";
  readonly users: number;
  readonly items: number;
  /** Distinct pairs in all, about: the training part and what is held out. */
  readonly pairs: number;
  /** The fewest of a customer. */
  readonly fewest: number;
  readonly heldOut: number;
  readonly seed: number;
}

/** Raised when the same sizes shall give other purchases: part of the key of what is kept. */
export const GENERATOR = 1;

/** Standard deviation of the logarithm of how much customers buy. */
const SPREAD = 1;
/** No customer buys a larger part of the catalogue. */
const LARGEST_PART = 0.1;
/** Draws a wanted pair at most: the rest is given up where a customer likes too little. */
const PATIENCE = 300;

/** Makes the purchases and sets a share of each customer's aside. */
export function generate(params: Traded | Drawn): Split {
  const random = new Random(params.seed);
  const shop = openShop({ users: params.users, items: params.items, bots: 0 }, random);
  const all = params.kind === "traded"
    ? pairsOf(shop, trade(shop, params.orders, random))
    : draw(shop, params, random);
  return holdOut(all, params.heldOut, params.seed);
}

/** Distinct pairs of sound lines, whatever was sent back. */
function pairsOf({ customers, products }: Shop, lines: OrderLines): Pairs {
  const sound = lines.user.map((_, at) => at)
    .filter((at) => lines.fault[at] === 0 && lines.quantity[at]! > 0);
  const of = (column: readonly number[]) => sound.map((at) => column[at]!);
  return csrFromEntries(customers.length, products.length, of(lines.user), of(lines.item));
}

function draw(shop: Shop, params: Drawn, random: Random): Pairs {
  const { users, items } = params;
  const counts = activity(params, random);
  const indptr = new Uint32Array(users + 1);
  const indices = new Uint32Array(counts.reduce((a, b) => a + b, 0));
  const lottery = new Lottery(shop);
  // The customer, plus one, who has bought the item last.
  const buyer = new Uint32Array(items);
  let at = 0;
  for (let u = 0; u < users; u++) {
    const from = at;
    lottery.prepare(u);
    for (let tries = counts[u]! * PATIENCE; at - from < counts[u]! && tries > 0; tries--) {
      const item = lottery.next(random);
      if (item < 0 || buyer[item] === u + 1) continue;
      buyer[item] = u + 1;
      indices[at++] = item;
    }
    indices.subarray(from, at).sort();
    indptr[u + 1] = at;
  }
  return { rows: users, cols: items, indptr, indices: indices.slice(0, at) };
}

/** How many products each customer buys: log-normal within bounds, `pairs` in all. */
function activity({ users, items, pairs, fewest }: Drawn, random: Random): Uint32Array {
  const drawn = Float64Array.from({ length: users }, () => Math.exp(SPREAD * random.normal()));
  const most = Math.floor(items * LARGEST_PART);
  const at = (scale: number) =>
    Uint32Array.from(drawn, (x) => Math.min(most, Math.max(fewest, Math.round(x * scale))));
  let [low, high] = [0, 10 * pairs / users];
  for (let step = 0; step < 40; step++) {
    const middle = (low + high) / 2;
    if (at(middle).reduce((a, b) => a + b, 0) < pairs) low = middle;
    else high = middle;
  }
  return at(high);
}

/** Draws products with odds e^(taste + style . style) x weight, the season and trend of no day. */
class Lottery {
  readonly #shop: Shop;
  /** products x styles */
  readonly #styles: Float64Array;
  readonly #width: number;
  /** Running sums of the weights, products being ordered by category. */
  readonly #weights: Float64Array;
  /** First product of each category, and the end. */
  readonly #first: Uint32Array;
  readonly #categories = new Float64Array(CATEGORIES.length);
  #style: readonly number[] = [];
  #bound = 0;

  constructor(shop: Shop) {
    const { products } = shop;
    this.#shop = shop;
    this.#width = products[0]?.style.length ?? 0;
    this.#styles = Float64Array.from(products.flatMap(({ style }) => style));
    this.#weights = new Float64Array(products.length);
    this.#first = new Uint32Array(CATEGORIES.length + 1);
    let sum = 0;
    products.forEach(({ weight, category }, at) => {
      this.#weights[at] = sum += weight;
      this.#first[category + 1] = at + 1;
    });
  }

  /** Must come before `next` when the customer is another. */
  prepare(user: number): void {
    const { tastes, style } = this.#shop.customers[user]!;
    let sum = 0;
    for (let c = 0; c < CATEGORIES.length; c++) {
      const weight = this.#upTo(this.#first[c + 1]!) - this.#upTo(this.#first[c]!);
      this.#categories[c] = sum += Math.exp(tastes[c]!) * weight;
    }
    this.#style = style;
    this.#bound = Math.hypot(...style);
  }

  /** A product, or -1 where the one drawn does not suit. */
  next(random: Random): number {
    const categories = this.#categories;
    const total = categories[categories.length - 1]!;
    const c = search(categories, 0, categories.length, random.uniform() * total);
    const [from, to] = [this.#first[c]!, this.#first[c + 1]!];
    const low = this.#upTo(from);
    const weight = low + random.uniform() * (this.#upTo(to) - low);
    const item = search(this.#weights, from, to, weight);
    let affinity = -this.#bound;
    for (let s = 0; s < this.#width; s++) {
      affinity += this.#styles[item * this.#width + s]! * this.#style[s]!;
    }
    return random.uniform() < Math.exp(affinity) ? item : -1;
  }

  #upTo(product: number): number {
    return product === 0 ? 0 : this.#weights[product - 1]!;
  }
}
