/** Where the arrays of a fit lie in the kernels' memory. */
import { type Csr, transpose } from "../data/matrix.ts";
import { cut } from "../kernels/blocks.ts";
import { Layout } from "../kernels/layout.ts";
import { ask, type Blocks, checkMemory, KernelPool } from "../kernels/pool.ts";
import { BIAS_COLUMNS } from "../als/biases.ts";
import type { FactorPair, Problem, ProblemShape } from "../als/solver.ts";
import { joinColumns } from "./columns.ts";
import { type LmfKernel, lmfKernels } from "./kernels.ts";
import { inclusionOf } from "./negatives.ts";
import type { StartSide } from "./start.ts";

/** One side of the problem. All numbers but `rows` are where an array lies. */
export interface Side {
  readonly name: "user" | "item";
  readonly rows: number;
  /** rows; 1 where there is something to fit. */
  readonly active: Uint8Array;
  /** Rows in blocks of about the same work. */
  readonly blocks: Blocks;
  /** Per row. */
  readonly lambda: Float64Array;
  /** Whether the other side meets every row of this one, not only drawn ones. */
  readonly whole: boolean;
  readonly indptr: number;
  readonly index: number;
  /** d by entry. */
  readonly weight: number;
  readonly lambdaAt: number;
  /** float64: the probability of being drawn. */
  readonly inclusion: number;
  /** rows x k */
  readonly vectors: number;
  /** rows */
  readonly biases: number;
}

/** The arrays of one fit. */
export interface LmfMemory {
  readonly pool: KernelPool<LmfKernel>;
  readonly users: Side;
  readonly items: Side;
  /** Factors as they are asked for, and as they are kept: a multiple of 16, zeros behind the last. */
  readonly factors: number;
  readonly k: number;
  /** Room for drawn rows: a multiple of 16. */
  readonly columns: number;
  /** The most entries that rows solved together have. */
  readonly entries: number;
  /** blocks, float64: where each block's draw starts. */
  readonly starts: number;
  /** blocks, float64: what each block has to say. */
  readonly sums: number;
}

/** Each block draws for itself: the more there are, the less one draw matters. */
const MOST_BLOCKS = 256;
/** Rows of a block at least, on average. */
const FEWEST_ROWS = 12;

/**
 * Lays the problem out in a new memory and starts the threads. Throws `RangeError` before that where the
 * problem needs more memory than there can be.
 */
export async function openMemory(
  problem: Problem,
  start: { readonly users: StartSide; readonly items: StartSide },
  negatives: number,
  { factors, threads }: { readonly factors: number; readonly threads: number },
): Promise<LmfMemory> {
  const k = Math.ceil(factors / 16) * 16;
  const byUser = problem.confidence;
  const nnz = byUser.indices.length;
  const kernels = await lmfKernels();
  const chunk = ask(kernels, "chunkRows");
  const inclusion = {
    users: inclusionOf(start.users.mass, negatives),
    items: inclusionOf(start.items.mass, negatives),
  };
  const columns = Math.max(columnsFor(inclusion.users), columnsFor(inclusion.items));
  const byItem = transpose(byUser);
  // An entry costs about as much as two of the drawn rows.
  const cutSide = ({ indptr }: Csr) => cut(indptr, MOST_BLOCKS, FEWEST_ROWS, columns / 2);
  const bounds = { users: cutSide(byUser), items: cutSide(byItem) };
  const entries = Math.max(
    mostEntries(byUser, bounds.users, chunk),
    mostEntries(byItem, bounds.items, chunk),
  );

  const size = { users: byUser.rows, items: byUser.cols, pairs: nnz, k };
  const { layout, userPlace, itemPlace, starts, sums } = arrange(size);
  const scratchBytes = Math.ceil(ask(kernels, "logisticScratch", k, columns, entries) / 64) * 64;
  const scratch = layout.take(threads * scratchBytes);
  checkMemory(
    layout.bytes,
    `A fit of ${byUser.rows} users, ${byUser.cols} items, ${nnz} pairs and ${factors} factors`,
  );
  const pool = KernelPool.start(kernels, layout.bytes, threads);
  pool.setScratch(scratch, scratchBytes);
  const fill = (
    name: Side["name"],
    side: StartSide,
    of: Csr,
    lambda: Float64Array,
    probability: Float64Array,
    limits: Uint32Array,
    { boundsAt, ...at }: ReturnType<typeof arrange>["userPlace"],
  ): Side => {
    const { buffer } = pool.memory;
    new Uint32Array(buffer, boundsAt, limits.length).set(limits);
    new Uint32Array(buffer, at.indptr, of.rows + 1).set(of.indptr);
    new Uint32Array(buffer, at.index, nnz).set(of.indices);
    new Float32Array(buffer, at.weight, nnz).set(of.values);
    new Float64Array(buffer, at.lambdaAt, of.rows).set(lambda);
    new Float64Array(buffer, at.inclusion, of.rows).set(probability);
    new Float32Array(buffer, at.biases, of.rows).set(side.biases);
    const to = new Float32Array(buffer, at.vectors, of.rows * k);
    for (let r = 0; r < of.rows; r++) {
      if (side.active[r]) to.set(side.vectors.subarray(r * factors, (r + 1) * factors), r * k);
    }
    return {
      name,
      rows: of.rows,
      active: side.active,
      blocks: { count: limits.length - 1, bounds: boundsAt },
      lambda,
      whole: probability.every((value) => value === 0 || value === 1),
      ...at,
    };
  };
  const { userLambda, itemLambda } = problem;
  return {
    pool,
    users: fill("user", start.users, byUser, userLambda, inclusion.users, bounds.users, userPlace),
    items: fill("item", start.items, byItem, itemLambda, inclusion.items, bounds.items, itemPlace),
    factors,
    k,
    columns,
    entries,
    starts,
    sums,
  };
}

