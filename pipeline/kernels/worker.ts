/**
 * A thread of `KernelPool`. In: what the threads share and this one's number. It then sleeps on the
 * shared generation, takes blocks of each job, and hears no message again.
 */
/// <reference no-default-lib="true" />
/// <reference lib="deno.worker" />
import { Cell, instantiate, type Shared, takeBlocks } from "./jobs.ts";

self.onmessage = ({ data }: MessageEvent<Shared & { readonly thread: number }>): void => {
  const { control } = data;
  const kernels = instantiate(data.set, data.memory);
  while (Atomics.load(control, Cell.stop) === 0) {
    // Counted before the generation is read: a job is changed only while nobody is counted.
    Atomics.add(control, Cell.active, 1);
    const generation = Atomics.load(control, Cell.generation);
    if (generation % 2 !== 0) {
      try {
        takeBlocks(kernels, data, data.thread);
      } catch {
        Atomics.store(control, Cell.failed, 1);
        Atomics.notify(control, Cell.finished);
      }
    }
    Atomics.sub(control, Cell.active, 1);
    // Nothing is left to do until it turns.
    Atomics.wait(control, Cell.generation, generation);
  }
  self.close();
};
