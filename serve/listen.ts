/** Listening that outlives a lack of file descriptors. */
import { setTimeout as pause } from "node:timers/promises";

export interface ListenOptions {
  readonly hostname: string;
  readonly port: number;
  readonly handler: Deno.ServeHandler;
  /** Called whenever the server listens. */
  onListen(address: Deno.NetAddr): void;
  /** Called where the server had to stop listening for want of descriptors, and will try again. */
  onShortage(why: string): void;
}

/** A server that listens until it is shut down. */
export interface Listening {
  /** Lets nobody in; resolves when all requests have ended. */
  shutdown(): Promise<void>;
  /** Resolves after that; rejects where the server fails for another reason. */
  readonly finished: Promise<void>;
}

/** How long to wait for descriptors to become free, in milliseconds. */
const PAUSE_MS = 200;

/**
 * Listens. `Deno.serve` ends for good where it cannot accept a connection because the process has no file
 * descriptor left: here it is started again until one is free. Throws as it does where the address cannot
 * be listened on at first.
 */
export function listen(options: ListenOptions): Listening {
  const { hostname, port, handler, onListen, onShortage } = options;
  const start = (port: number) => Deno.serve({ hostname, port, onListen }, handler);
  let server: Deno.HttpServer<Deno.NetAddr> | undefined = start(port);
  // Where any port would do, it is that of the first time from now on.
  const own = server.addr.port;
  let stopping = false;
  const run = async () => {
    while (!stopping) {
      try {
        server ??= start(own);
        await server.finished;
        return;
      } catch (error) {
        if (stopping) return;
        if (!isShortage(error)) throw error;
        onShortage(error.message);
        server = undefined;
        await pause(PAUSE_MS);
      }
    }
  };
  return {
    finished: run(),
    async shutdown() {
      stopping = true;
      await server?.shutdown();
    },
  };
}

/** EMFILE or ENFILE, in the words of the operating system. */
function isShortage(error: unknown): error is Error {
  return error instanceof Error && /os error (23|24)\b/.test(error.message);
}
