/**
 * Exact top-k by inner product over the full catalogue. Order: score descending, then item index
 * ascending. Items that are left out are removed, never pushed down: a list ends where the
 * candidates do, and is never padded.
 */
import type { Dense } from "../data/matrix.ts";
import { Best } from "./best.ts";
import type { RankedList, RankedLists, TopKQuery } from "./lists.ts";
import { checkK, checkShape, includes } from "./lists.ts";
import { TopKPool, type TopKProgress } from "./pool.ts";
import { score } from "./score.ts";

export interface TopKOptions {
  readonly k: number;
  /** Items to remove, ascending: as a rule what the user has bought. */
  readonly exclude?: Uint32Array | undefined;
  /** A further filter; called only for items that would enter the list. */
  readonly keep?: ((item: number) => boolean) | undefined;
}

/**
 * The top k of one user by one pass over the items (items x factors): the path of a server.
 *
 * Throws `RangeError` where shapes do not fit, k is not a count from 1, or a score is not finite.
 */
export function topK(user: Float32Array, items: Dense, options: TopKOptions): RankedList {
  const { k, exclude, keep } = options;
  const { rows, cols: factors, data } = items;
  checkK(k);
  checkShape("item factors", items);
  if (user.length !== factors) {
    throw new RangeError(`The user vector has ${user.length} factors, the items have ${factors}`);
  }
  const best = new Best(Math.min(k, rows));
  const offer = (score: number, item: number): void => {
    if (!best.admits(score, item)) return;
    if (exclude !== undefined && includes(exclude, 0, exclude.length, item)) return;
    if (keep !== undefined && !keep(item)) return;
    best.add(score, item);
  };
  // No sum of finite scores overflows, so one sum over all of them tells whether each is finite.
  let total = 0;
  // Four items at a time: four independent sums hide the latency of the additions.
  const tiled = rows - rows % 4;
  for (let item = 0; item < tiled; item += 4) {
    const a = item * factors, b = a + factors, c = b + factors, d = c + factors;
    let sa = 0, sb = 0, sc = 0, sd = 0;
    for (let f = 0; f < factors; f++) {
      const x = user[f]!;
      sa += x * data[a + f]!;
      sb += x * data[b + f]!;
      sc += x * data[c + f]!;
      sd += x * data[d + f]!;
    }
    total += sa + sb + sc + sd;
    if (sa >= best.threshold) offer(sa, item);
    if (sb >= best.threshold) offer(sb, item + 1);
    if (sc >= best.threshold) offer(sc, item + 2);
    if (sd >= best.threshold) offer(sd, item + 3);
  }
  for (let item = tiled; item < rows; item++) {
    const s = score(user, 0, data, item * factors, factors);
    total += s;
    if (s >= best.threshold) offer(s, item);
  }
  if (!Number.isFinite(total)) throw notFinite(user, items);
  const list = { items: new Uint32Array(best.size), scores: new Float64Array(best.size) };
  best.drain(list.items, list.scores, 0);
  return list;
}

/**
 * The top k of many users, equal to `topK` of each to the last bit at any number of threads: the
 * path of an evaluation. Where several queries follow one another, keep a `TopKPool` instead.
 *
 * Throws `RangeError` where shapes do not fit, an index is out of range, k is not a count from 1, or
 * a factor is not finite; throws the signal's reason when aborted.
 */
export async function topKAll(
  query: TopKQuery,
  options: { readonly threads: number } & TopKProgress,
): Promise<RankedLists> {
  using pool = new TopKPool(options.threads);
  return await pool.topK(query, options);
}

function notFinite(user: Float32Array, { cols, data }: Dense): RangeError {
  const remedy = "train again, with more regularization if it persists";
  const at = user.findIndex((value) => !Number.isFinite(value));
  if (at >= 0) return new RangeError(`User factor ${at} is ${user[at]}: ${remedy}`);
  const of = data.findIndex((value) => !Number.isFinite(value));
  const where = `Factor ${of % cols} of item ${Math.floor(of / cols)}`;
  return new RangeError(`${where} is ${data[of]}: ${remedy}`);
}
