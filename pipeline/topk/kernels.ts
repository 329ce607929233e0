import type { KernelSet } from "../kernels/jobs.ts";

const names = ["packColumns", "rankRows"] as const;

/** The kernels that run as jobs. */
export type TopKKernel = typeof names[number];

/** The compiled kernels: the one file beside a model that whoever ranks must be able to read. */
export const TOPK_WASM = new URL("../kernels/topk.wasm", import.meta.url);

let set: KernelSet<TopKKernel> | undefined;

/**
 * The kernels of top-k, read and compiled once in a process; at once, since they are a few kilobytes
 * and a list is asked for by a plain call. Throws `Deno.errors.NotCapable` where reading is not allowed.
 */
export function topKKernels(): KernelSet<TopKKernel> {
  return set ??= { module: new WebAssembly.Module(Deno.readFileSync(TOPK_WASM)), names };
}
