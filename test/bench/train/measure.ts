/**
 * One case of the bench: first every solver is traced, iteration by iteration, to see how many it needs;
 * then all are timed in turns, each in a process of its own that has its matrix in memory.
 */
import type { DataSet } from "./data.ts";
import { type Entry, newEntry, resultOf } from "./entry.ts";
import { Looker } from "./look.ts";
import { problemOf, type Weights } from "./matrix.ts";
import type { Setup } from "./protocol.ts";
import { Judge } from "./quality.ts";
import { type CaseResult, NEAR_BEST, ratios, reached } from "./results.ts";
import { type Program, Session } from "./session.ts";

export interface Case extends Weights {
  readonly name: string;
  readonly factors: number;
  /** Timed runs of each solver. */
  readonly runs: number;
}

export interface Contender {
  readonly name: string;
  /** An error is listed in the place of figures. */
  readonly program: Program | Error;
}

export interface Options {
  readonly threads: number;
  /** Measure how good the rankings are as well; by a sample of so many users at most. */
  readonly quality: { readonly users: number } | undefined;
  /** A folder for factors on their way. */
  readonly scratch: string;
  readonly log: (line: string) => void;
}

/**
 * Whose objective and quality the others are to reach, in the order of preference, after how many
 * iterations: the defaults of rivals; of the own solver, which is alone then, about as many.
 */
const LEADERS: readonly { readonly name: string; readonly iterations: number }[] = [
  { name: "implicit", iterations: 15 },
  { name: "spark", iterations: 10 },
  { name: "simd", iterations: 8 },
];
/** Iterations after which a solver is given up. */
const MOST_ITERATIONS = 60;
/** A solver whose traced run took longer than this many seconds is not run again, unless it leads. */
const SLOW = 60;
const SEED = 1;

/** Measures `contenders` on one case; what fails is part of the result. */
export async function measureCase(
  of: Case,
  data: DataSet,
  contenders: readonly Contender[],
  options: Options,
): Promise<CaseResult> {
  const { threads, quality } = options;
  const { name, factors, alpha, lambda, regularization } = of;
  using judge = quality && new Judge(data, threads, quality.users);
  const looker = new Looker(problemOf(data.train, of), factors, options.scratch, judge);
  const setup = (solver: string): Setup => ({
    ...{ solver, data: data.folder, items: data.items, factors, threads },
    ...{ alpha, lambda, regularization, seed: SEED },
  });
  const leader = LEADERS.find(({ name }) =>
    contenders.some((one) => one.name === name && !(one.program instanceof Error))
  );
  const entries = contenders.map(({ name, program }) => newEntry(name, program));
  const [first, ...others] = entries.toSorted((a, b) =>
    Number(b.name === leader?.name) - Number(a.name === leader?.name)
  );
  const goals: Goals = { objective: null, ndcg: null };
  const fit: Fit = { of, goals, setup, looker, options };
  if (leader && first) {
    await trace(first, leader.iterations, fit);
    goals.objective = first.error ? null : first.trace.at(-1)?.objective ?? null;
    if (judge) goals.ndcg = NEAR_BEST * Math.max(...first.trace.map(({ ndcg }) => ndcg ?? 0));
  }
  for (const entry of others) await trace(entry, MOST_ITERATIONS, fit);
  await time(entries, leader?.name, fit);

  const solvers = entries.map((entry) => resultOf(entry, goals));
  const { objective: target, ndcg: level } = goals;
  return {
    name,
    factors,
    users: data.users,
    items: data.items,
    interactions: data.train.indices.length,
    target,
    targetOf: `${leader?.name ?? "nobody"} after ${leader?.iterations ?? 0} iterations`,
    solvers,
    ratios: ratios(solvers),
    quality: judge && level !== null
      ? {
        level,
        best: level / NEAR_BEST,
        users: judge.users,
        ratios: ratios(
          solvers.map(({ name, quality }) => ({ name, seconds: quality?.seconds ?? null })),
        ),
      }
      : null,
  };
}

