/** Where the arrays of a ranking lie in the kernels' memory. */
import { type Dense, rowIndices } from "../data/matrix.ts";
import type { Layout } from "../kernels/layout.ts";
import { ask } from "../kernels/pool.ts";
import { topKKernels } from "./kernels.ts";
import type { Candidates, RankedLists } from "./lists.ts";
import { norm } from "./score.ts";

/** Items as the kernels rank them. All but the first three are where an array lies. */
export interface Catalogue {
  readonly items: number;
  readonly factors: number;
  /** Blocks of items that share bounds. */
  readonly blocks: number;
  /** items x factors, f32, by item index. */
  readonly values: number;
  /** items, u32: item indices, the largest norms first. */
  readonly order: number;
  /** Quantized items in that order; see `packColumns`. */
  readonly panels: number;
  readonly base: number;
  /** blocks x 4, f64 */
  readonly figures: number;
}

/** Lists to make: how many there is room for, and where arrays lie. */
export interface Lists {
  /** Longest list. */
  readonly k: number;
  /** rows x factors, f32: the users to rank for. */
  readonly users: number;
  /** rows + 1, u32, and items, u32: which items are listed for each. */
  readonly indptr: number;
  readonly indices: number;
  /** rows, u32; rows x k, u32 and f64. */
  readonly sizes: number;
  readonly outItems: number;
  readonly outScores: number;
  /** The kernel's struct `Query`. */
  readonly query: number;
}

/** Integer products stay below what the kernels take for out of reach. */
const MOST_FACTORS = 65_536;
/** What 32-bit addresses reach, less than a page. */
const MOST_BYTES = 2 ** 32 - 65_536;
/** The kernels multiply whole panels of items. */
const PANEL = 8;
const FIGURES = 4;
const QUERY_FIELDS = 15;

/** Room for a catalogue. Throws `RangeError` where its factors are too many. */
export function placeCatalogue(layout: Layout, items: number, factors: number): Catalogue {
  if (factors > MOST_FACTORS) {
    throw new RangeError(`${factors} factors are too many to rank by: at most ${MOST_FACTORS}`);
  }
  const set = topKKernels();
  const blocks = ask(set, "blockCount", items);
  return {
    items,
    factors,
    blocks,
    values: layout.take(4 * items * factors),
    order: layout.take(4 * items),
    panels: layout.take(ask(set, "panelBytes", items, factors)),
    base: layout.take(4 * (items + PANEL)),
    figures: layout.take(8 * FIGURES * blocks),
  };
}

/** Room for the lists of `rows` users with `listed` listed items between them. */
export function placeLists(
  layout: Layout,
  { factors }: Catalogue,
  rows: number,
  k: number,
  listed: number,
): Lists {
  return {
    k,
    users: layout.take(4 * rows * factors),
    indptr: layout.take(4 * (rows + 1)),
    indices: layout.take(4 * listed),
    sizes: layout.take(4 * rows),
    outItems: layout.take(4 * rows * k),
    outScores: layout.take(8 * rows * k),
    query: layout.take(4 * QUERY_FIELDS),
  };
}

/** Bytes of scratch that each thread needs. */
export function scratchBytes(factors: number): number {
  return Math.ceil(ask(topKKernels(), "rankScratch", factors) / 64) * 64;
}

/** Throws `RangeError` where a layout is more than the kernels can address. */
export function checkAddressable({ bytes }: Layout, { items, factors }: Catalogue): void {
  if (bytes <= MOST_BYTES) return;
  throw new RangeError(
    `Ranking ${items} items of ${factors} factors takes ${
      Math.ceil(bytes / 2 ** 20)
    } MiB, and the ` +
      `kernels address ${MOST_BYTES / 2 ** 20} MiB: train with fewer factors`,
  );
}

/**
 * Puts the items (items x factors) and their order in place; `packColumns` over all blocks must follow,
 * with these arguments, and then `boundBlocks`. Throws `RangeError` where a factor is not finite.
 */
export function writeItems(memory: WebAssembly.Memory, at: Catalogue, items: Dense): number[] {
  checkFinite(items, (item) => `item ${item}`);
  new Uint32Array(memory.buffer, at.order, at.items).set(orderByNorm(items));
  new Float32Array(memory.buffer, at.values, items.data.length).set(items.data);
  return [at.values, at.items, at.factors, at.order, at.panels, at.base, at.figures];
}

