/** Where the matrix of an item-item model lies in the kernels' memory. */
import type { Dense } from "../data/matrix.ts";
import type { Layout } from "../kernels/layout.ts";
import { type CsrPlace, placeCsr, writeCsr } from "./csr_memory.ts";
import type { ItemItem } from "./item_item.ts";

/** As the kernels have it. */
const PANEL = 16;

/** Addresses. */
export interface ModelPlace {
  /** items, f64 */
  readonly base: number;
  readonly sparse?: CsrPlace;
  readonly dense?: {
    /** covered, u32 */
    readonly covered: number;
    /** panels, f32, each covered x 16 */
    readonly matrix: number;
    /** panels x 16, f64: what covered items start from. */
    readonly base: number;
    readonly panels: number;
  };
}

/** Room for a model and its base. */
export function placeModel(layout: Layout, model: ItemItem): ModelPlace {
  const base = layout.take(8 * model.items);
  if (model.kind === "sparse") return { base, sparse: placeCsr(layout, model.weights) };
  const count = model.covered.length;
  const panels = Math.ceil(count / PANEL);
  return {
    base,
    dense: {
      covered: layout.take(4 * count),
      matrix: layout.take(4 * count * panels * PANEL),
      base: layout.take(8 * panels * PANEL),
      panels,
    },
  };
}

/** Puts a model in the place made for it; returns what its kernel is told of it. */
export function writeModel(
  memory: WebAssembly.Memory,
  { base: at, sparse, dense }: ModelPlace,
  model: ItemItem,
  base: Float64Array,
): number[] {
  new Float64Array(memory.buffer, at, base.length).set(base);
  if (model.kind === "sparse" && sparse) {
    writeCsr(memory, sparse, model.weights);
    return [at, ...sparse];
  }
  if (model.kind === "dense" && dense) {
    const { covered, weights } = model;
    const count = covered.length;
    new Uint32Array(memory.buffer, dense.covered, count).set(covered);
    const start = new Float64Array(memory.buffer, dense.base, dense.panels * PANEL);
    covered.forEach((item, n) => start[n] = base[item]!);
    writePanels(
      new Float32Array(memory.buffer, dense.matrix, count * dense.panels * PANEL),
      weights,
    );
    return [at, dense.covered, count, dense.matrix, dense.base];
  }
  throw new TypeError(`The place is not one of a ${model.kind} model`);
}

/** By 16 columns: of each row the 16 values next to each other. What is beyond the last column stays 0. */
function writePanels(to: Float32Array, { rows, cols, data }: Dense): void {
  for (let from = 0, panel = 0; from < cols; from += PANEL, panel += rows * PANEL) {
    const width = Math.min(PANEL, cols - from);
    for (let r = 0; r < rows; r++) {
      const [out, at] = [panel + r * PANEL, r * cols + from];
      for (let c = 0; c < width; c++) to[out + c] = data[at + c]!;
    }
  }
}
