/**
 * One case of the bench: first every solver is traced, iteration by iteration, to see how many it needs;
 * then all are timed in turns, each in a process of its own that has its matrix in memory.
 */
import { join } from "node:path";
import { objective } from "../../../pipeline/als/objective.ts";
import type { DataSet } from "./data.ts";
import { ALPHA, LAMBDA, problemOf } from "./matrix.ts";
import { readNpy } from "./npy.ts";
import type { Setup } from "./protocol.ts";
import { Judge } from "./quality.ts";
import { type CaseResult, median, NEAR_BEST, type Point, ratios } from "./results.ts";
import { reached, type SolverResult, type Timing } from "./results.ts";
import { type Program, Session } from "./session.ts";

export interface Case {
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

/** Iterations that set the target: the default of `implicit`. */
export const TARGET_ITERATIONS = 15;
/** Iterations after which a solver is given up. */
const MOST_ITERATIONS = 60;
/** A solver whose traced run took longer than this many seconds is not run again. */
const SLOW = 60;
const SEED = 1;
/** Whose objective and quality the others are to reach, in the order of preference. */
const LEADERS = ["implicit", "simd"];

/** Measures `contenders` on one case; what fails is part of the result. */
export async function measureCase(
  { name, factors, runs }: Case,
  data: DataSet,
  contenders: readonly Contender[],
  options: Options,
): Promise<CaseResult> {
  const { log, threads, scratch, quality } = options;
  const problem = problemOf(data.train);
  using judge = quality && new Judge(data, threads, quality.users);
  const setup = (solver: string): Setup => ({
    ...{ solver, data: data.folder, items: data.items, factors, threads },
    ...{ alpha: ALPHA, lambda: LAMBDA, seed: SEED },
  });
  const look = async (iteration: number, seconds: number): Promise<Point> => {
    const { data: users } = await readNpy(join(scratch, "users.npy"), Float32Array);
    const { data: items } = await readNpy(join(scratch, "items.npy"), Float32Array);
    const value = objective(problem, users, items, factors);
    const ndcg = judge ? await judge.ndcg(users, items, factors) : null;
    return { iteration, seconds, objective: value, ndcg };
  };

  const leader =
    LEADERS.find((name) =>
      contenders.some((one) => one.name === name && !(one.program instanceof Error))
    ) ?? "";
  const ordered = contenders.toSorted((a, b) =>
    Number(b.name === leader) - Number(a.name === leader)
  );
  let target: number | null = null;
  let level: number | null = null;
  const entries = new Map<string, Entry>();
  for (const { name: solver, program } of ordered) {
    const entry: Entry = { name: solver, program, trace: [], error: null, timings: new Map() };
    entries.set(solver, entry);
    await attempt(entry, async (program) => {
      log(`${name}, ${factors} factors: tracing ${solver}`);
      await using session = await Session.open(program, setup(solver));
      const most = solver === leader ? TARGET_ITERATIONS : MOST_ITERATIONS;
      const { runtime } = await session.trace(most, scratch, async (iteration, seconds) => {
        const point = await look(iteration, seconds);
        entry.trace.push(point);
        log(`  ${iteration}: ${describe(point)}`);
        const there = target !== null && reached(entry.trace, { objective: target }) &&
          (level === null || reached(entry.trace, { ndcg: level }));
        return there ? "stop" : "next";
      });
      entry.runtime = runtime;
    });
    if (solver !== leader || entry.error) continue;
    target = entry.trace.at(-1)?.objective ?? null;
    if (judge) level = NEAR_BEST * Math.max(...entry.trace.map(({ ndcg }) => ndcg ?? 0));
  }

  for (const entry of entries.values()) {
    if (entry.error || target === null) continue;
    const goals = [reached(entry.trace, { objective: target })];
    if (level !== null) goals.push(reached(entry.trace, { ndcg: level }));
    entry.goals = goals.map((point) => point?.iteration);
  }
  await time([...entries.values()], { name, factors, runs }, setup, options);

  const solvers = contenders.map(({ name }) => result(entries.get(name)!, target, level));
  return {
    name,
    factors,
    users: data.users,
    items: data.items,
    interactions: data.train.indices.length,
    target,
    targetOf: `${leader} after ${TARGET_ITERATIONS} iterations`,
    solvers,
    ratios: ratios(solvers),
    quality: judge && level !== null
      ? {
        level,
        best: level / NEAR_BEST,
        users: judge.users,
        ratios: ratios(solvers.map(({ name, quality }) => ({
          name,
          seconds: quality?.seconds ?? null,
        }))),
      }
      : null,
  };
}

interface Entry {
  readonly name: string;
  readonly program: Program | Error;
  readonly trace: Point[];
  /** Iterations to the target and to the quality asked for; undefined where never reached. */
  goals?: readonly (number | undefined)[];
  /** Runs by iterations. */
  readonly timings: Map<number, number[]>;
  cold?: { readonly seconds: number; readonly peakMiB: number | null };
  runtime?: Record<string, string> | undefined;
  error: string | null;
}

/** Times all solvers in turns, so that whatever else the machine does falls upon each of them. */
async function time(
  entries: readonly Entry[],
  { name, factors, runs }: Case,
  setup: (solver: string) => Setup,
  { log }: Options,
): Promise<void> {
  const sessions = new Map<Entry, Session>();
  try {
    for (const entry of entries) {
      const counts = countsOf(entry);
      if (counts.length === 0) continue;
      await attempt(entry, async (program) => {
        log(`${name}, ${factors} factors: ${entry.name} in a new process`);
        const session = await Session.open(program, setup(entry.name));
        sessions.set(entry, session);
        entry.cold = await session.fit(counts[0]!);
      });
    }
    for (let run = 1; run <= runs; run++) {
      for (const [entry, session] of sessions) {
        for (const count of countsOf(entry)) {
          if (entry.error) continue;
          await attempt(entry, async () => {
            const { seconds } = await session.fit(count);
            const timed = entry.timings.get(count) ?? [];
            entry.timings.set(count, [...timed, seconds]);
            log(`  run ${run}: ${entry.name}, ${count} iterations: ${seconds.toFixed(3)} s`);
          });
        }
      }
    }
  } finally {
    for (const session of sessions.values()) await session[Symbol.asyncDispose]();
  }
}

/** The numbers of iterations to be timed: none for a solver that is too slow to run again. */
function countsOf({ goals = [], trace, error }: Entry): number[] {
  if (error || (trace.at(-1)?.seconds ?? 0) > SLOW && !goals.includes(TARGET_ITERATIONS)) return [];
  return [...new Set(goals.filter((goal) => goal !== undefined))];
}

async function attempt(
  entry: Entry,
  action: (program: Program) => Promise<void>,
): Promise<void> {
  try {
    if (entry.program instanceof Error) throw entry.program;
    await action(entry.program);
  } catch (error) {
    entry.error = error instanceof Error ? error.message : String(error);
  }
}

function result(entry: Entry, target: number | null, level: number | null): SolverResult {
  const { name, trace, cold, error, runtime } = entry;
  const at = target === null ? undefined : reached(trace, { objective: target });
  const good = level === null ? undefined : reached(trace, { ndcg: level });
  const timing = at && timingOf(entry, at);
  const lowest = trace.reduce((low, { objective }) => Math.min(low, objective), Infinity);
  return {
    name,
    seconds: error ? null : timing?.seconds ?? null,
    objective: at?.objective ?? (trace.length > 0 ? lowest : null),
    peakMiB: cold?.peakMiB ?? null,
    iterations: timing?.iterations ?? null,
    runs: timing?.runs ?? [],
    coldSeconds: cold?.seconds ?? null,
    quality: good && !error ? timingOf(entry, good) : null,
    trace,
    runtime: runtime ?? null,
    error: error ??
      (trace.length > 0 && !at ? `the target was not reached in ${trace.length} iterations` : null),
  };
}

/** The timed runs, or the traced one of a solver that is too slow to run again. */
function timingOf({ timings }: Entry, { iteration, seconds }: Point): Timing {
  const runs = timings.get(iteration) ?? [seconds];
  return { iterations: iteration, seconds: median(runs), runs };
}

function describe({ seconds, objective, ndcg }: Point): string {
  const quality = ndcg === null ? "" : `, NDCG@10 ${ndcg.toFixed(4)}`;
  return `${seconds.toFixed(3)} s, objective ${objective.toFixed(0)}${quality}`;
}
