import { ask, compileKernels } from "../kernels/pool.ts";
import type { KernelSet } from "../kernels/jobs.ts";

const names = [
  "gather",
  "gram",
  "packRows",
  "restart",
  "scaleRows",
  "sketch",
  "solveRows",
  "transpose",
  "whiten",
] as const;

export type SimdKernel = typeof names[number];

/** The arrays by row of the block that kernels write to, by the number of the argument. */
const writes: Partial<Record<SimdKernel, readonly number[]>> = {
  gather: [4],
  restart: [0, 1],
  scaleRows: [2],
  sketch: [4],
  solveRows: [5, 6],
  whiten: [3],
};

let compiling: Promise<WebAssembly.Module> | undefined;

/** The solver's kernels, compiled once in a process. */
export async function simdKernels(): Promise<KernelSet<SimdKernel>> {
  compiling ??= compileKernels(new URL("../kernels/als.wasm", import.meta.url));
  return { module: await compiling, names, writes };
}

/** Whether relaxed multiply-add is fused on this machine: it decides the last bits of results. */
export async function fusedMultiplyAdd(): Promise<boolean> {
  return ask(await simdKernels(), "fused", 1 + 2 ** -12) !== 0;
}
