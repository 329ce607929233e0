/**
 * One writer to a store at a time. The operating system holds the lock for the process (`flock`), so
 * a killed owner's lock is free at once, whatever pid is reused; the file's text is for people.
 */
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";

const ownerSchema = z.strictObject({ pid: z.int(), started: z.string() });

/** The process that holds a store. */
export type Owner = z.infer<typeof ownerSchema>;

const POLL_MS = 100;
const NAMELESS_POLLS = 5;

/** Another process holds the store, and waiting was not wanted. */
export class StoreBusyError extends Error {
  override readonly name = "StoreBusyError";
}

/**
 * Waits until this process is the store's only writer; disposing the result lets the next one in.
 *
 * @param options.wait false: throw at once where another process holds the store.
 * @param options.onWait called once, when it has to wait.
 * @throws {StoreBusyError} another process writes, and `wait` is false.
 */
export async function acquireWriter(dir: string, options: {
  readonly wait: boolean;
  readonly signal: AbortSignal;
  readonly onWait: (line: string) => void;
}): Promise<Disposable> {
  const path = join(dir, "writer.lock");
  const file = await Deno.open(path, { read: true, write: true, create: true });
  try {
    for (let polls = 0, told = false; !await file.tryLock(true); polls++) {
      const owner = await readOwner(path);
      // An owner that has just come has not written its name yet.
      if (!told && (owner !== undefined || polls >= NAMELESS_POLLS)) {
        const line = `${dir} is in use by ${describe(owner)}`;
        if (!options.wait) throw new StoreBusyError(`${line}: try again when it is done`);
        options.onWait(`${line}: waiting for it to end`);
        told = true;
      }
      await sleep(POLL_MS, undefined, { signal: options.signal });
    }
    // Pid and start time together name a process: pids alone are reused, above all in containers.
    const owner: Owner = { pid: Deno.pid, started: new Date(performance.timeOrigin).toISOString() };
    await file.truncate();
    await file.write(new TextEncoder().encode(JSON.stringify(owner) + "\n"));
  } catch (error) {
    file.close();
    throw options.signal.aborted ? options.signal.reason : error;
  }
  return {
    [Symbol.dispose]() {
      file.truncateSync();
      file.unlockSync();
      file.close();
    },
  };
}

async function readOwner(path: string): Promise<Owner | undefined> {
  try {
    return ownerSchema.parse(JSON.parse(await Deno.readTextFile(path)));
  } catch {
    // Just taken, or just left: nobody to name.
    return undefined;
  }
}

function describe(owner: Owner | undefined): string {
  return owner === undefined
    ? "another run"
    : `another run (process ${owner.pid}, started ${owner.started})`;
}
