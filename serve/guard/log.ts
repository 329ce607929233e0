/** The log of requests: one JSON object a line. */
import type { Observation, Observer } from "./observe.ts";

/** Bytes that may wait to be written: more are dropped and counted, so that no reader stops the server. */
const MOST_WAITING = 1 << 20;
/** How long lines wait to be written together, in milliseconds. */
const WAIT_MS = 100;

/** Takes bytes; a file or a pipe. */
export interface Sink {
  write(bytes: Uint8Array): Promise<number>;
}

/** Writes lines without making requests wait for whoever reads them. */
export class LineWriter {
  readonly #sink: Sink;
  #lines: string[] = [];
  #waiting = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #writing: Promise<void> | undefined;
  /** Lines that were not written because the reader was too slow or gone. */
  dropped = 0;

  /** Writes to `sink`, for ever. */
  constructor(sink: Sink) {
    this.#sink = sink;
  }

  /** Writes `line` soon. */
  write(line: string): void {
    if (this.#waiting > MOST_WAITING) {
      this.dropped++;
      return;
    }
    this.#lines.push(line);
    this.#waiting += line.length + 1;
    if (this.#timer === undefined && this.#writing === undefined) {
      this.#timer = setTimeout(() => void this.flush(), WAIT_MS);
      // What is left at the end is flushed by whoever ends it: the timer keeps no process alive.
      Deno.unrefTimer(this.#timer);
    }
  }

  /** Writes what waits; resolves when it is written, or cannot be. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    await (this.#writing ??= this.#writeAll().finally(() => this.#writing = undefined));
  }

  async #writeAll(): Promise<void> {
    while (this.#lines.length > 0) {
      const lines = this.#lines;
      this.#lines = [];
      const bytes = new TextEncoder().encode(lines.join("\n") + "\n");
      try {
        for (let at = 0; at < bytes.length;) at += await this.#sink.write(bytes.subarray(at));
      } catch {
        // Whoever read has gone; the server goes on.
        this.dropped += lines.length;
      }
      this.#waiting -= lines.reduce((sum, line) => sum + line.length + 1, 0);
    }
  }
}

/**
 * Logs each request as a line of JSON: when, id, method, route pattern, status, milliseconds, bytes of the
 * request's body.
 */
export function requestLog(
  write: (line: string) => void,
  now: () => Date = () => new Date(),
): Observer {
  return {
    begin() {},
    end({ id, method, route, status, ms, received }: Observation) {
      const time = now().toISOString();
      write(
        JSON.stringify({
          time,
          id,
          method,
          route,
          status,
          ms: Math.round(ms * 1000) / 1000,
          received,
        }),
      );
    },
  };
}
