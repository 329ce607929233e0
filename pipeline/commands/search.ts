/** The search for one model: successive halving over trials that the engine runs. */
import type { Config } from "../config.ts";
import type { Observer } from "../engine/effects.ts";
import { UsageError } from "../errors.ts";
import { perUserFormat } from "../metrics/per_user.ts";
import { compare, type Comparison } from "../metrics/significance.ts";
import type { Trial } from "../pipeline.ts";
import { type Judging, TRIAL } from "../stages/judging.ts";
import { baselineTrial } from "../stages/baseline_trial.ts";
import type { Validation } from "../stages/validation.ts";
import type { Params } from "../tune/draw.ts";
import { rankCorrelation, ranking, roundsOf, total } from "../tune/halving.ts";
import { searchInRounds } from "../tune/rounds.ts";
import { trialTrainSchema } from "../tune/factor_model.ts";
import type { Judged, Tunable } from "../tune/tunable.ts";
import { trialName, type Trials } from "./trials.ts";

/** The default of `tune.trials` where no minutes are given. */
const TRIALS = 60;
/** Users whom the rungs before the last are judged by. */
const FEW_USERS = 2000;

export interface Searching {
  readonly config: Config;
  readonly judging: Omit<Judging, "users" | "windows">;
  readonly slice: Validation;
  readonly trials: Trials;
  readonly progress: Observer;
}

/** A trial that was judged in full. */
export interface Finalist {
  /** 0: the present params. */
  readonly trial: number;
  /** As they are to be written. */
  readonly params: Params;
  readonly judged: Judged;
}

export interface Found {
  readonly tunable: Tunable;
  readonly slice: Validation;
  /** Drawn and judged in the first rung. */
  readonly trials: number;
  readonly failed: ReadonlyMap<string, string>;
  /** Judged in full, best first. */
  readonly finalists: readonly Finalist[];
  readonly winner: Finalist;
  /** Undefined where the present params could not be judged. */
  readonly present: Finalist | undefined;
  /** The winner minus the present params, on that slice. */
  readonly gain: Pick<Comparison, "difference" | "interval"> | undefined;
  /** Trials of each rung, and how well the one before it ranked them. */
  readonly rungs: readonly { readonly trials: number; readonly correlation: number | null }[];
  readonly seconds: number;
}

/** Searches; throws `UsageError` where no trial could be judged in full. */
export async function search(tunable: Tunable, searching: Searching): Promise<Found> {
  const { config: { tune, evaluate }, slice, trials, progress } = searching;
  const started = performance.now();
  const count = tune.trials ?? (tune.minutes === undefined ? TRIALS : undefined);
  const limit = [
    ...(count === undefined ? [] : [`${count} trials`]),
    ...(tune.minutes === undefined ? [] : [`${tune.minutes} minutes`]),
  ];
  const bar = progress.start(`tune ${tunable.name}`, `try ${limit.join(", at most ")}`, [
    `seed ${tune.seed}, ${tune.rounds} rounds of ${tune.rungs} rungs`,
  ]);
  const all = count === undefined ? 0 : roundsOf(count, tune.rounds)
    .reduce((sum, trials) => sum + total({ trials, eta: tune.eta, rungs: tune.rungs }), 0);
  let [done, cached] = [0, 0];
  const paramsOf = (number: number, drawn: Params) =>
    number === 0 ? tunable.present : tunable.params(drawn);
  const { eta, rungs, rounds, seed, minutes } = tune;
  const { start, space } = tunable;
  const budget = { eta, rungs, rounds, seed, minutes, trials: count };
  const searched = await searchInRounds({ ...budget, start, space }, async (request) => {
    const { round, rung, until } = request;
    let best = -Infinity;
    const named = request.trials.map(({ number, drawn }) => {
      const trial = trialOf(tunable, paramsOf(number, drawn), rung, searching);
      return { number, trial, name: trialName(trial) };
    });
    using time = until === undefined ? undefined : deadline(until);
    await trials.judge(
      named.map(({ trial }) => trial),
      (judged, wasCached) => {
        done++;
        if (wasCached) cached++;
        if (judged !== undefined) best = Math.max(best, judged.figure);
        const note = `round ${round + 1}, rung ${rung + 1}: best ${tune.metric} ${best.toFixed(4)}`;
        const spent = (performance.now() - started) / 1000;
        if (minutes === undefined) bar.progress(done, all, "trials", note);
        else bar.progress(Math.round(spent), minutes * 60, "s", `${done} trials, ${note}`);
      },
      time?.signal,
    );
    const figures = new Map<number, number>();
    for (const { number, name } of named) {
      const judged = trials.judged.get(name);
      if (judged !== undefined) figures.set(number, judged.figure);
    }
    return figures;
  });

  const { drawn, rungs: ladder } = searched;
  const finalists = ranking(ladder.at(-1) ?? new Map<number, number>()).map(
    (trial): Finalist & { name: string } => {
      const params = paramsOf(trial, drawn.get(trial) ?? start);
      const name = trialName(trialOf(tunable, params, rungs - 1, searching));
      const judged = trials.judged.get(name) ?? { figure: NaN, sweeps: 1, users: 0 };
      // The present params stay as they are written, were they the best.
      return { trial, params: trial === 0 ? params : tunable.chosen(params, judged), judged, name };
    },
  );
  const [winner] = finalists;
  if (winner === undefined) throw nothing(trials, minutes);
  const present = finalists.find(({ trial }) => trial === 0);
  const seconds = (performance.now() - started) / 1000;
  bar.log(`${done} trials judged, ${cached} of them from the store, in ${seconds.toFixed(0)} s`);
  return {
    ...{ tunable, slice, finalists, winner, present, seconds },
    trials: ladder[0]?.size ?? 0,
    failed: trials.failed,
    gain: present && gain(
      await valuesOf(trials, winner.name, tune.metric),
      await valuesOf(trials, present.name, tune.metric),
      evaluate.significance,
    ),
    rungs: ladder.map((figures, n) => ({
      trials: figures.size,
      correlation: rankCorrelation(ladder[n - 1] ?? new Map<number, number>(), figures) ?? null,
    })),
  };
}

