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

let compiling: Promise<WebAssembly.Module> | undefined;

/** The solver's kernels, compiled once in a process. */
export async function simdKernels(): Promise<KernelSet<SimdKernel>> {
  compiling ??= compileKernels(new URL("../kernels/als.wasm", import.meta.url));
  return { module: await compiling, names };
}

/** Whether relaxed multiply-add is fused on this machine: it decides the last bits of results. */
export async function fusedMultiplyAdd(): Promise<boolean> {
  return ask(await simdKernels(), "fused", 1 + 2 ** -12) !== 0;
}
