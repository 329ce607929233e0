import { setImmediate } from "node:timers";
import type { Turns } from "./pool.ts";

/** How long a loop may keep the event loop waiting, in milliseconds. */
const SLICE = 50;

/**
 * Lets signals, timers and progress bars in while a long loop runs: ask `due()` at each step, and
 * where it says so, await `pass()`.
 */
export class Pause implements Turns {
  readonly #signal: AbortSignal | undefined;
  #last = performance.now();

  constructor(signal: AbortSignal | undefined) {
    this.#signal = signal;
  }

  due(): boolean {
    return performance.now() - this.#last > SLICE;
  }

  /** Gives way to everything that waits; throws the signal's reason once it is aborted. */
  async pass(): Promise<void> {
    this.#signal?.throwIfAborted();
    // A timer of zero takes a millisecond or two.
    await new Promise<void>((resolve) => void setImmediate(resolve));
    this.#signal?.throwIfAborted();
    this.#last = performance.now();
  }
}
