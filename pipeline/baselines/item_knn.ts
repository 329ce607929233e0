import type { Interactions } from "../data/interactions.ts";
import { type Csr, transpose } from "../data/matrix.ts";
import { evenBlocks } from "../kernels/blocks.ts";
import { Layout } from "../kernels/layout.ts";
import { Pause } from "../kernels/pause.ts";
import { ask, checkMemory, KernelPool } from "../kernels/pool.ts";
import { placeCsr, writeCsr } from "./csr_memory.ts";
import { type FeatureWeighting, weighFeatures } from "./feature_weighting.ts";
import type { BaselineOptions } from "./fit_options.ts";
import { type ItemItemRanker, itemItemRanker } from "./rank_items.ts";
import { itemKernels } from "./kernels.ts";
import { type ItemParams, weighted } from "./weighted.ts";

/** How items are alike; `evaluate.baselines.itemKnn` in the config. */
export interface ItemKnnParams extends ItemParams {
  /** How many items an item is alike to at most. */
  readonly neighbours: number;
  /** Added to the denominator of a cosine: the larger, the less a few common users prove. */
  readonly shrink: number;
  readonly featureWeighting: FeatureWeighting;
}

const SECTION = "evaluate.baselines.itemKnn";
const REMEDY = `lower ${SECTION}.neighbours, or set ${SECTION} to null`;

/**
 * Item-based neighbourhoods (Deshpande and Karypis 2004, "Item-based top-N recommendation algorithms"): with
 * x_i the column of item i over users, its weights decayed as those of ALS,
 *
 *   s_ij = x_i . x_j / (|x_i| |x_j| + shrink)
 *
 * and of each item j only its k most similar ones (equal ones by index) add w_uj s_ij to a user's scores. Shrinkage and
 * feature weighting are those that Ferrari Dacrema et al. (2019) tune; the latter for similarities alone, not for w too.
 *
 * Throws `RangeError` where nothing is to be fitted, times that are needed are missing, or the memory
 * does not suffice, with the remedy; throws the signal's reason when aborted.
 */
export async function fitItemKnn(
  train: Interactions,
  params: ItemKnnParams,
  options: BaselineOptions = {},
): Promise<ItemItemRanker> {
  const { x, own, base } = weighted(train, params, SECTION, options.history);
  const features = weighFeatures(x, params.featureWeighting);
  const weights = await neighbours(features, params, options);
  return itemItemRanker("itemKnn", { kind: "sparse", items: own.cols, weights }, own, base);
}

/** Items whose neighbours have room in the kernels' memory together, and those that a thread takes at once. */
const STEP = 4096;
const BLOCK_ITEMS = 16;
/** Products (the users' rows squared) that one thread adds up before another has started. */
const SMALL = 5e6;

/**
 * The similarities of each item, the row, to its neighbours: items x items, at most `neighbours` a row, an item
 * never its own. Throws as `fitItemKnn` does.
 */
export async function neighbours(
  byUser: Csr,
  params: Pick<ItemKnnParams, "neighbours" | "shrink">,
  { threads = 1, signal, progress }: BaselineOptions = {},
): Promise<Csr> {
  signal?.throwIfAborted();
  const items = byUser.cols;
  const k = Math.min(params.neighbours, Math.max(1, items - 1));
  const byItem = transpose(byUser);
  const set = await itemKernels();
  const step = Math.min(items, STEP);
  const layout = new Layout();
  const [item, user] = [placeCsr(layout, byItem), placeCsr(layout, byUser)];
  const norms = layout.take(8 * items);
  const sizes = layout.take(4 * step);
  const toItem = layout.take(4 * step * k);
  const toValue = layout.take(4 * step * k);
  const bounds = layout.take(4 * (Math.ceil(step / BLOCK_ITEMS) + 1));
  const scratchBytes = Math.ceil(ask(set, "neighbourScratch", items, k) / 64) * 64;
  const used = squares(byUser) < SMALL ? 1 : threads;
  const scratch = layout.take(used * scratchBytes);
  checkMemory(layout.bytes, `Item-kNN of ${items} items`, undefined, REMEDY);
  const turns = new Pause(signal);
  using pool = KernelPool.start(set, layout.bytes, used, [], REMEDY);
  const { memory } = pool;
  pool.setScratch(scratch, scratchBytes);
  writeCsr(memory, item, byItem);
  writeCsr(memory, user, byUser);
  new Float64Array(memory.buffer, norms, items).set(lengths(byItem));
  const parts: { sizes: Uint32Array; indices: Uint32Array; values: Float32Array }[] = [];
  for (let from = 0; from < items; from += step) {
    const count = Math.min(step, items - from);
    await pool.run(
      "neighbourRows",
      evenBlocks(memory, bounds, count, BLOCK_ITEMS),
      [from, items, ...item, ...user, norms, k, params.shrink, sizes, toItem, toValue],
      turns,
    );
    parts.push(packed(memory, { sizes, toItem, toValue }, count, k));
    progress?.(from + count, items);
    signal?.throwIfAborted();
  }
  return assemble(items, parts);
}

/** Euclidean length of each row. */
function lengths({ rows, indptr, values }: Csr): Float64Array {
  return Float64Array.from({ length: rows }, (_, r) => {
    let sum = 0;
    for (let p = indptr[r]!; p < indptr[r + 1]!; p++) sum += values[p]! * values[p]!;
    return Math.sqrt(sum);
  });
}

/** Sum of the rows' numbers of entries, squared. */
function squares({ rows, indptr }: Csr): number {
  let sum = 0;
  for (let r = 0; r < rows; r++) sum += (indptr[r + 1]! - indptr[r]!) ** 2;
  return sum;
}

/** The first `count` rows of the kernels' output, without the places that are not used. */
function packed(
  { buffer }: WebAssembly.Memory,
  at: { readonly sizes: number; readonly toItem: number; readonly toValue: number },
  count: number,
  k: number,
) {
  const sizes = new Uint32Array(buffer, at.sizes, count).slice();
  const total = sizes.reduce((a, b) => a + b, 0);
  const indices = new Uint32Array(total);
  const values = new Float32Array(total);
  for (let row = 0, end = 0; row < count; end += sizes[row++]!) {
    indices.set(new Uint32Array(buffer, at.toItem + 4 * row * k, sizes[row]!), end);
    values.set(new Float32Array(buffer, at.toValue + 4 * row * k, sizes[row]!), end);
  }
  return { sizes, indices, values };
}

function assemble(
  items: number,
  parts: readonly { sizes: Uint32Array; indices: Uint32Array; values: Float32Array }[],
): Csr {
  const total = parts.reduce((sum, { indices }) => sum + indices.length, 0);
  const indptr = new Uint32Array(items + 1);
  const indices = new Uint32Array(total);
  const values = new Float32Array(total);
  let row = 0;
  let end = 0;
  for (const part of parts) {
    indices.set(part.indices, end);
    values.set(part.values, end);
    end += part.indices.length;
    for (const size of part.sizes) indptr[row + 1] = indptr[row++]! + size;
  }
  // The kernels leave a row's columns in no order; a transpose sorts them, and a second one turns it back.
  return transpose(transpose({ rows: items, cols: items, indptr, indices, values }));
}