interface Size {
  readonly users: number;
  readonly items: number;
  readonly pairs: number;
  readonly k: number;
}

/** The arrays of a fit but the threads' scratch, which is to be taken last. */
function arrange({ users, items, pairs, k }: Size) {
  const layout = new Layout();
  const place = (n: number) => ({
    boundsAt: layout.take(4 * (MOST_BLOCKS + 1)),
    indptr: layout.take(4 * (n + 1)),
    index: layout.take(4 * pairs),
    weight: layout.take(4 * pairs),
    lambdaAt: layout.take(8 * n),
    inclusion: layout.take(8 * n),
    vectors: layout.take(4 * k * n),
    biases: layout.take(4 * n),
  });
  const [userPlace, itemPlace] = [place(users), place(items)];
  const [starts, sums] = [layout.take(8 * MOST_BLOCKS), layout.take(8 * MOST_BLOCKS)];
  return { layout, userPlace, itemPlace, starts, sums };
}

/** Bytes that a thread takes beside its scratch: a JavaScript engine of its own. */
const THREAD = 1 << 22;

/** About how many bytes a fit takes beside its problem. */
export function bytesOf(
  { users, items, pairs, longest, factors, threads }: ProblemShape,
  negatives: number,
): number {
  const k = Math.ceil(factors / 16) * 16;
  const columns = Math.min(negatives, Math.max(users, items)) + 32;
  // Rows that are solved together: CHUNK of the kernels.
  const entries = Math.min(pairs, 12 * longest);
  const scratch = 8 * columns * k + 12 * 20 * (columns + k) + 20 * entries;
  const kernels = arrange({ users, items, pairs, k }).layout.bytes + threads * (scratch + THREAD);
  // Pairs by item, and the factors as they start and as they are handed over.
  return kernels + 8 * pairs + 2 * 4 * (users + items) * (factors + BIAS_COLUMNS);
}

/** The model as solvers hand it over. */
export function readModel({ pool, users, items, factors, k }: LmfMemory): FactorPair {
  const read = ({ vectors, biases, rows, active }: Side) => {
    const padded = new Float32Array(pool.memory.buffer, vectors, rows * k);
    const out = factors === k ? padded : new Float32Array(rows * factors);
    for (let r = 0; factors < k && r < rows; r++) {
      out.set(padded.subarray(r * k, r * k + factors), r * factors);
    }
    return { vectors: out, biases: new Float32Array(pool.memory.buffer, biases, rows), active };
  };
  return joinColumns(read(users), read(items), factors);
}

/** A draw gives as many rows as the probabilities sum to, or one more. */
function columnsFor(inclusion: Float64Array): number {
  return Math.ceil((Math.ceil(inclusion.reduce((a, b) => a + b, 0)) + 1) / 16) * 16;
}

/** The most entries of `chunk` rows in a row, counted from the first of each block. */
function mostEntries({ indptr }: Csr, bounds: Uint32Array, chunk: number): number {
  let most = 0;
  for (let block = 0; block + 1 < bounds.length; block++) {
    for (let r = bounds[block]!; r < bounds[block + 1]!; r += chunk) {
      const end = Math.min(r + chunk, bounds[block + 1]!);
      most = Math.max(most, indptr[end]! - indptr[r]!);
    }
  }
  return most;
}
