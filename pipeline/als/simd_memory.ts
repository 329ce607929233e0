/** Where the simd solver's arrays lie in the kernels' memory. */
import { Layout } from "../kernels/layout.ts";
import { ask, type Blocks, checkMemory, KernelPool, type Turns } from "../kernels/pool.ts";
import { type SimdKernel, simdKernels } from "./simd_kernels.ts";
import type { FactorPair, Problem, ProblemShape } from "./solver.ts";

/** One side of the problem. What is not said to be otherwise is where an array lies. */
export interface Side {
  readonly name: "user" | "item";
  readonly rows: number;
  /** rows + 1; not a place: the numbers themselves. */
  readonly starts: Uint32Array;
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
/** Entries that a thread transposes at a time at least; and parts at most, since each part looks at every row. */
const TRANSPOSED = 1 << 17;
const MOST_PARTS = 16;
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
  turns: Turns,
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
  const itemStarts = columnStarts(byUser.indices, cols);
  const longest = Math.max(longestRow(byUser.indptr), longestRow(itemStarts));
  const kernels = await simdKernels();
  const scratchBytes = Math.ceil(ask(kernels, "solveScratch", k, longest) / 64) * 64;
  const scratch = layout.take(threads * scratchBytes);
  checkMemory(
    layout.bytes,
    `A fit of ${rows} users, ${cols} items, ${nnz} pairs and ${factors} factors`,
  );

  const pool = KernelPool.start(kernels, layout.bytes, threads);
  pool.setScratch(scratch, scratchBytes);
  const side = (
    name: Side["name"],
    starts: Uint32Array,
    lambda: Float64Array,
    { boundsAt, ...at }: ReturnType<typeof place>,
  ): Side => {
    const { buffer } = pool.memory;
    new Uint32Array(buffer, at.indptr, starts.length).set(starts);
    new Float64Array(buffer, at.lambdaAt, lambda.length).set(lambda);
    const bounds = cut(starts, mostBlocks(k), k / 8);
    new Uint32Array(buffer, boundsAt, bounds.length).set(bounds);
    return {
      name,
      rows: lambda.length,
      starts,
      lambda,
      blocks: { count: bounds.length - 1, bounds: boundsAt },
      bounds,
      packed: packed === "always" || packed === "large" && 4 * k * lambda.length > LARGE,
      ...at,
    };
  };
  // The threads start while this one copies.
  const users = side("user", byUser.indptr, problem.userLambda, userPlace);
  new Uint32Array(pool.memory.buffer, users.index, nnz).set(byUser.indices);
  new Float32Array(pool.memory.buffer, users.extra, nnz).set(byUser.values);
  const items = side("item", itemStarts, problem.itemLambda, itemPlace);
  const memory = { pool, users, items, factors, k, longest, ...arrays };
  await transposeEntries(memory, turns);
  return memory;
}

/** Fills in the entries of the items from those of the users. */
async function transposeEntries(memory: SimdMemory, turns: Turns): Promise<void> {
  const { pool, users, items, grams, itemScale } = memory;
  const count = Math.min(MOST_PARTS, Math.ceil(items.starts.at(-1)! / TRANSPOSED));
  const bounds = cut(items.starts, count, 0);
  // Neither the place of Gram matrices nor that of scales is in use yet.
  new Uint32Array(pool.memory.buffer, grams, bounds.length).set(bounds);
  const blocks = { count: bounds.length - 1, bounds: grams };
  const from = [users.rows, users.indptr, users.index, users.extra];
  const to = [items.indptr, items.index, items.extra, itemScale];
  await pool.run("transpose", blocks, [...from, ...to], turns);
}

/** Where the entries of each column start: columns + 1. */
function columnStarts(indices: Uint32Array, columns: number): Uint32Array {
  const starts = new Uint32Array(columns + 1);
  for (const column of indices) starts[column + 1]!++;
  for (let column = 0; column < columns; column++) starts[column + 1]! += starts[column]!;
  return starts;
}

function longestRow(starts: Uint32Array): number {
  let longest = 0;
  for (let row = 1; row < starts.length; row++) {
    longest = Math.max(longest, starts[row]! - starts[row - 1]!);
  }
  return longest;
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
 * Cuts rows into at most `most` blocks of about the same work, of 16 rows at least: an entry counts 1 (three
 * passes of 4 k multiply-adds), a row `rowCost` (three triangular products of about k^2). Nothing but
 * the problem decides where, so that sums over blocks are the same at any number of threads.
 */
function cut(starts: Uint32Array, most: number, rowCost: number): Uint32Array {
  const rows = starts.length - 1;
  const total = starts[rows]! + rows * rowCost;
  const count = Math.max(1, Math.min(most, Math.ceil(rows / 16)));
  const bounds = [0];
  for (let r = 1; r < rows; r++) {
    if (starts[r]! + r * rowCost >= total * bounds.length / count) bounds.push(r);
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
  const read = ({ x, rows }: Side) => {
    const padded = new Float32Array(pool.memory.buffer, x, rows * k);
    if (factors === k) return padded;
    const out = new Float32Array(rows * factors);
    for (let r = 0; r < rows; r++) out.set(padded.subarray(r * k, r * k + factors), r * factors);
    return out;
  };
  return { userFactors: read(users), itemFactors: read(items) };
}
