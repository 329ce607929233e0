/**
 * Exact top-k by inner product over the full catalogue. Order: score descending, then item index
 * ascending. Items that are left out are removed, never pushed down: a list ends where the
 * candidates do, and is never padded.
 */
import type { Dense } from "../data/matrix.ts";
import { instantiate, type Kernels } from "../kernels/jobs.ts";
import { Layout } from "../kernels/layout.ts";
import { topKKernels } from "./kernels.ts";
import { checkK, checkShape, type RankedList } from "./lists.ts";
import {
  boundBlocks,
  type Catalogue,
  checkAddressable,
  checkFinite,
  type Lists,
  placeCatalogue,
  placeLists,
  scratchBytes,
  writeItems,
  writeQuery,
} from "./memory.ts";

export interface TopKOptions {
  readonly k: number;
  /** Items to remove, ascending: as a rule what the user has bought. */
  readonly exclude?: Uint32Array | undefined;
  /** The only items to rank, ascending; `exclude` is then no more looked at. */
  readonly only?: Uint32Array | undefined;
}

/**
 * A prepared catalogue as it can be posted to another thread. Its memory is shared, not copied, and has
 * room for one question at a time: one thread may ask.
 */
export interface PreparedCatalogue {
  readonly memory: WebAssembly.Memory;
  readonly at: Catalogue;
  readonly lists: Lists;
  /** Where the kernels' scratch is. */
  readonly scratch: number;
}

/**
 * A catalogue prepared once for lists asked for one by one, on the calling thread: the path of a
 * server. It keeps a copy of the items: 5 bytes a factor.
 */
export class TopKIndex {
  /** What it ranks: for a thread that goes on with it. */
  readonly prepared: PreparedCatalogue;
  readonly #items: number;
  readonly #factors: number;
  readonly #memory: WebAssembly.Memory;
  readonly #kernels: Kernels;
  readonly #at: Catalogue;
  readonly #lists: Lists;
  readonly #scratch: number;

  /**
   * For items x factors, or for what another thread has prepared of them. Throws `RangeError` where the
   * shape does not fit, a factor is not finite, or the memory is not to be had.
   */
  constructor(items: Dense | PreparedCatalogue) {
    const prepared = "memory" in items ? items : prepare(items);
    const { memory, at, lists, scratch } = prepared;
    this.prepared = prepared;
    this.#items = at.items;
    this.#factors = at.factors;
    this.#memory = memory;
    this.#kernels = instantiate(topKKernels(), memory);
    this.#at = at;
    this.#lists = lists;
    this.#scratch = scratch;
  }

  /**
   * The top k for `vector` (factors). Throws `RangeError` where shapes do not fit, k is not a count
   * from 1, more items are listed than there are, or a factor is not finite.
   */
  topK(vector: Float32Array, { k, exclude = NONE, only }: TopKOptions): RankedList {
    checkK(k);
    if (vector.length !== this.#factors) {
      throw new RangeError(
        `The user vector has ${vector.length} factors, the items have ${this.#factors}`,
      );
    }
    checkFinite({ rows: 1, cols: vector.length, data: vector }, () => "the user vector");
    const listed = only ?? exclude;
    if (listed.length > this.#items) {
      throw new RangeError(
        `${listed.length} items are ${only ? "asked for" : "excluded"}, of ${this.#items}`,
      );
    }
    const { buffer } = this.#memory;
    const lists = { ...this.#lists, k: Math.min(k, this.#items) };
    if (lists.k === 0) return { items: new Uint32Array(0), scores: new Float64Array(0) };
    new Float32Array(buffer, lists.users, vector.length).set(vector);
    new Uint32Array(buffer, lists.indptr, 2).set([0, listed.length]);
    new Uint32Array(buffer, lists.indices, listed.length).set(listed);
    writeQuery(this.#memory, this.#at, lists, only !== undefined);
    this.#kernels.call("rankRows", 0, 1, 0, this.#scratch, lists.query);
    const [size = 0] = new Uint32Array(buffer, lists.sizes, 1);
    return {
      items: new Uint32Array(buffer, lists.outItems, size).slice(),
      scores: new Float64Array(buffer, lists.outScores, size).slice(),
    };
  }
}

function prepare(items: Dense): PreparedCatalogue {
  checkShape("item factors", items);
  const layout = new Layout();
  const at = placeCatalogue(layout, items.rows, items.cols);
  // One list at a time, of up to all items, with up to all left out: pages that are never touched
  // take no memory.
  const lists = placeLists(layout, at, 1, items.rows, items.rows);
  const scratch = layout.take(scratchBytes(items.cols));
  checkAddressable(layout, at);
  const memory = sharedMemory(layout.bytes);
  const kernels = instantiate(topKKernels(), memory);
  kernels.call("packColumns", 0, at.blocks, 0, 0, ...writeItems(memory, at, items));
  boundBlocks(memory, at);
  return { memory, at, lists, scratch };
}

const NONE = new Uint32Array(0);
const PAGE = 65_536;

function sharedMemory(bytes: number): WebAssembly.Memory {
  const pages = Math.ceil(bytes / PAGE);
  try {
    return new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
  } catch (cause) {
    throw new RangeError(`No ${Math.ceil(bytes / 2 ** 20)} MiB of memory to rank by: free some`, {
      cause,
    });
  }
}
