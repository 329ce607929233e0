/** The inverse of a symmetric positive definite matrix, float64, on all threads of a pool. */
import type { KernelSet } from "./jobs.ts";
import type { Layout } from "./layout.ts";
import { ask, type Blocks, compileKernels, type KernelPool, type Turns } from "./pool.ts";

const names = ["add", "gramRows", "panel", "pivot", "scaleColumns", "square", "update"] as const;

export type DenseKernel = typeof names[number];

let compiling: Promise<WebAssembly.Module> | undefined;

/** Kernels of dense matrices, compiled once in a process. */
export async function denseKernels(): Promise<KernelSet<DenseKernel>> {
  compiling ??= compileKernels(new URL("./dense.wasm", import.meta.url));
  return { module: await compiling, names };
}

/** Where a matrix and what its inverse takes lie in a pool's memory. */
export interface Inverse {
  /** Rows and columns that are asked for. */
  readonly n: number;
  /** Rows and columns that there are, whole blocks: the rest is a matrix of its own. */
  readonly size: number;
  /** Rows of a block. */
  readonly block: number;
  /** Bytes from one row to the next. */
  readonly stride: number;
  /** size x size, f64, row-major; what is above the diagonal is not read. */
  readonly matrix: number;
  readonly scratchBytes: number;
  readonly inverse: number;
  readonly across: number;
  readonly packed: number;
  readonly product: number;
  readonly status: number;
  /** Boundaries of the blocks. */
  readonly bounds: number;
}

/** Room for the inverse of an n x n matrix: 8 bytes a value, and little else. */
export function placeInverse(layout: Layout, set: KernelSet<DenseKernel>, n: number): Inverse {
  const block = ask(set, "blockSize");
  const blocks = Math.max(1, Math.ceil(n / block));
  const size = blocks * block;
  return {
    n,
    size,
    block,
    stride: 8 * size,
    matrix: layout.take(8 * size * size),
    scratchBytes: ask(set, "inverseScratch"),
    inverse: layout.take(8 * block * block),
    across: layout.take(8 * block * block),
    packed: layout.take(8 * block * size),
    product: layout.take(8 * block * size),
    status: layout.take(4),
    bounds: layout.take(4 * (blocks + 1)),
  };
}

/**
 * Replaces the matrix (n x n, on and below its diagonal) by its inverse. Returns the row, from 0, where it shows that the
 * matrix is not positive definite, and leaves noise; `undefined` where all went well. Each thread needs
 * `scratchBytes` of scratch. The same bytes at any number of threads.
 */
export async function invert(
  pool: KernelPool<DenseKernel>,
  { n, size, block, stride, matrix, inverse, across, packed, product, ...at }: Inverse,
  turns: Turns,
  progress?: (done: number, total: number) => void,
): Promise<number | undefined> {
  const { buffer } = pool.memory;
  const blocks = size / block;
  for (let i = n; i < size; i++) {
    new Float64Array(buffer, matrix + i * stride, size).fill(0)[i] = 1;
  }
  new Uint32Array(buffer, at.bounds, blocks + 1).set(
    Array.from({ length: blocks + 1 }, (_, b) => b),
  );
  const first = (count: number): Blocks => ({ count, bounds: at.bounds });
  const status = new Int32Array(buffer, at.status, 1).fill(0);
  for (let k = 0; k < blocks; k++) {
    const step = [matrix, stride, k];
    await pool.run("pivot", first(1), [...step, inverse, across, at.status], turns);
    if (status[0] !== 0) return status[0]! - 1;
    await pool.run("panel", first(blocks), [...step, inverse, across, packed, product], turns);
    if (k + 1 < blocks) {
      await pool.run("update", first(blocks - 1 - k), [...step, packed, product, blocks], turns);
    }
    progress?.(k + 1, 2 * blocks);
  }
  for (let p = 0; p < blocks; p++) {
    const step = [matrix, stride, p, packed, product];
    await pool.run("square", first(p + 1), step, turns);
    await pool.run("add", first(p + 1), step, turns);
    progress?.(blocks + p + 1, 2 * blocks);
  }
  return undefined;
}
