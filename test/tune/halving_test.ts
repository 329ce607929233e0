import assert from "node:assert/strict";
import fc from "../support/fast_check.ts";
import {
  type Budget,
  halve,
  type Judge,
  rankCorrelation,
  ranking,
  type Request,
  roundsOf,
  total,
} from "../../pipeline/tune/halving.ts";

const upTo = (count: number) => Array.from({ length: count }, (_, trial) => trial);

/** Judges by `figure`, and keeps what it was asked. */
function judge(
  figure: (trial: number, rung: number) => number | undefined,
  asked: Request[],
): Judge {
  return (request) => {
    asked.push(request);
    const figures = new Map<number, number>();
    for (const trial of request.trials) {
      const found = figure(trial, request.rung);
      if (found !== undefined) figures.set(trial, found);
    }
    return Promise.resolve(figures);
  };
}

Deno.test("halve: one in eta goes on, the best first, and the present params in every rung", async () => {
  const asked: Request[] = [];
  const ladder = await halve(
    { trials: upTo(27), eta: 3, rungs: 3 },
    judge((trial) => trial % 20, asked),
  );
  assert.deepEqual(asked.map(({ trials }) => trials.length), [27, 10, 5]);
  assert.deepEqual(asked[1]?.trials, [0, 19, 18, 17, 16, 15, 14, 13, 12, 11]);
  assert.equal(ranking(ladder[2] ?? new Map())[0], 19);
});

Deno.test("halve: whatever the figures, the budget is kept and the best is no worse than trial 0", async () => {
  const budgets = fc.record({
    trials: fc.integer({ min: 1, max: 100 }).map(upTo),
    eta: fc.integer({ min: 2, max: 5 }),
    rungs: fc.integer({ min: 1, max: 5 }),
  });
  await fc.assert(
    fc.asyncProperty(budgets, fc.infiniteStream(fc.nat(50)), async (budget, stream) => {
      const asked: Request[] = [];
      const figures = new Map<string, number>();
      const figure = (trial: number, rung: number) => {
        const name = `${trial} ${rung}`;
        if (!figures.has(name)) figures.set(name, stream.next().value);
        return figures.get(name);
      };
      const ladder = await halve(budget, judge(figure, asked));
      const judged = asked.reduce((sum, { trials }) => sum + trials.length, 0);
      assert.ok(judged <= total(budget));
      assert.equal(ladder.length, budget.rungs);
      for (const rung of ladder) {
        assert.ok(rung.has(0));
        assert.ok([...rung.keys()].every((trial) => trial < budget.trials.length));
      }
      const last = ladder.at(-1) ?? new Map<number, number>();
      const [best = NaN] = ranking(last);
      assert.ok((last.get(best) ?? NaN) >= (last.get(0) ?? NaN));
    }),
  );
});

Deno.test("halve: the fewer trials of a budget are the first of a larger one", async () => {
  const of = async (trials: number) => {
    const asked: Request[] = [];
    await halve({ trials: upTo(trials), eta: 3, rungs: 1 }, judge((trial) => trial, asked));
    return asked[0]?.trials ?? [];
  };
  assert.deepEqual((await of(20)).slice(0, 10), await of(10));
});

Deno.test("halve: each rung has its share of the minutes, and the first takes what it can", async () => {
  let clock = 0;
  const asked: Request[] = [];
  const budget: Budget = { trials: upTo(10_000), minutes: 3, eta: 3, rungs: 3 };
  const ladder = await halve(budget, (request) => {
    asked.push(request);
    const figures = new Map<number, number>();
    // A second for each trial; what comes after `until` is not judged.
    for (const trial of request.trials) {
      clock += 1000;
      if (clock > (request.until ?? Infinity)) {
        clock = request.until ?? clock;
        break;
      }
      figures.set(trial, trial);
    }
    return Promise.resolve(figures);
  }, () => clock);
  assert.deepEqual(ladder.map((rung) => rung.size), [60, 21, 8]);
  assert.deepEqual([...new Set(asked.map(({ until }) => until))], [60_000, 120_000, 180_000]);
  assert.ok(clock <= 180_000);
});

Deno.test("halve: trials that fail are left out, and where all do the search ends", async () => {
  const ladder = await halve(
    { trials: upTo(9), eta: 3, rungs: 2 },
    judge((trial) => trial === 0 ? undefined : trial, []),
  );
  assert.equal(ladder[0]?.size, 8);
  assert.deepEqual([...ladder[1]?.keys() ?? []], [8, 7, 6]);
  const none = await halve({ trials: upTo(9), eta: 3, rungs: 3 }, judge(() => undefined, []));
  assert.deepEqual(none, [new Map()]);
});

Deno.test("ranking: of equal figures the earlier trial is better", () => {
  assert.deepEqual(ranking(new Map([[3, 1], [0, 1], [2, 5]])), [2, 0, 3]);
});

Deno.test("rankCorrelation: the same order 1, the reverse -1, ties share ranks", () => {
  const of = (values: number[]) => new Map(values.map((value, trial) => [trial, value]));
  assert.equal(rankCorrelation(of([1, 2, 3]), of([10, 20, 90])), 1);
  assert.equal(rankCorrelation(of([1, 2, 3]), of([3, 2, 1])), -1);
  // By hand: ranks 1, 2.5, 2.5, 4 against 1, 3, 2, 4.
  const expected = 4.5 / Math.sqrt(4.5 * 5);
  assert.ok(
    Math.abs((rankCorrelation(of([1, 2, 2, 3]), of([1, 3, 2, 4])) ?? 0) - expected) < 1e-12,
  );
  assert.equal(rankCorrelation(of([1, 2]), of([1, 2])), undefined);
  assert.equal(rankCorrelation(of([1, 1, 1]), of([1, 2, 3])), undefined);
});

Deno.test("roundsOf: each trial in one round, in order, none of them empty", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 100 }), fc.integer({ min: 1, max: 10 }), (n, rounds) => {
      const found = roundsOf(n, rounds);
      assert.deepEqual(found.flat(), upTo(n));
      assert.ok(found.length <= rounds && found.every((round) => round.length > 0));
    }),
  );
  assert.deepEqual(roundsOf(60, 3).map((round) => round.length), [20, 20, 20]);
});
