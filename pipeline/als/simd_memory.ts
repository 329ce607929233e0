/** Where the simd solver's arrays lie in the kernels' memory. */
import { type Csr, transpose } from "../data/matrix.ts";
import { Layout } from "../kernels/layout.ts";
import { ask, type Blocks, checkMemory, KernelPool } from "../kernels/pool.ts";
import { type SimdKernel, simdKernels } from "./simd_kernels.ts";
import type { FactorPair, Problem, ProblemShape } from "./solver.ts";

/** One side of the problem. Everything but the first five is where an array lies. */
export interface Side {
  readonly name: "user" | "item";
  /** rows x columns */
  readonly entries: Csr;
  /** Per row. */
  readonly lambda: Float64Array;
  /** Rows in blocks of about the same work: see `cut`. */
  readonly blocks: Blocks;
  /** First rows of the blocks, and the number of rows. */
  readonly bounds: Uint32Array;
  readonly indptr: number;
  readonly index: number;
  /** c - 1 by entry. */
  readonly extra: number;
  readonly lambdaAt: number;
  /** rows x k: the factors. */
  readonly x: number;
  /** Whether its whitened factors are kept in half the bytes. */
  readonly packed: boolean;
  /** rows x k: what the next sweep starts from, extrapolated. */
  readonly e: number;
}

/** The arrays of one fit. */
export interface SimdMemory {
  readonly pool: KernelPool<SimdKernel>;
  readonly users: Side;
  readonly items: Side;
  /** Factors as they are asked for. */
  readonly factors: number;
  /** Factors as they are kept: whole cache lines of 16, zeros behind the last. */
  readonly k: number;
  /** Longest row of either side. */
  readonly longest: number;
  /** max(rows) x k: the fixed side, whitened. */
  readonly w: number;
  /** k x k each: into the whitened system, back, and of the fixed side; packed. */
  readonly into: number;
  readonly back: number;
  readonly whiten: number;
  /** k: the diagonal of the transformed system. */
  readonly diagonal: number;
  /** blocks x k x k */
  readonly grams: number;
  /** blocks x 3, float64 */
  readonly sums: number;
  /** max(rows), float32: per-row scales of the start. */
  readonly userScale: number;
  readonly itemScale: number;
}

/** Gram matrices of all blocks take at most so much, and there are at most so many. */
const GRAM_BYTES = 1 << 23;
const MOST_BLOCKS = 128;
/** What a core's own cache holds of the fixed side, in bytes, or nearly. */
const LARGE = 1 << 20;

/**
 * Lays the problem out in a new memory and starts the threads. Throws `RangeError` before that
 * where the problem needs more memory than there can be.
 */
export async function openMemory(
  problem: Problem,
  factors: number,
  threads: number,
  packed: "large" | "always" | "never",
): Promise<SimdMemory> {
  const k = Math.ceil(factors / 16) * 16;
  const layout = new Layout();
  const byUser = problem.confidence;
  const { rows, cols } = byUser;
  const nnz = byUser.indices.length;
  const place = (n: number) => ({
    boundsAt: layout.take(4 * (MOST_BLOCKS + 1)),
    indptr: layout.take(4 * (n + 1)),
    // Kernels read on to a multiple of 16 bytes.
    index: layout.take(4 * nnz + 16),
    extra: layout.take(4 * nnz + 16),
    lambdaAt: layout.take(8 * n),
    x: layout.take(4 * k * n),
    e: layout.take(4 * k * n),
  });
  const [userPlace, itemPlace] = [place(rows), place(cols)];
  const most = Math.max(rows, cols);
  const arrays = {
    w: layout.take(4 * k * most),
    into: layout.take(4 * k * k),
    back: layout.take(4 * k * k),
    whiten: layout.take(4 * k * k),
    diagonal: layout.take(4 * k),
    grams: layout.take(4 * k * k * mostBlocks(k)),
    sums: layout.take(24 * MOST_BLOCKS),
    userScale: layout.take(4 * rows),
    itemScale: layout.take(4 * cols),
  };
  const perItem = new Uint32Array(cols);
  for (const item of byUser.indices) perItem[item]!++;
  let longest = perItem.reduce((a, b) => Math.max(a, b), 0);
  for (let u = 0; u < rows; u++) {
    longest = Math.max(longest, byUser.indptr[u + 1]! - byUser.indptr[u]!);
  }
  const kernels = await simdKernels();
  const scratchBytes = Math.ceil(ask(kernels, "solveScratch", k, longest) / 64) * 64;
  const scratch = layout.take(threads * scratchBytes);
  checkMemory(
    layout.bytes,
    `A fit of ${rows} users, ${cols} items, ${nnz} pairs and ${factors} factors`,
  );

  const pool = KernelPool.start(kernels, layout.bytes, threads);
  pool.setScratch(scratch, scratchBytes);
  const fill = (
    name: Side["name"],
    entries: Csr,
    lambda: Float64Array,
    { boundsAt, ...at }: ReturnType<typeof place>,
  ): Side => {
    const { buffer } = pool.memory;
    new Uint32Array(buffer, at.indptr, entries.rows + 1).set(entries.indptr);
    new Uint32Array(buffer, at.index, nnz).set(entries.indices);
    new Float32Array(buffer, at.extra, nnz).set(entries.values);
    new Float64Array(buffer, at.lambdaAt, entries.rows).set(lambda);
    const bounds = cut(entries, k);
    new Uint32Array(buffer, boundsAt, bounds.length).set(bounds);
    return {
      name,
      entries,
      lambda,
      blocks: { count: bounds.length - 1, bounds: boundsAt },
      bounds,
      packed: packed === "always" || packed === "large" && 4 * k * entries.rows > LARGE,
      ...at,
    };
  };
  // The threads start while this one transposes.
  const users = fill("user", byUser, problem.userLambda, userPlace);
  const items = fill("item", transpose(byUser), problem.itemLambda, itemPlace);
  return { pool, users, items, factors, k, longest, ...arrays };
}

