import assert from "node:assert/strict";
import type { Params } from "../../pipeline/tune/draw.ts";
import { type Search, searchInRounds } from "../../pipeline/tune/rounds.ts";

const search: Search = {
  space: { x: { min: 1, max: 1000 }, y: { min: 1, max: 1000 }, z: ["a", "b", "c"] },
  start: { x: 1, y: 1, z: "a" },
  ...{ seed: 3, trials: 60, eta: 3, rungs: 2, rounds: 3 },
};

/** Best at x = 100, y = 10, z = "b"; a cheaper rung is a little off. */
function hill({ x, y, z }: Params, rung: number): number {
  const off = Math.abs(Math.log10(Number(x) / 100)) + Math.abs(Math.log10(Number(y) / 10));
  return (z === "b" ? 1 : 0) - off - (rung === 0 ? 0.1 * Math.sin(Number(x)) : 0);
}

async function best(options: Partial<Search> = {}): Promise<number> {
  const { rungs } = await searchInRounds(
    { ...search, ...options },
    ({ rung, trials }) =>
      Promise.resolve(new Map(trials.map(({ number, drawn }) => [number, hill(drawn, rung)]))),
  );
  return Math.max(...rungs.at(-1)?.values() ?? []);
}

Deno.test("searchInRounds: trial 0 is the start, and every number is drawn once", async () => {
  const asked = new Map<number, Params>();
  const { drawn, rungs } = await searchInRounds(search, ({ rung, trials }) => {
    for (const { number, drawn } of trials) {
      assert.deepEqual(asked.get(number) ?? drawn, drawn);
      asked.set(number, drawn);
    }
    return Promise.resolve(new Map(trials.map((each) => [each.number, hill(each.drawn, rung)])));
  });
  assert.deepEqual(drawn.get(0), search.start);
  assert.deepEqual(
    [...asked.keys()].sort((a, b) => a - b),
    Array.from({ length: 60 }, (_, n) => n),
  );
  assert.equal(rungs[0]?.size, 60);
  assert.ok(rungs[1]?.has(0));
});

Deno.test("searchInRounds: deterministic, and nearer to the top than draws from everywhere", async () => {
  assert.equal(await best(), await best());
  let [rounds, random] = [0, 0];
  for (let seed = 0; seed < 20; seed++) {
    rounds += await best({ seed });
    random += await best({ seed, rounds: 1 });
  }
  assert.ok(rounds > random, `${rounds} is not above ${random}`);
});

Deno.test("searchInRounds: by minutes alone, numbers go on from round to round", async () => {
  let clock = 0;
  const { drawn, rungs } = await searchInRounds(
    { ...search, trials: undefined, minutes: 1 },
    ({ rung, until, trials }) => {
      const figures = new Map<number, number>();
      for (const { number, drawn } of trials) {
        if (clock + 1000 > (until ?? Infinity)) {
          clock = until ?? clock;
          break;
        }
        clock += 1000;
        figures.set(number, hill(drawn, rung));
      }
      return Promise.resolve(figures);
    },
    () => clock,
  );
  assert.ok(clock <= 60_000);
  assert.equal(rungs[0]?.size, 30);
  assert.ok(drawn.size < 100);
});

Deno.test("searchInRounds: where all fail, the next round draws from everywhere", async () => {
  const { rungs } = await searchInRounds(search, () => Promise.resolve(new Map<number, number>()));
  assert.deepEqual(rungs, [new Map(), new Map()]);
});
