import {
  Cell,
  CONTROL_CELLS,
  instantiate,
  type Kernels,
  type KernelSet,
  MOST_ARGS,
  type Shared,
  takeBlocks,
} from "./jobs.ts";
import type { OutsideArray, OutsideShape, Place } from "./staging.ts";

/** Rows cut into blocks, the same at any number of threads: what makes sums repeatable. */
export interface Blocks {
  readonly count: number;
  /** Where the boundaries are in memory: uint32, count + 1. */
  readonly bounds: number;
}

/** Lets others run between two blocks: `due` says when, `pass` does, and may throw to end a job. */
export interface Turns {
  due(): boolean;
  pass(): Promise<void>;
}

const PAGE = 65_536;
/** What 32-bit addresses reach. */
export const MOST_BYTES = 2 ** 32 - PAGE;
/** How long the calling thread sleeps at most until it looks up again, in milliseconds. */
const NAP = 5;
/** How often it looks in a row before it sleeps. */
const SPINS = 1000;

/**
 * The compiled kernels over one shared memory, run by this thread and `threads - 1` others. Those
 * join when they have started; until then this one works alone. Dispose of it to end them.
 */
export class KernelPool<Name extends string> {
  readonly memory: WebAssembly.Memory;
  readonly #kernels: Kernels;
  readonly #shared: Shared;
  readonly #workers: Worker[] = [];
  #error: Error | undefined;

