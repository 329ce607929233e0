/** A search in rounds: at first everywhere, then near the best so far. */
import type { Dimensions } from "../config/tune.ts";
import { draw, drawNear, drawParent, type Params } from "./draw.ts";
import { type Budget, halve, ranking, type Request, roundsOf } from "./halving.ts";

/** So many of the best trials are parents of the next round's. */
const PARENTS = 3;
/** The most that a round by minutes alone draws. */
const MOST = 10_000;

/** What is searched, and the budget of all rounds together. */
export interface Search extends Omit<Budget, "trials"> {
  readonly space: Dimensions;
  /** Trial 0. */
  readonly start: Params;
  readonly seed: number;
  /** Left out: as many as `minutes` allow. */
  readonly trials?: number | undefined;
  readonly rounds: number;
}

/** Trials to judge in a rung of a round: numbers, and what was drawn for them. */
export interface Trials extends Omit<Request, "trials"> {
  readonly round: number;
  readonly trials: readonly { readonly number: number; readonly drawn: Params }[];
}

export interface Searched {
  /** By number. */
  readonly drawn: ReadonlyMap<number, Params>;
  /** Of each rung the figures by trial, those of all rounds together. */
  readonly rungs: readonly ReadonlyMap<number, number>[];
}

/**
 * Random search with successive halving, round by round. The first round draws from the whole space; a
 * trial of a later one is drawn near one of the best three that were judged in full before, nearer from
 * round to round. Each round has its equal share of trials and minutes. Deterministic, but for what `judge` says
 * and how many trials `minutes` allow.
 *
 * @param judge as that of `halve`.
 * @param now a clock in milliseconds.
 */
export async function searchInRounds(
  { space, start, seed, trials, minutes, rounds, eta, rungs }: Search,
  judge: (trials: Trials) => Promise<ReadonlyMap<number, number>>,
  now?: () => number,
): Promise<Searched> {
  const drawn = new Map<number, Params>([[0, start]]);
  const ladder = Array.from({ length: rungs }, () => new Map<number, number>());
  const plan = trials === undefined ? undefined : roundsOf(trials, rounds);
  const count = plan?.length ?? rounds;
  let next = 0;
  for (let round = 0; round < count; round++) {
    const numbers = plan?.[round] ?? Array.from({ length: MOST }, (_, n) => next + n);
    const best = ranking(ladder.at(-1) ?? new Map<number, number>()).slice(0, PARENTS);
    const parents = best.map((number) => drawn.get(number)).filter((params) =>
      params !== undefined
    );
    const drawOne = (number: number): Params => {
      const parent = parents[drawParent(parents.length, number, seed)];
      return parent === undefined
        ? draw(space, number, seed)
        : drawNear(space, parent, number, seed, 1 / (round + 1));
    };
    const budget: Budget = {
      ...{ trials: numbers, eta, rungs },
      minutes: minutes === undefined ? undefined : minutes / count,
    };
    const found = await halve(budget, async ({ trials, ...request }) => {
      const asked = trials.map((number) => {
        const params = drawn.get(number) ?? drawOne(number);
        drawn.set(number, params);
        next = Math.max(next, number + 1);
        return { number, drawn: params };
      });
      return await judge({ ...request, round, trials: asked });
    }, now);
    for (const [rung, figures] of found.entries()) {
      for (const [trial, figure] of figures) ladder[rung]?.set(trial, figure);
    }
  }
  return { drawn, rungs: ladder };
}
