/** What the threads share: which kernel runs on which blocks of rows, and who has taken which. */
import { openStage, type OutsideArray } from "./staging.ts";

/** A compiled module of kernels, and which of its exports run as jobs. */
export interface KernelSet<Name extends string = string> {
  readonly module: WebAssembly.Module;
  readonly names: readonly Name[];
  /**
   * Which arguments after the first four each kernel writes to, counted from 0: what is copied back
   * of arrays outside.
   */
  readonly writes?: { readonly [name in Name]?: readonly number[] };
}

type Kernel = (...args: number[]) => number;

/** The instantiated kernels of one thread. */
export interface Kernels {
  /**
   * In the order of `KernelSet.names`. The first four arguments are first row, row after the last,
   * block, scratch.
   */
  readonly jobs: readonly Kernel[];
  /** Calls any export by name. */
  call(name: string, ...args: number[]): number;
}

/** Instantiates the kernels over `memory`. Throws `TypeError` where the module lacks one. */
export function instantiate({ module, names }: KernelSet, memory: WebAssembly.Memory): Kernels {
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  const named = (name: string): Kernel => {
    const kernel = exports[name];
    if (typeof kernel !== "function") {
      throw new TypeError(`The kernels have no ${name}: compile them with \`deno task kernels\``);
    }
    return (...args) => Number(kernel(...args));
  };
  return { jobs: names.map(named), call: (name, ...args) => named(name)(...args) };
}

/** What a thread needs to take part. */
export interface Shared {
  readonly set: KernelSet;
  readonly memory: WebAssembly.Memory;
  /** int32 cells, see `Cell`. */
  readonly control: Int32Array;
  /** The kernel's arguments after the first four; of an array outside, its number. */
  readonly args: Float64Array;
  readonly outside: readonly OutsideArray[];
}

export const CONTROL_CELLS = 16;
export const MOST_ARGS = 24;

/** Cells of `Shared.control`. */
export const Cell = {
  /** Odd while a job is open; threads sleep on it. */
  generation: 0,
  /** The next block to take. */
  next: 1,
  /** Threads that may be reading the job. */
  active: 2,
  /** Blocks done. */
  finished: 3,
  /** Its place in `KernelSet.names`. */
  kernel: 4,
  blocks: 5,
  /** Where block boundaries are in memory: uint32, blocks + 1. */
  bounds: 6,
  argCount: 7,
  scratch: 8,
  scratchBytes: 9,
  /** Set by a thread whose kernel failed. */
  failed: 10,
  stop: 11,
  /** Which arguments are arrays outside, and which of them are written: a bit each. */
  staged: 12,
  written: 13,
  staging: 14,
  stagingBytes: 15,
} as const;

/** Takes blocks of the open job until none is left, or until `due` says to stop for now. */
export function takeBlocks(
  kernels: Kernels,
  { control, args, memory, outside }: Shared,
  thread: number,
  due?: () => boolean,
): "none left" | "due" {
  const kernel = kernels.jobs[control[Cell.kernel]!]!;
  const blocks = control[Cell.blocks]!;
  const bounds = new Uint32Array(memory.buffer, control[Cell.bounds]! >>> 0, blocks + 1);
  const scratch = (control[Cell.scratch]! >>> 0) + thread * (control[Cell.scratchBytes]! >>> 0);
  const own = [...args.subarray(0, control[Cell.argCount]!)];
  const bytes = control[Cell.stagingBytes]! >>> 0;
  const [staged, written] = [control[Cell.staged]!, control[Cell.written]!];
  const start = (control[Cell.staging]! >>> 0) + thread * bytes;
  const stage = staged === 0
    ? undefined
    : openStage({ memory, outside, staged, written, start, bytes }, own);
  for (;;) {
    if (due?.()) return "due";
    const block = Atomics.add(control, Cell.next, 1);
    if (block >= blocks) return "none left";
    stage?.enter(bounds[block]!, bounds[block + 1]!);
    kernel(bounds[block]!, bounds[block + 1]!, block, scratch, ...own);
    stage?.leave();
    if (Atomics.add(control, Cell.finished, 1) + 1 === blocks) {
      Atomics.notify(control, Cell.finished);
    }
  }
}
