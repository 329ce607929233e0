/** What the threads share: which kernel runs on which blocks of rows, and who has taken which. */

/** A kernel's exports by name. The first four arguments are first row, row after the last, block, scratch. */
export type KernelName = "gather" | "gram" | "restart" | "sketch" | "solveRows" | "transform";

export const kernelNames: readonly KernelName[] = [
  "gather",
  "gram",
  "restart",
  "sketch",
  "solveRows",
  "transform",
];

type Kernel = (...args: number[]) => void;

/** The instantiated kernels of one thread. */
export interface Kernels {
  readonly run: Readonly<Record<KernelName, Kernel>>;
  /** Bytes of scratch that `solveRows` needs. */
  solveScratch(k: number, longestRow: number): number;
  /** Whether relaxed multiply-add rounds once. */
  fused(): boolean;
}

/** Instantiates the kernels over `memory`. Throws `TypeError` where the module is not theirs. */
export function instantiate(module: WebAssembly.Module, memory: WebAssembly.Memory): Kernels {
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  const named = (name: string): (...args: number[]) => number => {
    const kernel = exports[name];
    if (typeof kernel !== "function") {
      throw new TypeError(
        `kernels.wasm has no ${name}: compile it again with \`deno task kernels\``,
      );
    }
    return (...args) => Number(kernel(...args));
  };
  const [scratch, fused] = [named("solveScratch"), named("fused")];
  return {
    run: {
      gather: named("gather"),
      gram: named("gram"),
      restart: named("restart"),
      sketch: named("sketch"),
      solveRows: named("solveRows"),
      transform: named("transform"),
    },
    solveScratch: (k, longestRow) => scratch(k, longestRow),
    fused: () => fused(1 + 2 ** -12) !== 0,
  };
}

/** What a thread needs to take part. */
export interface Shared {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  /** int32 cells, see `Cell`. */
  readonly control: Int32Array;
  /** The kernel's arguments after the first four. */
  readonly args: Float64Array;
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
} as const;

/** Takes blocks of the open job until none is left, or until `due` says to stop for now. */
export function takeBlocks(
  kernels: Kernels,
  { control, args, memory }: Shared,
  thread: number,
  due?: () => boolean,
): "none left" | "due" {
  const name = kernelNames[control[Cell.kernel]!]!;
  const kernel = kernels.run[name];
  const blocks = control[Cell.blocks]!;
  const bounds = new Uint32Array(memory.buffer, control[Cell.bounds]! >>> 0, blocks + 1);
  const scratch = (control[Cell.scratch]! >>> 0) + thread * (control[Cell.scratchBytes]! >>> 0);
  const own = [...args.subarray(0, control[Cell.argCount]!)];
  for (;;) {
    if (due?.()) return "due";
    const block = Atomics.add(control, Cell.next, 1);
    if (block >= blocks) return "none left";
    kernel(bounds[block]!, bounds[block + 1]!, block, scratch, ...own);
    if (Atomics.add(control, Cell.finished, 1) + 1 === blocks) {
      Atomics.notify(control, Cell.finished);
    }
  }
}