  private constructor(set: KernelSet<Name>, pages: number, outside: readonly OutsideArray[]) {
    this.memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
    this.#kernels = instantiate(set, this.memory);
    this.#shared = {
      set,
      memory: this.memory,
      control: new Int32Array(new SharedArrayBuffer(4 * CONTROL_CELLS)),
      args: new Float64Array(new SharedArrayBuffer(8 * MOST_ARGS)),
      outside,
    };
  }

  /**
   * Makes the memory (zeros, `bytes` long) and the arrays outside (zeros), and starts the threads. Throws `RangeError` where this
   * machine does not have that much, with what helps; see `checkMemory` for what it never can have.
   */
  static start<Name extends string>(
    set: KernelSet<Name>,
    bytes: number,
    threads: number,
    outside: readonly OutsideShape[] = [],
    remedy = REMEDY,
  ): KernelPool<Name> {
    let pool: KernelPool<Name>;
    const sizes = outside.map(({ length, bytes }) => length * bytes);
    try {
      const arrays = outside.map((shape, at) => {
        return { ...shape, buffer: new SharedArrayBuffer(sizes[at]!) };
      });
      pool = new KernelPool(set, Math.ceil(bytes / PAGE), arrays);
    } catch (cause) {
      const all = sizes.reduce((sum, size) => sum + size, bytes);
      throw new RangeError(`No ${mebibytes(all)} of memory: free some, or ${remedy}`, { cause });
    }
    for (let thread = 1; thread < threads; thread++) pool.#startWorker(thread);
    return pool;
  }

  #startWorker(thread: number): void {
    const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
    worker.onerror = (event) => {
      event.preventDefault();
      this.#error ??= new Error(`A kernel thread failed: ${event.message}`);
    };
    worker.postMessage({ ...this.#shared, thread });
    this.#workers.push(worker);
  }

  /** Where each thread has `bytes` of scratch: thread n's starts at `at + n * bytes`. */
  setScratch(at: number, bytes: number): void {
    this.#shared.control[Cell.scratch] = at;
    this.#shared.control[Cell.scratchBytes] = bytes;
  }

  /** Where each thread has `bytes` for its copies of what lies outside: see `stagedRoom`. */
  setStaging(at: number, bytes: number): void {
    this.#shared.control[Cell.staging] = at;
    this.#shared.control[Cell.stagingBytes] = bytes;
  }

  /** `length` float32 of an array, inside or outside: a view. */
  floats(place: Place, length: number): Float32Array {
    return new Float32Array(...this.#at(place), length);
  }

  /** `length` uint32 of an array, inside or outside: a view. */
  uints(place: Place, length: number): Uint32Array {
    return new Uint32Array(...this.#at(place), length);
  }

  #at(place: Place): [ArrayBufferLike, number] {
    if (typeof place === "number") return [this.memory.buffer, place];
    const { outside } = this.#shared;
    const array = outside[place.outside];
    if (!array) {
      throw new RangeError(`There are ${outside.length} arrays outside, no ${place.outside}`);
    }
    return [array.buffer, 0];
  }

  /**
   * Runs a kernel on every block, in any order, and returns when all are done. Throws what `turns`
   * throws, soon after: the pool is of no more use then but to be disposed of.
   */
  async run(
    name: Name,
    blocks: Blocks,
    args: readonly Place[],
    turns: Turns,
  ): Promise<void> {
    const { control, args: shared, set } = this.#shared;
    // Closed: nobody may be counted while the job changes.
    for (let tries = 0; Atomics.load(control, Cell.active) > 0; tries++) {
      // A thread that finds nothing left is gone in no time, unless the machine has other work.
      if (tries > SPINS) await nap();
    }
    control[Cell.staged] = 0;
    control[Cell.written] = 0;
    for (const [at, arg] of args.entries()) {
      if (typeof arg !== "number") control[Cell.staged]! |= 1 << at;
      shared[at] = typeof arg === "number" ? arg : arg.outside;
    }
    for (const at of set.writes?.[name] ?? []) control[Cell.written]! |= 1 << at;
    control[Cell.argCount] = args.length;
    control[Cell.kernel] = set.names.indexOf(name);
    control[Cell.blocks] = blocks.count;
    control[Cell.bounds] = blocks.bounds;
    Atomics.store(control, Cell.next, 0);
    Atomics.store(control, Cell.finished, 0);
    this.#turnGeneration();
    while (takeBlocks(this.#kernels, this.#shared, 0, () => turns.due()) === "due") {
      await turns.pass();
    }
    for (;;) {
      const finished = Atomics.load(control, Cell.finished);
      if (Atomics.load(control, Cell.failed) !== 0) {
        throw this.#error ?? new Error(`A kernel thread failed in ${name}`);
      }
      if (finished >= blocks.count) break;
      Atomics.wait(control, Cell.finished, finished, NAP);
      if (turns.due()) await turns.pass();
    }
    this.#turnGeneration();
  }

  #turnGeneration(): void {
    Atomics.add(this.#shared.control, Cell.generation, 1);
    Atomics.notify(this.#shared.control, Cell.generation);
  }

  /** Ends the threads. */
  [Symbol.dispose](): void {
    Atomics.store(this.#shared.control, Cell.stop, 1);
    this.#turnGeneration();
    for (const worker of this.#workers) worker.terminate();
  }
}

/**
 * Throws `RangeError` where `bytes` are more than the kernels can address, or may; before anything
 * starts.
 */
export function checkMemory(
  bytes: number,
  what: string,
  most = MOST_BYTES,
  remedy = REMEDY,
): void {
  if (bytes > most) {
    throw new RangeError(
      `${what} needs ${mebibytes(bytes)} of memory, and the kernels address ` +
        `${mebibytes(most)}: ${remedy}`,
    );
  }
}

/** Calls an export of `set` that needs no arrays: what a kernel would need, or how it behaves. */
export function ask(set: KernelSet, name: string, ...args: number[]): number {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
  return instantiate(set, memory).call(name, ...args);
}

const REMEDY = `lower train.factors, or set train.solver to "reference"`;

function mebibytes(bytes: number): string {
  return `${Math.ceil(bytes / 2 ** 20).toLocaleString("en")} MiB`;
}

/** Reads and compiles the module at `url`. */
export async function compileKernels(url: URL): Promise<WebAssembly.Module> {
  return await WebAssembly.compile(await Deno.readFile(url));
}

function nap(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}
