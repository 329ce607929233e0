import type { Dense } from "../data/matrix.ts";
import { type Job, work } from "./block.ts";
import { checkK, checkShape, type RankedLists, type TopKQuery } from "./lists.ts";
import { norm } from "./score.ts";

export interface TopKProgress {
  /** Aborting it ends the query with its reason. */
  readonly signal?: AbortSignal | undefined;
  /** Called now and then with the number of finished rows. */
  readonly progress?: ((done: number, total: number) => void) | undefined;
}

/**
 * Threads that rank for many users at once. They are started by the first query that is large
 * enough to need them and kept until the pool is disposed of; one query at a time.
 */
export class TopKPool {
  readonly #threads: number;
  #workers: Worker[] = [];

  /** Throws `RangeError` unless `threads` is a count from 1. */
  constructor(threads: number) {
    if (!Number.isInteger(threads) || threads < 1) {
      throw new RangeError(`${threads} threads: give a whole number from 1`);
    }
    this.#threads = threads;
  }

  /** Lists of every row of the query; see `topKAll`. */
  async topK(query: TopKQuery, options: TopKProgress = {}): Promise<RankedLists> {
    const { signal, progress } = options;
    signal?.throwIfAborted();
    const job = prepare(query);
    const total = query.rows.length;
    const small = total * query.items.data.length < SMALL;
    if (this.#threads === 1 || small) {
      let slept = performance.now();
      for (const done of work(job)) {
        progress?.(done, total);
        if (performance.now() - slept > YIELD_AFTER_MS) {
          await new Promise((resolve) => setTimeout(resolve, 0));
          slept = performance.now();
        }
        signal?.throwIfAborted();
      }
    } else {
      await this.#share(job, total, options);
    }
    return { k: query.k, lengths: job.lengths, items: job.outItems, scores: job.outScores };
  }

  /** Ends the threads. */
  [Symbol.dispose](): void {
    for (const worker of this.#workers) worker.terminate();
    this.#workers = [];
  }

  #share(job: Job, total: number, { signal, progress }: TopKProgress): Promise<void> {
    while (this.#workers.length < this.#threads) {
      this.#workers.push(new Worker(new URL("./worker.ts", import.meta.url), { type: "module" }));
    }
    return new Promise((resolve, reject) => {
      let running = this.#workers.length;
      let reported = 0;
      const settle = (finish: () => void): void => {
        signal?.removeEventListener("abort", onAbort);
        finish();
      };
      const onAbort = (): void => {
        // Terminated, since a thread in the middle of a block hears nothing.
        this[Symbol.dispose]();
        settle(() => reject(signal?.reason));
      };
      signal?.addEventListener("abort", onAbort);
      for (const worker of this.#workers) {
        worker.onmessage = ({ data: done }: MessageEvent<number>) => {
          if (done >= 0) {
            // Messages of several threads may overtake one another.
            reported = Math.max(reported, done);
            progress?.(reported, total);
          } else if (--running === 0) settle(resolve);
        };
        worker.onerror = (event) => {
          event.preventDefault();
          this[Symbol.dispose]();
          settle(() => reject(new Error(`A top-k thread failed: ${event.message}`)));
        };
        worker.postMessage(job);
      }
    });
  }
}

/** Multiply-adds (rows x items x factors) that one thread does before another has started. */
const SMALL = 5e7;
const YIELD_AFTER_MS = 50;

/** Checks a query and lays it out in shared memory. */
function prepare({ users, items, rows, k, candidates }: TopKQuery): Job {
  checkK(k);
  checkShape("user factors", users);
  checkShape("item factors", items);
  const factors = items.cols;
  if (users.cols !== factors) {
    throw new RangeError(`Users have ${users.cols} factors, items have ${factors}`);
  }
  const last = candidates ? Math.min(users.rows, candidates.pairs.rows) : users.rows;
  for (const row of rows) {
    if (row >= last) throw new RangeError(`User ${row} is asked for, of ${last} users`);
  }
  checkedNorms("user", users);
  const norms = checkedNorms("item", items);
  const order = shared(Uint32Array, items.rows);
  for (let i = 0; i < order.length; i++) order[i] = i;
  order.sort((a, b) => norms[b]! - norms[a]! || a - b);
  const none = new Uint32Array(0);
  return {
    factors,
    k,
    users: copy(Float32Array, users.data),
    items: copy(Float32Array, items.data),
    order,
    norms: copy(Float64Array, Float64Array.from(order, (item) => norms[item]!)),
    rows: copy(Uint32Array, rows),
    mode: candidates?.mode ?? "all",
    indptr: copy(Uint32Array, candidates?.pairs.indptr ?? none),
    indices: copy(Uint32Array, candidates?.pairs.indices ?? none),
    lengths: shared(Uint32Array, rows.length),
    outItems: shared(Uint32Array, rows.length * k),
    outScores: shared(Float64Array, rows.length * k),
    counters: shared(Int32Array, 2),
  };
}

/** Euclidean norms of the rows; throws `RangeError` where one is not finite. */
function checkedNorms(what: string, { rows, cols, data }: Dense): Float64Array {
  const norms = new Float64Array(rows);
  for (let r = 0; r < rows; r++) {
    norms[r] = norm(data, r * cols, cols);
    if (!Number.isFinite(norms[r])) {
      throw new RangeError(
        `A factor of ${what} ${r} is not finite: train again, with more regularization if it persists`,
      );
    }
  }
  return norms;
}

type Kind<T> = {
  readonly BYTES_PER_ELEMENT: number;
  new (buffer: SharedArrayBuffer): T;
};

function shared<T>(type: Kind<T>, length: number): T {
  return new type(new SharedArrayBuffer(length * type.BYTES_PER_ELEMENT));
}

/** The array itself where its memory is shared already, else a copy that is. */
function copy<T extends { length: number; buffer: ArrayBufferLike; set(from: T): void }>(
  type: Kind<T>,
  from: T,
): T {
  if (from.buffer instanceof SharedArrayBuffer) return from;
  const to = shared(type, from.length);
  to.set(from);
  return to;
}
