import type { KernelSet } from "../kernels/jobs.ts";
import { compileKernels } from "../kernels/pool.ts";

const names = ["logisticLoss", "solveLogistic"] as const;

export type LmfKernel = typeof names[number];

let compiling: Promise<WebAssembly.Module> | undefined;

/** The solver's kernels, compiled once in a process. */
export async function lmfKernels(): Promise<KernelSet<LmfKernel>> {
  compiling ??= compileKernels(new URL("../kernels/lmf.wasm", import.meta.url));
  return { module: await compiling, names };
}