/** What is tried of params in a rung. */
function trialOf(
  tunable: Tunable,
  params: Params,
  rung: number,
  { config: { tune, train }, slice, ...searching }: Searching,
): Trial {
  const last = rung === tune.rungs - 1;
  const tried = last ? params : tunable.reduced(params, tune.eta ** (rung + 1 - tune.rungs));
  // Where all are few, every rung has all: then a trial that no rung reduces is run once.
  const users = last || slice.users.length <= FEW_USERS ? null : FEW_USERS;
  const judging = { ...searching.judging, users, windows: last ? tune.windows : 1 };
  const { name, kind } = tunable;
  return kind === "factors"
    ? {
      kind,
      params: {
        train: trialTrainSchema.strip().parse({ ...train, ...tried, model: name }),
        judging,
      },
    }
    : {
      kind,
      params: baselineTrial.params.parse({ baseline: { name, params: tried }, judging }),
    };
}

/** A signal that is aborted at a time of `performance.now()`. */
function deadline(until: number): { readonly signal: AbortSignal } & Disposable {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), Math.max(0, until - performance.now()));
  return { signal: controller.signal, [Symbol.dispose]: () => clearTimeout(timer) };
}

interface Values {
  /** One a value: who stands in several windows is there as often. */
  readonly users: Uint32Array;
  readonly values: Float64Array;
}

async function valuesOf(trials: Trials, name: string, metric: string): Promise<Values> {
  const path = await trials.output(name, "perUser");
  const found = path === undefined ? undefined : await perUserFormat.read(path);
  const values = found?.models[TRIAL]?.[metric];
  if (found && values) return { users: found.users, values };
  throw new Error(`The store does not hold the figures of ${name}: run again`);
}

/** The winner minus the present params; a user's values of several windows are drawn together. */
function gain(
  winner: Values,
  present: Values,
  significance: Config["evaluate"]["significance"],
): Comparison {
  const options = { ...significance, flips: 1, clusters: winner.users };
  return compare(winner.values, present.values, options);
}

function nothing({ failed }: Trials, minutes: number | undefined): UsageError {
  const [reason] = failed.values();
  if (reason !== undefined) {
    return new UsageError(
      `No trial could be judged in full; ${failed.size} failed, the first one so: ${reason}`,
      "Correct tune.space or what it names",
    );
  }
  return new UsageError(
    `${minutes} minutes were too short to judge a trial in full`,
    "Raise --minutes, lower tune.space factors, or give --trials instead: what was done is kept",
  );
}
