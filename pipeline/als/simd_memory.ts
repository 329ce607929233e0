/** The simd solver's memory: a fit's arrays where `layOut` places them, and the threads over them. */
import { ask, type Blocks, KernelPool } from "../kernels/pool.ts";
import type { Place } from "../kernels/staging.ts";
import { type SimdKernel, simdKernels } from "./simd_kernels.ts";
import {
  layOut,
  type LayoutOptions,
  type SharedPlaces,
  type SidePlaces,
  type SideShape,
} from "./simd_layout.ts";
import type { FactorPair, Problem } from "./solver.ts";

/** One side of the problem. */
export interface Side extends SideShape, SidePlaces {
  readonly blocks: Blocks;
}

/** The arrays of one fit. */
export interface SimdMemory extends SharedPlaces {
  readonly pool: KernelPool<SimdKernel>;
  readonly users: Side;
  readonly items: Side;
  /** Factors as they are asked for. */
  readonly factors: number;
  /** Factors as they are kept: whole cache lines of 16, zeros behind the last. */
  readonly k: number;
  /** Longest row of either side. */
  readonly longest: number;
}

/**
 * Lays the problem out in a new memory and starts the threads; all but the entries is in place then.
 * Throws `RangeError` before that where the problem needs more memory than there can be.
 */
export async function openMemory(
  problem: Problem,
  factors: number,
  threads: number,
  options: LayoutOptions,
): Promise<SimdMemory> {
  const kernels = await simdKernels();
  const layout = layOut(
    ...[problem, factors, threads, options] as const,
    (k, longest) => ask(kernels, "solveScratch", k, longest),
  );
  const { k, longest, shared, scratch, staging, outside } = layout;
  const pool = KernelPool.start(kernels, layout.bytes, threads, outside);
  pool.setScratch(scratch.at, scratch.bytes);
  pool.setStaging(staging.at, staging.bytes);
  const side = (of: SideShape & SidePlaces): Side => {
    pool.uints(of.indptr, of.starts.length).set(of.starts);
    new Float64Array(pool.memory.buffer, of.lambdaAt, of.rows).set(of.lambda);
    pool.uints(of.boundsAt, of.bounds.length).set(of.bounds);
    return { ...of, blocks: { count: of.bounds.length - 1, bounds: of.boundsAt } };
  };
  // The threads start while this one copies.
  const [users, items] = [side(layout.users), side(layout.items)];
  return { pool, users, items, factors, k, longest, ...shared };
}

/** Copies factors (rows x factors) to where the kernels have them (rows x k); null: zeros. */
export function writeFactors(
  { pool, factors, k }: SimdMemory,
  at: Place,
  from: Float32Array,
): void {
  const rows = from.length / factors;
  const to = pool.floats(at, rows * k);
  for (let r = 0; r < rows; r++) to.set(from.subarray(r * factors, (r + 1) * factors), r * k);
}

/** The factors, rows x factors: views of where the kernels have them where nothing is padded, else copies. */
export function readFactors({ pool, users, items, factors, k }: SimdMemory): FactorPair {
  const read = ({ x, rows }: Side) => {
    const padded = pool.floats(x, rows * k);
    if (factors === k) return padded;
    const out = new Float32Array(rows * factors);
    for (let r = 0; r < rows; r++) out.set(padded.subarray(r * k, r * k + factors), r * factors);
    return out;
  };
  return { userFactors: read(users), itemFactors: read(items) };
}