/** What is to be reached; null where nothing is. */
export interface Goals {
  objective: number | null;
  ndcg: number | null;
}

/** What all solvers of a case have in common. */
interface Fit {
  readonly of: Case;
  readonly goals: Goals;
  readonly setup: (solver: string) => Setup;
  readonly looker: Looker;
  readonly options: Options;
}

/** Follows one solver until it has reached the goals, or for `most` iterations. */
async function trace(
  entry: Entry,
  most: number,
  { of: { name, factors }, goals, setup, looker, options: { scratch, log } }: Fit,
): Promise<void> {
  await attempt(entry, async (program) => {
    log(`${name}, ${factors} factors: tracing ${entry.name}`);
    await using session = await Session.open(program, setup(entry.name));
    entry.traced = await session.trace(most, scratch, async (iteration, seconds) => {
      const point = await looker.look(iteration, seconds);
      entry.trace.push(point);
      const quality = point.ndcg === null ? "" : `, NDCG@10 ${point.ndcg.toFixed(4)}`;
      log(
        `  ${iteration}: ${seconds.toFixed(3)} s, objective ${
          point.objective.toFixed(0)
        }${quality}`,
      );
      if (goals.objective === null) return "next";
      const there = reached(entry.trace, { objective: goals.objective }) &&
        (goals.ndcg === null || reached(entry.trace, { ndcg: goals.ndcg }));
      return there ? "stop" : "next";
    });
  });
}

/** Times all solvers in turns, so that whatever else the machine does falls upon each of them. */
async function time(
  entries: readonly Entry[],
  leader: string | undefined,
  { of: { name, factors, runs }, goals, setup, options: { log } }: Fit,
): Promise<void> {
  const sessions: { entry: Entry; session: Session; counts: number[] }[] = [];
  try {
    for (const entry of entries) {
      const slow = (entry.trace.at(-1)?.seconds ?? 0) > SLOW && entry.name !== leader;
      const counts = slow ? [] : countsOf(entry, goals);
      if (counts[0] === undefined) continue;
      const most = counts[0];
      await attempt(entry, async (program) => {
        log(`${name}, ${factors} factors: ${entry.name} in a new process`);
        const session = await Session.open(program, setup(entry.name));
        sessions.push({ entry, session, counts });
        entry.cold = await session.fit(most);
      });
    }
    for (let run = 1; run <= runs; run++) {
      for (const { entry, session, counts } of sessions) {
        for (const count of counts) {
          await attempt(entry, async () => {
            const { seconds, laps } = await session.fit(count);
            entry.timings.set(count, [...entry.timings.get(count) ?? [], seconds]);
            if (laps && count === counts[0]) entry.laps.push(laps);
            log(`  run ${run}: ${entry.name}, ${count} iterations: ${seconds.toFixed(3)} s`);
          });
        }
      }
    }
  } finally {
    for (const { session } of sessions) await session[Symbol.asyncDispose]();
  }
}

/** The numbers of iterations to be timed: to the objective, and to the quality where it is another. */
function countsOf({ trace, error }: Entry, { objective, ndcg }: Goals): number[] {
  if (error !== null || objective === null) return [];
  const points = [
    reached(trace, { objective }),
    ndcg === null ? undefined : reached(trace, { ndcg }),
  ];
  return [...new Set(points.flatMap((point) => point ? [point.iteration] : []))];
}

/** Does something for a solver that has not failed yet; keeps the reason where it fails now. */
async function attempt(entry: Entry, action: (program: Program) => Promise<void>): Promise<void> {
  if (entry.error !== null) return;
  try {
    if (entry.program instanceof Error) throw entry.program;
    await action(entry.program);
  } catch (error) {
    entry.error = error instanceof Error ? error.message : String(error);
  }
}
