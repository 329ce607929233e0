import type { Interactions } from "../data/interactions.ts";
import { type Csr, type Dense, selectColumns, transpose } from "../data/matrix.ts";
import { cut, evenBlocks } from "../kernels/blocks.ts";
import { denseKernels, invert, placeInverse } from "../kernels/inverse.ts";
import { Layout } from "../kernels/layout.ts";
import { Pause } from "../kernels/pause.ts";
import { ask, checkMemory, KernelPool } from "../kernels/pool.ts";
import { placeCsr, writeCsr } from "./csr_memory.ts";
import type { BaselineOptions } from "./fit_options.ts";
import { type ItemItemRanker, itemItemRanker } from "./rank_items.ts";
import { type ItemParams, weighted } from "./weighted.ts";

/** How EASE is fitted; `evaluate.baselines.ease` in the config. */
export interface EaseParams extends ItemParams {
  /** Of the squared weights; above zero. */
  readonly lambda: number;
  /** How many items it is fitted to at most: the most bought. */
  readonly maxItems: number;
}

/** EASE, and how much of the catalogue it knows. */
export interface EaseRanker extends ItemItemRanker {
  /** Items that it is fitted to. */
  readonly covered: number;
  /** Items with a buyer. */
  readonly bought: number;
}

const SECTION = "evaluate.baselines.ease";
const REMEDY = `lower ${SECTION}.maxItems, or set ${SECTION} to null`;

/**
 * EASE (Steck 2019, "Embarrassingly shallow autoencoders for sparse data"): the B with a zero diagonal that minimises
 * |X - X B|^2 + lambda |B|^2, in closed form: P = (X'X + lambda I)^-1, B = I - P diag(1 / diag P). X is users x
 * items with the weights of `weighted`, restricted to the `maxItems` items of the most buyers (of equal ones the lower
 * index), since time grows with the cube of their number and memory with its square. Of the other items it knows
 * nothing: they keep their base score.
 *
 * Throws `RangeError` where nothing is to be fitted, times that are needed are missing, X'X + lambda I is not positive
 * definite, or the memory does not suffice, with the remedy; throws the signal's reason when aborted.
 */
export async function fitEase(
  train: Interactions,
  params: EaseParams,
  options: BaselineOptions = {},
): Promise<EaseRanker> {
  const { x, own, buyers, base } = weighted(train, params, SECTION, options.history);
  const covered = mostBought(buyers, params.maxItems);
  const place = new Int32Array(x.cols).fill(-1);
  covered.forEach((item, n) => place[item] = n);
  const weights = await itemWeights(
    selectColumns(x, place, covered.length),
    params.lambda,
    options,
  );
  const model = { kind: "dense", items: own.cols, covered, weights } as const;
  const bought = buyers.reduce((count, n) => n > 0 ? count + 1 : count, 0);
  return { ...itemItemRanker("ease", model, own, base), covered: covered.length, bought };
}

/** What of this machine decides the last bits of a fit. */
export async function easeRuntime(): Promise<Record<string, string>> {
  const fused = ask(await denseKernels(), "fused", 1 + 2 ** -30) !== 0;
  return { arch: Deno.build.arch, multiplyAdd: fused ? "fused" : "not fused" };
}

/** Indices of the items with the most buyers, those with any, at most `most`; ascending. */
export function mostBought(buyers: Uint32Array, most: number): Uint32Array {
  const bought = Uint32Array.from(buyers.keys()).filter((item) => buyers[item]! > 0);
  return bought.toSorted((a, b) => buyers[b]! - buyers[a]! || a - b).slice(0, most).sort();
}

/** Entries (the users' rows squared) and multiply-adds that one thread does before another has started. */
const SMALL = 5e7;
/** Blocks of rows of the Gram matrix. */
const GRAM_BLOCKS = 128;
const SCALED_ROWS = 16;

/** B of users x items, items x items. Throws as `fitEase` does. */
export async function itemWeights(
  x: Csr,
  lambda: number,
  { threads = 1, signal, progress }: BaselineOptions = {},
): Promise<Dense> {
  signal?.throwIfAborted();
  const n = x.cols;
  const byItem = transpose(x);
  const set = await denseKernels();
  const layout = new Layout();
  const at = placeInverse(layout, set, n);
  const [item, user] = [placeCsr(layout, byItem), placeCsr(layout, x)];
  const out = layout.take(4 * n * n);
  const bounds = layout.take(4 * (Math.max(GRAM_BLOCKS, Math.ceil(n / SCALED_ROWS)) + 1));
  const used = n ** 3 / 2 < SMALL ? 1 : threads;
  const scratch = layout.take(used * at.scratchBytes);
  checkMemory(layout.bytes, `EASE of ${n} items`, undefined, REMEDY);
  const turns = new Pause(signal);
  using pool = KernelPool.start(set, layout.bytes, used, [], REMEDY);
  const { memory } = pool;
  pool.setScratch(scratch, at.scratchBytes);
  writeCsr(memory, item, byItem);
  writeCsr(memory, user, x);

  const rows = cut(byItem.indptr, GRAM_BLOCKS, 1, 1);
  new Uint32Array(memory.buffer, bounds, rows.length).set(rows);
  const gram = { count: rows.length - 1, bounds };
  await pool.run("gramRows", gram, [...item, ...user, at.matrix, at.stride], turns);
  for (let i = 0; i < n; i++) {
    new Float64Array(memory.buffer, at.matrix + i * at.stride, n)[i]! += lambda;
  }
  const failed = await invert(pool, at, turns, progress);
  if (failed !== undefined) {
    throw new RangeError(
      `X'X + lambda I is not positive definite (at item ${failed} of the ${n} that EASE is fitted to): lambda ` +
        `${lambda} is lost beside the weights of the purchases; raise ${SECTION}.lambda, or set ` +
        `${SECTION}.weight to "binary"`,
    );
  }
  const blocks = evenBlocks(memory, bounds, n, SCALED_ROWS);
  await pool.run("scaleColumns", blocks, [at.matrix, at.stride, n, out], turns);
  return { rows: n, cols: n, data: new Float32Array(memory.buffer, out, n * n).slice() };
}
