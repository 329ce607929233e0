/** What is known of one solver in one case, and what is reported of it. */
import type { Done } from "./protocol.ts";
import { median, type Point, reached, type SolverResult, type Timing } from "./results.ts";
import type { Program } from "./session.ts";

export interface Entry {
  readonly name: string;
  readonly program: Program | Error;
  readonly trace: Point[];
  /** Seconds of the timed runs, by their number of iterations. */
  readonly timings: Map<number, number[]>;
  /** Of each timed run: seconds to each sweep. */
  readonly laps: number[][];
  /** The first fit of a process. */
  cold: Done | undefined;
  /** The end of the traced fit. */
  traced: Done | undefined;
  error: string | null;
}

/** A solver of which nothing is known yet. */
export function newEntry(name: string, program: Program | Error): Entry {
  return {
    ...{ name, program, trace: [], timings: new Map(), laps: [] },
    ...{ cold: undefined, traced: undefined, error: null },
  };
}

/** The figures at the first iterations that reached the goals. */
export function resultOf(
  entry: Entry,
  goals: { readonly objective: number | null; readonly ndcg: number | null },
): SolverResult {
  const { name, trace, cold, traced, error } = entry;
  const at = goals.objective === null ? undefined : reached(trace, { objective: goals.objective });
  const good = goals.ndcg === null ? undefined : reached(trace, { ndcg: goals.ndcg });
  const timing = at && error === null ? timingOf(entry, at) : undefined;
  const lowest = trace.reduce((low, { objective }) => Math.min(low, objective), Infinity);
  const missed = trace.length > 0 && !at && goals.objective !== null;
  return {
    name,
    seconds: timing?.seconds ?? null,
    objective: at?.objective ?? (trace.length > 0 ? lowest : null),
    peakMiB: (cold ?? traced)?.peakMiB ?? null,
    iterations: timing?.iterations ?? null,
    runs: [...timing?.runs ?? []],
    coldSeconds: cold?.seconds ?? null,
    laps: medianLaps(entry.laps),
    memory: (cold ?? traced)?.memory ?? null,
    quality: good && error === null ? timingOf(entry, good) : null,
    trace,
    runtime: traced?.runtime ?? null,
    error: error ?? (missed ? `it has not reached the target in ${trace.length} iterations` : null),
  };
}

/** The timed runs, or the traced one of a solver that is too slow to run again. */
function timingOf({ timings }: Entry, { iteration, seconds }: Point): Timing {
  const runs = timings.get(iteration) ?? [seconds];
  return { iterations: iteration, seconds: median(runs), runs };
}

/** Sweep by sweep, the median over the runs. */
function medianLaps(runs: readonly (readonly number[])[]): number[] {
  const sweeps = Math.min(...runs.map((run) => run.length));
  if (!Number.isFinite(sweeps)) return [];
  return Array.from({ length: sweeps }, (_, sweep) => median(runs.map((run) => run[sweep]!)));
}