/** A block's norm becomes the largest of its own and of all that follow. */
export function boundBlocks(memory: WebAssembly.Memory, { figures, blocks }: Catalogue): void {
  const of = new Float64Array(memory.buffer, figures, FIGURES * blocks);
  for (let at = FIGURES * (blocks - 2); at >= 0; at -= FIGURES) {
    of[at] = Math.max(of[at]!, of[at + FIGURES]!);
  }
}

/** Writes what `rankRows` is asked: its argument is `lists.query`. */
export function writeQuery(
  memory: WebAssembly.Memory,
  { values, factors, items, order, panels, base, figures }: Catalogue,
  { users, k, indptr, indices, sizes, outItems, outScores, query }: Lists,
  listedOnly: boolean,
): void {
  const head = [users, values, factors, items, k, order, panels, base, figures];
  const tail = [indptr, indices, listedOnly ? 1 : 0, sizes, outItems, outScores];
  new Uint32Array(memory.buffer, query, QUERY_FIELDS).set([...head, ...tail]);
}

/** The most items that `candidates` lists for any `step` users in a row; 0 without. */
export function mostListed(
  candidates: Candidates | undefined,
  rows: Uint32Array,
  step: number,
): number {
  let most = 0;
  for (let from = 0; candidates && from < rows.length; from += step) {
    let count = 0;
    for (const row of rows.subarray(from, from + step)) {
      count += rowIndices(candidates.pairs, row).length;
    }
    most = Math.max(most, count);
  }
  return most;
}

/** Puts what is listed for `rows` in place. */
export function writeListed(
  { buffer }: WebAssembly.Memory,
  at: Pick<Lists, "indptr" | "indices">,
  rows: Uint32Array,
  candidates: Candidates | undefined,
): void {
  const indptr = new Uint32Array(buffer, at.indptr, rows.length + 1).fill(0);
  if (!candidates) return;
  for (let n = 0; n < rows.length; n++) {
    const listed = rowIndices(candidates.pairs, rows[n]!);
    new Uint32Array(buffer, at.indices + 4 * indptr[n]!, listed.length).set(listed);
    indptr[n + 1] = indptr[n]! + listed.length;
  }
}

/** Copies the lists of rows from .. to out. */
export function readLists(
  { buffer }: WebAssembly.Memory,
  at: Pick<Lists, "k" | "sizes" | "outItems" | "outScores">,
  { k, lengths, items, scores }: RankedLists,
  from: number,
  to: number,
): void {
  lengths.set(new Uint32Array(buffer, at.sizes, to - from), from);
  for (let row = from; row < to; row++) {
    const n = (row - from) * at.k;
    items.set(new Uint32Array(buffer, at.outItems + 4 * n, lengths[row]!), row * k);
    scores.set(new Float64Array(buffer, at.outScores + 8 * n, lengths[row]!), row * k);
  }
}

/**
 * Item indices by norm, descending, as far as the upper 16 bits of a float32 tell; equal ones by index.
 * Any order gives the same lists: this one lets rows end early.
 */
function orderByNorm({ rows, cols, data }: Dense): Uint32Array {
  const norms = new Float32Array(rows);
  for (let item = 0; item < rows; item++) norms[item] = norm(data, item * cols, cols);
  const bits = new Uint32Array(norms.buffer);
  const start = new Uint32Array(BUCKETS + 1);
  const bucket = (item: number): number => BUCKETS - 1 - (bits[item]! >>> 16);
  for (let item = 0; item < rows; item++) start[bucket(item) + 1]!++;
  for (let b = 0; b < BUCKETS; b++) start[b + 1]! += start[b]!;
  const order = new Uint32Array(rows);
  for (let item = 0; item < rows; item++) order[start[bucket(item)]!++] = item;
  return order;
}

/** Float32 from zero to infinity, by their upper 16 bits. */
const BUCKETS = 0x7f81;

/** Throws `RangeError` where a factor is not finite; `name` says whose. */
export function checkFinite({ cols, data }: Dense, name: (row: number) => string): void {
  for (let at = 0; at < data.length; at++) {
    const value = data[at]!;
    if (Number.isFinite(value)) continue;
    throw new RangeError(
      `Factor ${at % cols} of ${name(Math.floor(at / cols))} is ${value}: train again, with more ` +
        `regularization if it persists`,
    );
  }
}
