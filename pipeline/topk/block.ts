/**
 * The top k of a block of users at once: items in blocks that stay in the cache, two users and four
 * items a step, items of large norm first, so that a user is done as soon as no later item can
 * enter the list (|score| <= |user| |item|). Scores are those of `score.ts`, bit by bit.
 */
import { Best } from "./best.ts";
import { includes } from "./lists.ts";
import { norm, NORM_SLACK } from "./score.ts";

/** What all workers share: arrays over shared memory, so that posting it copies nothing. */
export interface Job {
  readonly factors: number;
  readonly k: number;
  /** users x factors */
  readonly users: Float32Array;
  /** items x factors */
  readonly items: Float32Array;
  /** Item indices by norm, descending, then by index. */
  readonly order: Uint32Array;
  /** Norms in that order. */
  readonly norms: Float64Array;
  /** Users to rank for. */
  readonly rows: Uint32Array;
  readonly mode: "all" | "without" | "only";
  /** Compressed rows of the candidates; empty where `mode` is "all". */
  readonly indptr: Uint32Array;
  readonly indices: Uint32Array;
  /** rows */
  readonly lengths: Uint32Array;
  /** rows x k */
  readonly outItems: Uint32Array;
  /** rows x k */
  readonly outScores: Float64Array;
  /** [next block, finished rows] */
  readonly counters: Int32Array;
}

/** Rows that a worker takes at once: their factors and heaps stay in the second-level cache. */
const BLOCK_ROWS = 128;
/** 64 items x 64 factors x 8 bytes: the size of a first-level cache. */
const BLOCK_VALUES = 4096;

/** Ranks for `rows[from .. to]`, at most BLOCK_ROWS of them, and writes their lists. */
class BlockRanker {
  readonly #job: Job;
  readonly #best: Best[];
  /** BLOCK_ROWS x factors */
  readonly #users: Float64Array;
  readonly #norms = new Float64Array(BLOCK_ROWS);
  /** Positions in the block of the users that are not done. */
  readonly #active = new Uint32Array(BLOCK_ROWS);
  /** Panels of four items: `panel[p * 4 * factors + 4 * f + j]` is factor f of item 4p + j. */
  readonly #panels: Float64Array;
  readonly #blockItems: number;
  /** 2 x 4: scores of a pair of users and a panel. */
  readonly #tile = new Float64Array(8);

  constructor(job: Job) {
    this.#job = job;
    const { factors, k } = job;
    this.#best = Array.from({ length: BLOCK_ROWS }, () => new Best(k));
    this.#users = new Float64Array(BLOCK_ROWS * factors);
    this.#blockItems = Math.max(4, Math.floor(BLOCK_VALUES / Math.max(1, factors) / 4) * 4);
    this.#panels = new Float64Array(this.#blockItems * factors);
  }

  rank(from: number, to: number): void {
    const { factors, k, users, rows, order, norms, lengths, outItems, outScores } = this.#job;
    const count = to - from;
    for (let r = 0; r < count; r++) {
      const at = rows[from + r]! * factors;
      for (let f = 0; f < factors; f++) this.#users[r * factors + f] = users[at + f]!;
      this.#norms[r] = norm(users, at, factors);
      this.#active[r] = r;
    }
    let active = count;
    for (let first = 0; first < order.length && active > 0; first += this.#blockItems) {
      // Strictly below the threshold: an equal score may still win by its index.
      const bound = norms[first]! * NORM_SLACK;
      let left = 0;
      for (let a = 0; a < active; a++) {
        const r = this.#active[a]!;
        if (this.#norms[r]! * bound >= this.#best[r]!.threshold) this.#active[left++] = r;
      }
      active = left;
      if (active === 0) break;
      const last = Math.min(first + this.#blockItems, order.length);
      this.#pack(first, last);
      for (let a = 0; a < active; a += 2) {
        // An odd last user is paired with itself; the second half of the tile goes unread.
        this.#scan(from, this.#active[a]!, this.#active[Math.min(a + 1, active - 1)]!, first, last);
      }
    }
    for (let r = 0; r < count; r++) {
      lengths[from + r] = this.#best[r]!.drain(outItems, outScores, (from + r) * k);
    }
  }

  /** Copies the items at positions first .. last into panels; a last panel may hold old items too. */
  #pack(first: number, last: number): void {
    const { factors, items, order } = this.#job;
    const panels = this.#panels;
    for (let p = first; p < last; p++) {
      const n = p - first;
      const to = (n >> 2) * 4 * factors + (n & 3);
      const at = order[p]! * factors;
      for (let f = 0; f < factors; f++) panels[to + 4 * f] = items[at + f]!;
    }
  }

  #scan(from: number, r0: number, r1: number, first: number, last: number): void {
    const { factors } = this.#job;
    const tile = this.#tile;
    const best0 = this.#best[r0]!;
    const best1 = this.#best[r1]!;
    for (let p = first; p < last; p += 4) {
      multiply(
        this.#users,
        r0 * factors,
        r1 * factors,
        this.#panels,
        (p - first) * factors,
        factors,
        tile,
      );
      const width = Math.min(4, last - p);
      for (let j = 0; j < width; j++) {
        if (tile[j]! >= best0.threshold) this.#offer(best0, from + r0, tile[j]!, p + j);
      }
      if (r1 === r0) continue;
      for (let j = 0; j < width; j++) {
        if (tile[4 + j]! >= best1.threshold) this.#offer(best1, from + r1, tile[4 + j]!, p + j);
      }
    }
  }

  #offer(best: Best, row: number, score: number, position: number): void {
    const { order, rows, mode, indptr, indices } = this.#job;
    const item = order[position]!;
    if (!best.admits(score, item)) return;
    if (mode !== "all") {
      const user = rows[row]!;
      const listed = includes(indices, indptr[user]!, indptr[user + 1]!, item);
      if (listed === (mode === "without")) return;
    }
    best.add(score, item);
  }
}

/**
 * Takes blocks of rows off the job's counter until none is left, whoever else does the same;
 * yields the number of rows that all together have finished.
 */
export function* work(job: Job): Generator<number, void, void> {
  const ranker = new BlockRanker(job);
  for (;;) {
    const from = Atomics.add(job.counters, 0, 1) * BLOCK_ROWS;
    if (from >= job.rows.length) return;
    const to = Math.min(from + BLOCK_ROWS, job.rows.length);
    ranker.rank(from, to);
    yield Atomics.add(job.counters, 1, to - from) + to - from;
  }
}

/** out (2 x 4) = the users at u and v times the panel at p; each sum in the order of factors. */
function multiply(
  users: Float64Array,
  u: number,
  v: number,
  panel: Float64Array,
  p: number,
  factors: number,
  out: Float64Array,
): void {
  let u0 = 0, u1 = 0, u2 = 0, u3 = 0;
  let v0 = 0, v1 = 0, v2 = 0, v3 = 0;
  for (let f = 0; f < factors; f++, p += 4) {
    const a = users[u + f]!;
    const b = users[v + f]!;
    const w0 = panel[p]!, w1 = panel[p + 1]!, w2 = panel[p + 2]!, w3 = panel[p + 3]!;
    u0 += a * w0;
    u1 += a * w1;
    u2 += a * w2;
    u3 += a * w3;
    v0 += b * w0;
    v1 += b * w1;
    v2 += b * w2;
    v3 += b * w3;
  }
  out[0] = u0;
  out[1] = u1;
  out[2] = u2;
  out[3] = u3;
  out[4] = v0;
  out[5] = v1;
  out[6] = v2;
  out[7] = v3;
}
