/** Eighteen months of the sample shop: orders, repeat purchases, returns, bots and broken rows. */
import { type Random, search } from "./random.ts";
import {
  type Customer,
  DAY,
  DAYS,
  END,
  type Product,
  season,
  type Shop,
  START,
  trend,
} from "./shop.ts";
import { CATEGORIES } from "./words.ts";

/** What is wrong with a row, if anything: as exports of real shops have it. */
export const FAULTS = [
  "none",
  "no user",
  "no item",
  "quantity in words",
  "quantity zero",
  "impossible date",
] as const;

/** Order lines as columns, in the order in which they were made. */
export interface OrderLines {
  readonly user: number[];
  readonly item: number[];
  /** Seconds since 1970 UTC. */
  readonly time: number[];
  readonly quantity: number[];
  /** Index in FAULTS. */
  readonly fault: number[];
}

/** Chance that a wish for something already owned is dropped, if it is not used up. */
const CONTENT = 0.85;
/** Chance that a line repeats a purchase of something that is used up. */
const REPEAT = 0.22;
const RETURN = 0.04;
const FAULT = 0.0004;

/** Lets every customer shop. `orders` is the median number of orders a customer makes. */
export function trade(shop: Shop, orders: number, random: Random): OrderLines {
  const lines: OrderLines = { user: [], item: [], time: [], quantity: [], fault: [] };
  const choice = new Choice(shop.products);
  shop.customers.forEach((customer, user) => {
    if (customer.bot) crawl(lines, user, shop.products.length, random);
    else visit(lines, shop, user, choice, user === 0 ? Math.round(3 * orders) : 0, orders, random);
  });
  return lines;
}

/** One customer's time with the shop: `fixed` orders over the whole time, or by chance. */
function visit(
  lines: OrderLines,
  shop: Shop,
  user: number,
  choice: Choice,
  fixed: number,
  median: number,
  random: Random,
): void {
  const customer = shop.customers[user]!;
  choice.prepare(customer);
  const joined = fixed ? 0 : Math.max(0, random.int(-240, DAYS - 20));
  const left = fixed ? DAYS : Math.min(DAYS, joined - 260 * Math.log(1 - random.uniform()) + 10);
  const count = fixed || Math.min(120, Math.ceil(median * Math.exp(0.9 * random.normal())));
  const owned = new Set<number>();
  const usedUp: number[] = [];
  for (const time of moments(count, joined, left, random)) {
    const day = (time - START) / DAY;
    const basket = new Set<number>();
    do {
      const again = usedUp.length > 0 && random.chance(REPEAT);
      const item = again ? random.pick(usedUp) : choice.next(customer, day, random);
      const product = shop.products[item]!;
      const { consumable } = CATEGORIES[product.category]!;
      if (basket.has(item) || (!consumable && owned.has(item) && random.chance(CONTENT))) continue;
      basket.add(item);
      owned.add(item);
      if (consumable) usedUp.push(item);
      const quantity = 1 + (random.chance(consumable ? 0.35 : 0.1) ? random.int(1, 3) : 0);
      add(lines, user, item, time, quantity, random.chance(FAULT) ? random.int(1, 5) : 0);
      const back = time + random.int(3, 25) * DAY + random.int(0, DAY);
      if (!consumable && back < END && random.chance(RETURN)) {
        add(lines, user, item, back, -random.int(1, quantity), 0);
      }
    } while (basket.size < 12 && random.chance(0.68));
  }
}

/** When a customer orders: more in the weeks before Christmas, rarely at night. Ascending. */
function moments(count: number, joined: number, left: number, random: Random): number[] {
  const times: number[] = [];
  while (times.length < count) {
    const day = Math.floor(joined + (left - joined) * random.uniform());
    const christmas = day % 365 > 310 && day % 365 < 355;
    if (!christmas && random.chance(0.4)) continue;
    const hour = random.chance(0.5) ? random.int(7, 22) : random.int(17, 22);
    const time = START + day * DAY + hour * 3600 + random.int(0, 3599);
    if (time < END) times.push(time);
  }
  return times.sort((a, b) => a - b);
}

/** A program orders what it comes across, a line every few seconds. */
function crawl(lines: OrderLines, user: number, items: number, random: Random): void {
  let time = START + random.int(30, DAYS - 30) * DAY + random.int(0, DAY);
  for (let line = 0; line < 200; line++) {
    add(lines, user, random.int(0, items - 1), time, 1, 0);
    time += random.int(1, 4);
  }
}

function add(
  lines: OrderLines,
  user: number,
  item: number,
  time: number,
  quantity: number,
  fault: number,
): void {
  lines.user.push(user);
  lines.item.push(item);
  lines.time.push(time);
  lines.quantity.push(quantity);
  lines.fault.push(fault);
}

/**
 * Draws products with odds e^(taste + style · style) x weight x season x trend, by rejection: a
 * category by its upper bound, a product in it by weight, kept with what the bound has too much.
 */
class Choice {
  readonly #products: readonly Product[];
  /** Running sums of the weights, products being ordered by category. */
  readonly #weights: Float64Array;
  /** First product of each category, and the end. */
  readonly #first: number[] = [];
  readonly #categories = new Float64Array(CATEGORIES.length);
  #bound = 0;

  constructor(products: readonly Product[]) {
    this.#products = products;
    this.#weights = new Float64Array(products.length);
    let sum = 0;
    products.forEach(({ weight, category }, at) => {
      while (this.#first.length <= category) this.#first.push(at);
      this.#weights[at] = sum += weight;
    });
    while (this.#first.length <= CATEGORIES.length) this.#first.push(products.length);
  }

  /** Must come before `next` when the customer is another. */
  prepare(customer: Customer): void {
    let sum = 0;
    for (let c = 0; c < CATEGORIES.length; c++) {
      const weight = this.#upTo(this.#first[c + 1]!) - this.#upTo(this.#first[c]!);
      this.#categories[c] = sum += Math.exp(customer.tastes[c]!) * weight;
    }
    this.#bound = Math.hypot(...customer.style);
  }

  next(customer: Customer, day: number, random: Random): number {
    const categories = this.#categories;
    const total = categories[categories.length - 1]!;
    for (;;) {
      const c = search(categories, 0, categories.length, random.uniform() * total);
      const from = this.#first[c]!;
      const to = this.#first[c + 1]!;
      const low = this.#upTo(from);
      const weight = low + random.uniform() * (this.#upTo(to) - low);
      const item = search(this.#weights, from, to, weight);
      const product = this.#products[item]!;
      if (product.launch > day) continue;
      const affinity = product.style.reduce((sum, x, s) => sum + x * customer.style[s]!, 0);
      const odds = Math.exp(affinity - this.#bound) * season(c, day) * trend(product, day);
      if (random.chance(odds)) return item;
    }
  }

  /** Sum of the weights before `product`. */
  #upTo(product: number): number {
    return product === 0 ? 0 : this.#weights[product - 1]!;
  }
}
