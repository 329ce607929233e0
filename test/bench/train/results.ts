/** What the bench reports, and the arithmetic of it. */
import { z } from "zod";

/** One point of a trace: the state after an iteration. */
export const pointSchema = z.strictObject({
  iteration: z.int().min(1),
  /** From the start of the fit. */
  seconds: z.number().min(0),
  /** In float64, outside the solver. */
  objective: z.number(),
  /** NDCG@10 on the held-out pairs; null where it was not asked for. */
  ndcg: z.number().nullable(),
});
export type Point = z.infer<typeof pointSchema>;

/** Seconds of a number of iterations, each run measured from the matrix in memory. */
export const timingSchema = z.strictObject({
  iterations: z.int().min(1),
  /** Median of `runs`. */
  seconds: z.number().min(0),
  runs: z.array(z.number().min(0)).min(1),
});
export type Timing = z.infer<typeof timingSchema>;

export const solverSchema = z.strictObject({
  name: z.string(),
  /** Median seconds to the target; null where it failed or never got there. */
  seconds: z.number().min(0).nullable(),
  /** After those seconds; where the target was not reached, the lowest seen. */
  objective: z.number().nullable(),
  /** Of a process that fits once and does nothing else. */
  peakMiB: z.number().nullable(),
  iterations: z.int().min(1).nullable(),
  runs: z.array(z.number().min(0)),
  /** The first run of a process: modules compiled, functions not yet. */
  coldSeconds: z.number().nullable(),
  /** Own solvers: seconds to each sweep, medians over the runs. */
  laps: z.array(z.number().min(0)),
  /** Own solvers: mebibytes before the matrix was there, and of the matrix. The rest is the solver's. */
  memory: z.object({ runtimeMiB: z.number().nullable(), problemMiB: z.number() }).nullable(),
  /** To the quality asked for: see `caseSchema`. */
  quality: timingSchema.nullable(),
  trace: z.array(pointSchema),
  runtime: z.record(z.string(), z.string()).nullable(),
  /** Why there are no figures. */
  error: z.string().nullable(),
});
export type SolverResult = z.infer<typeof solverSchema>;

export const caseSchema = z.strictObject({
  name: z.string(),
  factors: z.int().min(1),
  users: z.int(),
  items: z.int(),
  interactions: z.int(),
  /** The objective to reach. */
  target: z.number().nullable(),
  /** Whose objective that is, and after how many iterations. */
  targetOf: z.string(),
  solvers: z.array(solverSchema),
  /** By rival: its median seconds / those of `simd`. */
  ratios: z.record(z.string(), z.number()),
  quality: z.strictObject({
    /** NDCG@10 to reach: 99.5 % of the best of any iteration of `implicit`. */
    level: z.number(),
    best: z.number(),
    users: z.int(),
    ratios: z.record(z.string(), z.number()),
  }).nullable(),
});
export type CaseResult = z.infer<typeof caseSchema>;

/** The own solver at one size. */
export const scaleSchema = z.strictObject({
  name: z.string(),
  users: z.int(),
  items: z.int(),
  interactions: z.int(),
  factors: z.int(),
  /** Median seconds of a sweep after the first. */
  sweepSeconds: z.number(),
  /** Nanoseconds for each interaction and sweep. */
  nanoseconds: z.number(),
  /** From the start of the fit to the end of its last sweep. */
  seconds: z.number(),
  sweeps: z.int(),
  peakMiB: z.number().nullable(),
  memory: solverSchema.shape.memory,
  /** SHA-256 of the factors by number of threads; of repeated runs with one number, by `2 again`. */
  digests: z.record(z.string(), z.string()),
});
export type ScaleResult = z.infer<typeof scaleSchema>;

/** What the command prints with --json. */
export const reportSchema = z.strictObject({
  cases: z.array(caseSchema),
  scale: z.array(scaleSchema),
  /** Sizes that failed, and why. */
  scaleErrors: z.array(z.strictObject({ name: z.string(), error: z.string() })),
  /** Cases and solvers that are not measured here, and why. */
  leftOut: z.array(z.strictObject({ name: z.string(), reason: z.string() })),
  machine: z.strictObject({
    threads: z.int(),
    gigaflops: z.number(),
    gigabytes: z.number(),
    /** Processes that wanted to run in the minute before; above 0.5 others were at work. */
    load: z.number(),
  }).nullable(),
  /** What simd made of the machine, by case and factors. */
  shares: z.array(z.strictObject({
    case: z.string(),
    factors: z.int(),
    sweepSeconds: z.number(),
    startSeconds: z.number(),
    flops: z.number(),
    flopsOfRun: z.number(),
    bandwidth: z.number(),
  })),
});
export type Report = z.infer<typeof reportSchema>;

/** The part of implicit's best NDCG that a user would not tell from it. */
export const NEAR_BEST = 0.995;

/** The middle of the runs; of an even number, the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  if (values.length === 0) throw new RangeError("There is no median of no runs");
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const high = sorted[middle]!;
  return sorted.length % 2 === 1 ? high : (sorted[middle - 1]! + high) / 2;
}

/** Seconds of every other solver over those of `simd`: empty where that one has none. */
export function ratios(
  seconds: readonly { readonly name: string; readonly seconds: number | null }[],
): Record<string, number> {
  const own = seconds.find(({ name }) => name === "simd")?.seconds;
  if (!own) return {};
  return Object.fromEntries(
    seconds.flatMap(({ name, seconds }) =>
      name === "simd" || seconds === null ? [] : [[name, seconds / own]]
    ),
  );
}

/** The first point that has come to the objective, or to the quality. */
export function reached(
  trace: readonly Point[],
  goal: { readonly objective: number } | { readonly ndcg: number },
): Point | undefined {
  return trace.find((point) =>
    "objective" in goal ? point.objective <= goal.objective : (point.ndcg ?? 0) >= goal.ndcg
  );
}