/** Bytes that a thread takes beside its scratch: a JavaScript engine of its own. */
const THREAD = 1 << 22;

/** About how many bytes a fit takes: what `openMemory` lays out, the pairs by item beside it, threads. */
export function needed({ users, items, pairs, longest, factors, threads }: ProblemShape): number {
  const k = Math.ceil(factors / 16) * 16;
  const rows = users + items;
  const sides = rows * (4 + 8 + 4 + 2 * 4 * k) + 2 * 8 * pairs;
  const shared = 4 * k * (Math.max(users, items) + k * (3 + mostBlocks(k)));
  const scratch = threads * (THREAD + 4 * 41 * k + 8 * (longest + 19));
  return sides + shared + scratch + 8 * pairs;
}

function mostBlocks(k: number): number {
  return Math.max(8, Math.min(MOST_BLOCKS, Math.floor(GRAM_BYTES / (4 * k * k))));
}

/**
 * Cuts rows into blocks of about the same work: an entry costs three passes of 4 k multiply-adds, a
 * row three triangular products of about k^2. Nothing but the problem decides where, so that sums
 * over blocks are the same at any number of threads.
 */
function cut({ rows, indptr }: Csr, k: number): Uint32Array {
  const rowCost = k / 8;
  const total = indptr[rows]! + rows * rowCost;
  const count = Math.max(1, Math.min(mostBlocks(k), Math.ceil(rows / 16)));
  const bounds = [0];
  for (let r = 1; r < rows; r++) {
    if (indptr[r]! + r * rowCost >= total * bounds.length / count) bounds.push(r);
  }
  return Uint32Array.from([...bounds, rows]);
}

/** Copies factors (rows x factors) to where the kernels have them (rows x k); null: zeros. */
export function writeFactors(
  { pool, factors, k }: SimdMemory,
  at: number,
  from: Float32Array,
): void {
  const rows = from.length / factors;
  const to = new Float32Array(pool.memory.buffer, at, rows * k);
  for (let r = 0; r < rows; r++) to.set(from.subarray(r * factors, (r + 1) * factors), r * k);
}

/** The factors, rows x factors: views of the kernels' memory where nothing is padded, else copies. */
export function readFactors({ pool, users, items, factors, k }: SimdMemory): FactorPair {
  const read = ({ x, entries: { rows } }: Side) => {
    const padded = new Float32Array(pool.memory.buffer, x, rows * k);
    if (factors === k) return padded;
    const out = new Float32Array(rows * factors);
    for (let r = 0; r < rows; r++) out.set(padded.subarray(r * k, r * k + factors), r * factors);
    return out;
  };
  return { userFactors: read(users), itemFactors: read(items) };
}
