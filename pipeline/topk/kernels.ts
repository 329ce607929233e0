import type { KernelSet } from "../kernels/jobs.ts";

const names = ["packColumns", "rankRows"] as const;

/** The kernels that run as jobs. */
export type TopKKernel = typeof names[number];

let set: KernelSet<TopKKernel> | undefined;

/**
 * The kernels of top-k, read and compiled once in a process; at once, since they are a few kilobytes
 * and a list is asked for by a plain call. Throws `Deno.errors.NotCapable` where reading is not allowed.
 */
export function topKKernels(): KernelSet<TopKKernel> {
  const url = new URL("../kernels/topk.wasm", import.meta.url);
  return set ??= { module: new WebAssembly.Module(Deno.readFileSync(url)), names };
}
