/** What this machine can do at most, to be measured beside the solver in the same run. */
import { z } from "zod";

/** One thread's part of a measurement. */
export interface Task {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  readonly kernel: "multiplyAdd" | "read";
  readonly args: readonly number[];
  /** Threads that are not ready yet. */
  readonly start: Int32Array;
}

export interface Machine {
  readonly threads: number;
  /** 10^9 float32 operations a second of 128-bit multiply-adds, all threads together. */
  readonly gigaflops: number;
  /** 10^9 bytes a second read in order from memory, all threads together. */
  readonly gigabytes: number;
}

const PAGE = 65_536;
/** Turns of the loop of multiply-adds: about 0.1 s. */
const TURNS = 1 << 26;
/** Flops of a turn: twelve multiply-adds of four lanes. */
const TURN_FLOPS = 96;
/** Bytes that each thread reads, far more than caches hold: 256 MiB. */
const READ_BYTES = 1 << 28;
const REPEATS = 3;

const span = z.object({ began: z.number(), ended: z.number() });

/** The best of three measurements of each; takes about two seconds, and a quarter of a gibibyte a thread. */
export async function measureMachine(
  threads: number,
  { turns = TURNS, bytes = READ_BYTES } = {},
): Promise<Machine> {
  const module = await WebAssembly.compile(
    await Deno.readFile(new URL("./peak.wasm", import.meta.url)),
  );
  const pages = Math.ceil(threads * bytes / PAGE);
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
  // Pages that nobody has written are all the same one, which fits the cache.
  new Uint8Array(memory.buffer).fill(1);
  const workers = Array.from(
    { length: threads },
    () => new Worker(new URL("./worker.ts", import.meta.url), { type: "module" }),
  );
  const best = async (kernel: Task["kernel"], argsOf: (thread: number) => number[]) => {
    let seconds = Infinity;
    for (let repeat = 0; repeat < REPEATS; repeat++) {
      seconds = Math.min(seconds, await measure(workers, { module, memory, kernel }, argsOf));
    }
    return seconds;
  };
  try {
    const computed = await best("multiplyAdd", () => [turns, 0.999, 0.001]);
    const read = await best("read", (thread) => [thread * bytes, (thread + 1) * bytes]);
    return {
      threads,
      gigaflops: threads * turns * TURN_FLOPS / computed / 1e9,
      gigabytes: threads * bytes / read / 1e9,
    };
  } finally {
    for (const worker of workers) worker.terminate();
  }
}

/** Seconds from the first thread's start to the last one's end. */
async function measure(
  workers: readonly Worker[],
  task: Omit<Task, "args" | "start">,
  argsOf: (thread: number) => number[],
): Promise<number> {
  const start = new Int32Array(new SharedArrayBuffer(4)).fill(workers.length);
  const spans = await Promise.all(
    workers.map((worker, thread) =>
      new Promise<z.infer<typeof span>>((resolve, reject) => {
        worker.onmessage = ({ data }) => resolve(span.parse(data));
        worker.onerror = (event) => {
          event.preventDefault();
          reject(new Error(`A measuring thread failed: ${event.message}`));
        };
        worker.postMessage({ ...task, args: argsOf(thread), start });
      })
    ),
  );
  const began = Math.min(...spans.map((one) => one.began));
  return (Math.max(...spans.map((one) => one.ended)) - began) / 1000;
}
