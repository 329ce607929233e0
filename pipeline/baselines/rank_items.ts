/** The lists of an item-item model by the kernels, users taken in turns. */
import { type Csr, rowIndices, selectColumns } from "../data/matrix.ts";
import { evenBlocks } from "../kernels/blocks.ts";
import { Layout } from "../kernels/layout.ts";
import { Pause } from "../kernels/pause.ts";
import { ask, checkMemory, KernelPool } from "../kernels/pool.ts";
import { checkK, type RankedLists } from "../topk/lists.ts";
import { mostListed, readLists, writeListed } from "../topk/memory.ts";
import type { TopKProgress } from "../topk/pool.ts";
import type { Ranker, RankingRequest } from "../topk/ranker.ts";
import type { ItemItem } from "./item_item.ts";
import { itemKernels } from "./kernels.ts";
import { placeModel, writeModel } from "./place_model.ts";

/** A ranker with what it ranks by, for who would save it. */
export interface ItemItemRanker extends Ranker {
  readonly model: ItemItem;
  /** users x items: w. */
  readonly own: Csr;
  /** items */
  readonly base: Float64Array;
}

/**
 * Ranks the users of `own` (users x items) by a model. Its `rank` throws `RangeError` where k is not a
 * count from 1, a user is not among them, or memory is not to be had; throws the signal's reason when aborted.
 */
export function itemItemRanker(
  name: string,
  model: ItemItem,
  own: Csr,
  base: Float64Array,
): ItemItemRanker {
  const by = { model, own, base };
  return {
    name,
    ...by,
    rank: (request, { threads }, options) => rankItems({ ...by, threads }, request, options),
  };
}

type Ranking = Pick<ItemItemRanker, "model" | "own" | "base"> & { readonly threads: number };

/** Users whose items and lists are in the kernels' memory together. */
const MOST_ROWS = 4096;
/** Scores (users x items) that one thread makes before another has started. */
const SMALL = 1e7;
/** Users that a thread takes at once; `rankDense` takes as many together. */
const BLOCK_ROWS = 32;

async function rankItems(
  ranking: Ranking,
  request: RankingRequest,
  { signal, progress }: TopKProgress = {},
): Promise<RankedLists> {
  signal?.throwIfAborted();
  check(ranking, request);
  const { model, base } = ranking;
  const { rows, k, candidates } = request;
  const total = rows.length;
  const lists: RankedLists = {
    k,
    lengths: new Uint32Array(total),
    items: new Uint32Array(total * k),
    scores: new Float64Array(total * k),
  };
  if (model.items === 0 || total === 0) return lists;
  const own = positioned(ranking);
  const plan = await layOut({ ...ranking, own }, request);
  const turns = new Pause(signal);
  using pool = KernelPool.start(plan.set, plan.bytes, plan.threads, [], REMEDY);
  pool.setScratch(plan.scratch, plan.scratchBytes);
  const { memory } = pool;
  const modelArgs = writeModel(memory, plan.model, model, base);
  const kernel = model.kind === "sparse" ? "rankSparse" : "rankDense";
  for (let from = 0; from < total; from += plan.step) {
    const to = Math.min(from + plan.step, total);
    const users = rows.subarray(from, to);
    writeOwn(memory, plan, own, users);
    writeListed(memory, plan.lists, users, candidates);
    const blocks = evenBlocks(memory, plan.bounds, to - from, BLOCK_ROWS);
    await pool.run(
      kernel,
      blocks,
      [
        ...[plan.ownPtr, plan.ownItem, plan.ownValue, model.items, ...modelArgs],
        ...[plan.lists.indptr, plan.lists.indices, candidates?.mode === "only" ? 1 : 0],
        ...[plan.lists.k, plan.lists.sizes, plan.lists.outItems, plan.lists.outScores],
      ],
      turns,
    );
    readLists(memory, plan.lists, lists, from, to);
    progress?.(to, total);
    signal?.throwIfAborted();
  }
  return lists;
}

const REMEDY = "lower evaluate.baselines.itemKnn.neighbours or evaluate.baselines.ease.maxItems";

type Plan = Awaited<ReturnType<typeof layOut>>;

async function layOut({ model, own, threads }: Ranking, { rows, k, candidates }: RankingRequest) {
  const set = await itemKernels();
  const step = Math.min(rows.length, MOST_ROWS);
  const most = Math.min(k, model.items);
  const listed = mostListed(candidates, rows, step);
  const entries = mostListed({ pairs: own, mode: "only" }, rows, step);
  const layout = new Layout();
  const place = placeModel(layout, model);
  const lists = {
    k: most,
    indptr: layout.take(4 * (step + 1)),
    indices: layout.take(4 * listed),
    sizes: layout.take(4 * step),
    outItems: layout.take(4 * step * most),
    outScores: layout.take(8 * step * most),
  };
  const arrays = {
    ownPtr: layout.take(4 * (step + 1)),
    ownItem: layout.take(4 * entries),
    ownValue: layout.take(4 * entries),
    bounds: layout.take(4 * (Math.ceil(step / BLOCK_ROWS) + 1)),
  };
  const bytes = model.kind === "sparse"
    ? ask(set, "sparseScratch", model.items)
    : ask(set, "denseScratch", model.items, place.dense?.panels ?? 0);
  const scratchBytes = Math.ceil(bytes / 64) * 64;
  const used = rows.length * model.items < SMALL ? 1 : threads;
  const scratch = layout.take(used * scratchBytes);
  checkMemory(layout.bytes, `Ranking ${model.items} items`, undefined, REMEDY);
  return {
    set,
    step,
    model: place,
    lists,
    ...arrays,
    scratch,
    scratchBytes,
    threads: used,
    bytes: layout.bytes,
  };
}

/** What users have, by place among the covered items where the matrix is dense; others are left out. */
function positioned({ model, own }: Ranking): Csr {
  if (model.kind === "sparse") return own;
  const { covered } = model;
  const place = new Int32Array(model.items).fill(-1);
  covered.forEach((item, n) => place[item] = n);
  return selectColumns(own, place, covered.length);
}

function writeOwn(
  { buffer }: WebAssembly.Memory,
  { ownPtr, ownItem, ownValue }: Plan,
  own: Csr,
  users: Uint32Array,
): void {
  const indptr = new Uint32Array(buffer, ownPtr, users.length + 1);
  indptr[0] = 0;
  for (let n = 0; n < users.length; n++) {
    const [from, to] = [own.indptr[users[n]!]!, own.indptr[users[n]! + 1]!];
    const at = 4 * indptr[n]!;
    new Uint32Array(buffer, ownItem + at, to - from).set(rowIndices(own, users[n]!));
    new Float32Array(buffer, ownValue + at, to - from).set(own.values.subarray(from, to));
    indptr[n + 1] = indptr[n]! + to - from;
  }
}

function check({ model, own, base }: Ranking, { rows, k, candidates }: RankingRequest): void {
  checkK(k);
  if (base.length !== model.items || own.cols !== model.items) {
    throw new RangeError(
      `The model is of ${model.items} items, its base of ${base.length}, users' rows of ${own.cols}`,
    );
  }
  const last = candidates ? Math.min(own.rows, candidates.pairs.rows) : own.rows;
  for (const row of rows) {
    if (row >= last) throw new RangeError(`User ${row} is asked for, of ${last} users`);
  }
}
