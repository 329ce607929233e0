/** A small shop of seeded purchases, and models made by hand: for tests of what is served. */
import { uniformInt } from "pure-rand/distribution/uniformInt";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";
import { buyers, type Model } from "../../pipeline/als/model.ts";
import type { Purchase } from "../../pipeline/data/memory.ts";
import { csrFromEntries } from "../../pipeline/data/matrix.ts";

/** Purchases of `users` users, about five each, of `items` items: ids "10", "11", … */
export function purchases(users: number, items: number, seed = 1): Purchase[] {
  const random = xoroshiro128plus(seed);
  const list: Purchase[] = [];
  for (let u = 0; u < users; u++) {
    // Two tastes: even users buy even items.
    for (let n = 0; n < 5; n++) {
      const item = 2 * uniformInt(random, 0, Math.floor(items / 2) - 1) + u % 2;
      list.push({ user: `user${u}`, item: String(10 + item), quantity: 1 });
    }
  }
  return list;
}

export interface ModelOptions {
  readonly users?: number;
  readonly items?: number;
  readonly factors?: number;
  readonly seed?: number;
  readonly integerItemIds?: boolean;
}

/** A model of seeded factors. The last user has bought nothing. */
export function modelOf(options: ModelOptions = {}): Model {
  const { users = 40, items = 30, factors = 8, seed = 1, integerItemIds = true } = options;
  const random = xoroshiro128plus(seed);
  const real = () => uniformInt(random, -1000, 1000) / 1000;
  const matrix = (rows: number) => ({
    rows,
    cols: factors,
    data: Float32Array.from({ length: rows * factors }, real),
  });
  const user: number[] = [];
  const item: number[] = [];
  for (let u = 0; u < users - 1; u++) {
    const first = uniformInt(random, 0, items - 4);
    for (let i = first; i < first + 3; i++) {
      user.push(u);
      item.push(i);
    }
  }
  const seen = csrFromEntries(users, items, user, item);
  return {
    userFactors: matrix(users),
    itemFactors: matrix(items),
    users: Array.from({ length: users }, (_, u) => `user${String(u).padStart(6, "0")}`),
    items: Array.from({ length: items }, (_, i) => ({
      id: `${integerItemIds ? "" : "sku"}${100000 + i}`,
      name: i % 7 === 0 ? null : `Item ${i} of seed ${seed}`,
      brand: `Brand ${i % 3}`,
      attributes: { category: i % 2 === 0 ? "Socks" : null },
    })),
    seen,
    popularity: buyers(seen),
    manifest: {
      version: 1,
      model: "",
      data: `sha256:data${seed}`,
      split: "none",
      params: { factors },
      files: {},
      integerItemIds,
      fittedOn: "all",
      sweeps: 3,
      biasColumns: 0,
      trendColumns: 0,
      metricsFittedOn: "train",
      metrics: { "ndcg@10": 0.25 },
      baselines: { popularity: { "ndcg@10": 0.125 } },
      versions: { deno: Deno.version.deno },
    },
  };
}
