/** How near the simd solver comes to what the machine can do: arithmetic of the method, by formula. */
import { balancedSteps } from "../../../pipeline/als/simd.ts";
import type { Machine } from "../machine/machine.ts";
import type { CaseResult } from "./results.ts";

/** Sizes that decide how much a sweep computes. */
export interface Work {
  readonly users: number;
  readonly items: number;
  readonly interactions: number;
  readonly factors: number;
  /** Conjugate-gradient steps a row and half-sweep. */
  readonly steps: number;
}

/**
 * Float operations of one sweep. Each half goes over every entry once for the residual and once a
 * step, and each time multiplies (2 k) and, but for the last step, adds (2 k) a row of the fixed side. Each row of either side
 * takes part in three triangular products and one Gram matrix, of k^2 each.
 */
export function sweepFlops({ users, items, interactions, factors: k, steps }: Work): number {
  return 2 * interactions * (2 * steps + 1) * 2 * k + (users + items) * 4 * k ** 2;
}

/**
 * Bytes that one sweep reads if no row of the fixed side stays in a cache between two uses: for each
 * entry and pass a row of k values in two bytes each, an index and a weight.
 */
export function sweepBytes({ interactions, factors: k, steps }: Work): number {
  return 2 * interactions * (steps + 1) * (2 * k + 8);
}

/** Shares of the machine's best, from 0. */
export interface Shares {
  /** Median seconds of a sweep after the first. */
  readonly sweepSeconds: number;
  /** Seconds before the first sweep: the first one's less a usual one's. */
  readonly startSeconds: number;
  /** Of the peak of 128-bit multiply-adds, within a sweep. */
  readonly flops: number;
  /** The same over the whole run, the start's arithmetic not counted. */
  readonly flopsOfRun: number;
  /** Of the memory's read bandwidth; above 1 where caches serve. */
  readonly bandwidth: number;
}

/** What `simd` made of the machine in this case; undefined where it has not run for two sweeps. */
export function sharesOf(
  { solvers, users, items, interactions, factors }: CaseResult,
  machine: Machine,
): Shares | undefined {
  const laps = solvers.find(({ name }) => name === "simd")?.laps ?? [];
  const [first, total] = [laps[0], laps.at(-1)];
  if (first === undefined || total === undefined || laps.length < 2) return undefined;
  const sweepSeconds = (total - first) / (laps.length - 1);
  const steps = balancedSteps(users + items, interactions, factors);
  const work: Work = { users, items, interactions, factors, steps };
  const flops = sweepFlops(work);
  return {
    sweepSeconds,
    startSeconds: Math.max(0, first - sweepSeconds),
    flops: flops / sweepSeconds / (machine.gigaflops * 1e9),
    flopsOfRun: flops * laps.length / total / (machine.gigaflops * 1e9),
    bandwidth: sweepBytes(work) / sweepSeconds / (machine.gigabytes * 1e9),
  };
}
