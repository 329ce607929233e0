import type { KernelSet } from "../kernels/jobs.ts";
import { compileKernels } from "../kernels/pool.ts";

const names = ["neighbourRows", "rankDense", "rankSparse"] as const;

export type ItemKernel = typeof names[number];

let compiling: Promise<WebAssembly.Module> | undefined;

/** Kernels of item-item models, compiled once in a process. */
export async function itemKernels(): Promise<KernelSet<ItemKernel>> {
  compiling ??= compileKernels(new URL("../kernels/items.wasm", import.meta.url));
  return { module: await compiling, names };
}
