/** The own solver alone at growing sizes: time for each interaction and sweep, memory, same bytes. */
import type { DataSet } from "./data.ts";
import type { Weights } from "./matrix.ts";
import { median, type ScaleResult } from "./results.ts";
import { type Program, Session } from "./session.ts";

export interface ScaleOptions {
  readonly factors: number;
  readonly threads: number;
  readonly weights: Weights;
  /** Fit once more with each of these numbers of threads, to compare the factors. */
  readonly digestThreads: readonly number[];
  readonly log: (line: string) => void;
}

const SWEEPS = 6;
/** Enough to pass through start, extrapolation and both sides. */
const DIGEST_SWEEPS = 3;

/** Fits `data` by `simd` in a process of its own. */
export async function measureScale(
  name: string,
  data: DataSet,
  program: Program,
  { factors, threads, weights, digestThreads, log }: ScaleOptions,
): Promise<ScaleResult> {
  const open = (threads: number) =>
    Session.open(program, {
      ...{ solver: "simd", data: data.folder, items: data.items, factors, threads, seed: 1 },
      ...{ alpha: weights.alpha, lambda: weights.lambda, regularization: weights.regularization },
    });
  const interactions = data.train.indices.length;
  log(`${name}: ${interactions} interactions, ${SWEEPS} sweeps by ${threads} threads`);
  const done = await (async () => {
    await using session = await open(threads);
    return await session.fit(SWEEPS);
  })();
  const laps = done.laps ?? [];
  const sweepSeconds = median(laps.slice(1).map((lap, at) => lap - laps[at]!));
  const digests: Record<string, string> = {};
  for (const count of digestThreads) {
    log(`${name}: ${DIGEST_SWEEPS} sweeps by ${count} threads`);
    await using session = await open(count);
    digests[count] = (await session.fit(DIGEST_SWEEPS, { digest: true })).digest ?? "";
    if (count !== threads) continue;
    digests[`${count} again`] = (await session.fit(DIGEST_SWEEPS, { digest: true })).digest ?? "";
  }
  return {
    name,
    users: data.users,
    items: data.items,
    interactions,
    factors,
    sweepSeconds,
    nanoseconds: sweepSeconds / interactions * 1e9,
    seconds: done.seconds,
    sweeps: laps.length,
    peakMiB: done.peakMiB,
    memory: done.memory ?? null,
    digests,
  };
}

/** Whether every digest of a size is the same. */
export function sameBytes({ digests }: Pick<ScaleResult, "digests">): boolean {
  return new Set(Object.values(digests)).size <= 1;
}
