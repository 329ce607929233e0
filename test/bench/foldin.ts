/**
 * Microseconds of fold-in, explanations and similar items and users, one at a time as a server asks
 * them, on a model of random factors and seeded purchases:
 *
 *   deno task bench:foldin [--users 33000] [--items 30000] [--pairs 600000] [--factors 64] [--calls 300]
 *
 * Prints median and 99th percentile of the calls, and of the first call of each kind, which makes what
 * the others use.
 */
import { parseArgs } from "node:util";
import { uniformFloat64 } from "pure-rand/distribution/uniformFloat64";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";
import { FoldIn } from "../../pipeline/als/foldin.ts";
import { buyers, type Model } from "../../pipeline/als/model.ts";
import { fittedParams } from "../../pipeline/config/fitted.ts";
import { csrFromEntries, type Dense } from "../../pipeline/data/matrix.ts";
import { Recommender } from "../../pipeline/recommender.ts";

const text = (value: string) => ({ type: "string", default: value }) as const;
const { values: args } = parseArgs({
  options: {
    users: text("33000"),
    items: text("30000"),
    pairs: text("600000"),
    factors: text("64"),
    calls: text("300"),
  },
});
const users = Number(args.users);
const items = Number(args.items);
const factors = Number(args.factors);
const calls = Number(args.calls);

const random = xoroshiro128plus(1);
const uniform = () => uniformFloat64(random);
/** Popular items are drawn far more often: about a power law. */
const someItem = () => Math.floor(items * uniform() ** 3);
const someUser = () => Math.floor(users * uniform());
const several = <T>(n: number, one: () => T): T[] => Array.from({ length: n }, one);

/** Entries about as large as those of a fit: a few of a user's scores are near 1. */
function factorsOf(rows: number): Dense {
  const width = 2 / Math.sqrt(factors);
  const data = Float32Array.from({ length: rows * factors }, () => (uniform() - 0.5) * width);
  return { rows, cols: factors, data };
}

function modelOf(): Model {
  const pairs = Number(args.pairs);
  const seen = csrFromEntries(users, items, several(pairs, someUser), several(pairs, someItem));
  return {
    userFactors: factorsOf(users),
    itemFactors: factorsOf(items),
    users: Array.from({ length: users }, (_, u) => `u${u}`),
    items: Array.from({ length: items }, (_, i) => {
      return { id: `i${i}`, name: `Item ${i}`, brand: null, attributes: {} };
    }),
    seen,
    popularity: buyers(seen),
    manifest: {
      version: 1,
      model: "",
      data: "",
      split: "none",
      params: {
        alpha: 30,
        weight: "log1p",
        cap: 10,
        halfLife: null,
        popularityExponent: 0,
        regularization: "constant",
        lambda: 100,
        nu: 1,
        alpha0: 0.1,
      },
      files: {},
      integerItemIds: false,
      fittedOn: "all",
      sweeps: 1,
      biasColumns: 0,
      trendColumns: 0,
      metricsFittedOn: "train",
      metrics: {},
      baselines: {},
      versions: {},
    },
  };
}

function say(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
}

/** Asks many times and prints one line. */
function measure(what: string, ask: () => unknown): void {
  const took = several(calls + 50, () => {
    const began = performance.now();
    ask();
    return (performance.now() - began) * 1000;
  });
  const first = took[0]!;
  // Compiled by then.
  const sorted = took.slice(50).sort((a, b) => a - b);
  const at = (part: number) => sorted[Math.floor(part * (sorted.length - 1))]!.toFixed(0);
  say(
    `${what.padEnd(46)} ${at(0.5).padStart(8)} ${at(0.99).padStart(8)} ${
      first.toFixed(0).padStart(9)
    }`,
  );
}

const model = modelOf();
const recommender = new Recommender(model);
const foldIn = new FoldIn(model, fittedParams(model.manifest.params));
const rowOf = (n: number) => {
  const indices = Uint32Array.from(new Set(several(n, someItem))).sort();
  return { indices, extra: new Float32Array(indices.length).fill(20), lambda: 100 };
};
const basketOf = (n: number) => several(n, () => `i${someItem()}`);

say(`${users} users, ${items} items, ${factors} factors; microseconds`);
say(`${"".padEnd(46)} ${"median".padStart(8)} ${"p99".padStart(8)} ${"first".padStart(9)}`);
for (const n of [1, 5, 10, 20, 50, 100, 300]) {
  const rows = several(calls + 50, () => rowOf(n));
  let at = 0;
  measure(`factors of a basket of ${n}`, () => foldIn.userFactors(rows[at++]!));
}
for (const n of [5, 100]) {
  measure(`recommendFor a basket of ${n}, top 5`, () => recommender.recommendFor(basketOf(n)));
  measure(`explain an item for a basket of ${n}`, () => {
    recommender.explain(basketOf(n), `i${someItem()}`);
  });
  measure(`foldInItem of ${n} buyers`, () => {
    recommender.foldInItem(several(n, () => `u${someUser()}`));
  });
}
measure(
  "explain an item for a user",
  () => recommender.explain(`u${someUser()}`, `i${someItem()}`),
);
measure("similar items, top 5", () => recommender.similar(`i${someItem()}`));
measure("similar users, top 5", () => recommender.similarUsers(`u${someUser()}`));
