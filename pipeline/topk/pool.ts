import { evenBlocks } from "../kernels/blocks.ts";
import { Layout } from "../kernels/layout.ts";
import { Pause } from "../kernels/pause.ts";
import { KernelPool } from "../kernels/pool.ts";
import { type TopKKernel, topKKernels } from "./kernels.ts";
import { checkK, checkShape, type RankedLists, type TopKQuery } from "./lists.ts";
import {
  boundBlocks,
  type Catalogue,
  checkAddressable,
  checkFinite,
  type Lists,
  mostListed,
  placeCatalogue,
  placeLists,
  readLists,
  scratchBytes,
  writeItems,
  writeListed,
  writeQuery,
} from "./memory.ts";

export interface TopKProgress {
  /** Aborting it ends the query with its reason. */
  readonly signal?: AbortSignal | undefined;
  /** Called now and then with the number of finished rows. */
  readonly progress?: ((done: number, total: number) => void) | undefined;
}

/** Multiply-adds (rows x items x factors) that one thread does before another has started. */
const SMALL = 2e9;
/** Users whose vectors and lists are in the kernels' memory together, at most, and their bytes. */
const MOST_ROWS = 4096;
const MOST_BYTES = 1 << 26;
/** Users that a thread takes at once: as many as the kernel ranks together. */
const BLOCK_ROWS = 64;

/**
 * Ranks for many users at once: the path of an evaluation. Threads and memory are kept from one query
 * to the next, until the pool is disposed of; one query at a time.
 */
export class TopKPool {
  /** For whoever ranks in another way. */
  readonly threads: number;
  #kernels: KernelPool<TopKKernel> | undefined;
  /** Threads of `#kernels`. */
  #running = 0;

  /** Throws `RangeError` unless `threads` is a count from 1. */
  constructor(threads: number) {
    if (!Number.isInteger(threads) || threads < 1) {
      throw new RangeError(`${threads} threads: give a whole number from 1`);
    }
    this.threads = threads;
  }

  /**
   * The lists of every row of the query, equal to those of `TopKIndex` to the last bit at any number of
   * threads. Users are taken in turns, so memory does not grow with their number.
   *
   * Throws `RangeError` where shapes do not fit, an index is out of range, k is not a count from 1, a
   * factor is not finite, or memory is not to be had; throws the signal's reason when aborted.
   */
  async topK(query: TopKQuery, { signal, progress }: TopKProgress = {}): Promise<RankedLists> {
    signal?.throwIfAborted();
    check(query);
    const { items, rows, k } = query;
    const total = rows.length;
    const lists: RankedLists = {
      k,
      lengths: new Uint32Array(total),
      items: new Uint32Array(total * k),
      scores: new Float64Array(total * k),
    };
    if (items.rows === 0 || total === 0) return lists;
    const turns = new Pause(signal);
    const small = total * items.data.length < SMALL;
    const plan = layOut(query, small ? this.#running || 1 : this.threads);
    const kernels = this.#start(plan);
    try {
      const { catalogue, step } = plan;
      const blocks = evenBlocks(kernels.memory, plan.bounds, catalogue.blocks, 1);
      const args = writeItems(kernels.memory, catalogue, items);
      await kernels.run("packColumns", blocks, args, turns);
      boundBlocks(kernels.memory, catalogue);
      writeQuery(kernels.memory, catalogue, plan.lists, query.candidates?.mode === "only");
      for (let from = 0; from < total; from += step) {
        const to = Math.min(from + step, total);
        writeRows(kernels.memory, plan.lists, query, from, to);
        const rowBlocks = evenBlocks(kernels.memory, plan.bounds, to - from, BLOCK_ROWS);
        await kernels.run("rankRows", rowBlocks, [plan.lists.query], turns);
        readLists(kernels.memory, plan.lists, lists, from, to);
        progress?.(to, total);
        signal?.throwIfAborted();
      }
    } catch (error) {
      // A thread in the middle of a block hears nothing.
      this[Symbol.dispose]();
      throw error;
    }
    return lists;
  }

  /** Ends the threads, frees the memory. */
  [Symbol.dispose](): void {
    this.#kernels?.[Symbol.dispose]();
    this.#kernels = undefined;
    this.#running = 0;
  }

  /** The threads and memory of the last query where they are enough, else new ones. */
  #start({ bytes, threads, scratch, scratchBytes }: Plan): KernelPool<TopKKernel> {
    const { byteLength = 0 } = this.#kernels?.memory.buffer ?? {};
    if (!this.#kernels || byteLength < bytes || this.#running !== threads) {
      this[Symbol.dispose]();
      this.#kernels = KernelPool.start(topKKernels(), bytes, threads);
      this.#running = threads;
    }
    this.#kernels.setScratch(scratch, scratchBytes);
    return this.#kernels;
  }
}

/** Where arrays lie for one query. */
interface Plan {
  readonly catalogue: Catalogue;
  readonly lists: Lists;
  /** Rows that have room together. */
  readonly step: number;
  /** Where the boundaries of a job's blocks lie. */
  readonly bounds: number;
  readonly threads: number;
  readonly scratch: number;
  readonly scratchBytes: number;
  readonly bytes: number;
}

function layOut({ items, rows, k, candidates }: TopKQuery, threads: number): Plan {
  const most = Math.min(k, items.rows);
  const step = Math.max(
    1,
    Math.min(rows.length, MOST_ROWS, Math.floor(MOST_BYTES / (4 * items.cols + 12 * most))),
  );
  const layout = new Layout();
  const catalogue = placeCatalogue(layout, items.rows, items.cols);
  const listed = mostListed(candidates, rows, step);
  const lists = placeLists(layout, catalogue, step, most, listed);
  const bounds = layout.take(4 * (Math.max(catalogue.blocks, Math.ceil(step / BLOCK_ROWS)) + 1));
  const bytes = scratchBytes(items.cols);
  const scratch = layout.take(threads * bytes);
  checkAddressable(layout, catalogue);
  return {
    ...{ catalogue, lists, step, bounds, threads, scratch },
    scratchBytes: bytes,
    bytes: layout.bytes,
  };
}

/** Puts the vectors and listed items of `rows[from .. to]` in place. */
function writeRows(
  memory: WebAssembly.Memory,
  at: Lists,
  { users: { cols, data }, rows, candidates }: TopKQuery,
  from: number,
  to: number,
): void {
  const vectors = new Float32Array(memory.buffer, at.users, (to - from) * cols);
  for (let n = 0; n < to - from; n++) {
    const row = rows[from + n]!;
    vectors.set(data.subarray(row * cols, (row + 1) * cols), n * cols);
  }
  writeListed(memory, at, rows.subarray(from, to), candidates);
}

function check({ users, items, rows, k, candidates }: TopKQuery): void {
  checkK(k);
  checkShape("user factors", users);
  checkShape("item factors", items);
  if (users.cols !== items.cols) {
    throw new RangeError(`Users have ${users.cols} factors, items have ${items.cols}`);
  }
  const last = candidates ? Math.min(users.rows, candidates.pairs.rows) : users.rows;
  for (const row of rows) {
    if (row >= last) throw new RangeError(`User ${row} is asked for, of ${last} users`);
  }
  checkFinite(users, (user) => `user ${user}`);
}
