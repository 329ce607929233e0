/** Group commit: requests that come together are written together, with one sync of the disk. */
import type { DatabaseSync } from "node:sqlite";

/** One request's part of a transaction. */
interface Part {
  /** Writes; returns what tells the request that it is done. */
  readonly write: () => () => void;
  readonly reject: (error: unknown) => void;
}

/** Where the groups go. */
export interface CommitOptions {
  readonly db: DatabaseSync;
  /** Puts on the disk what is committed so far; without holding up who asks something meanwhile. */
  sync(): Promise<void>;
  /** Called where a group was rolled back: what its parts noted in memory is not so. */
  forget(): void;
}

/**
 * Writes in groups, one after the other: a group is what came while the last one was synced. Whoever waits
 * is told after the sync, never before.
 */
export class Commits {
  readonly #options: CommitOptions;
  #parts: Part[] = [];
  #running: Promise<void> | undefined;
  /** Why nothing is taken any more. */
  #ended: Error | undefined;

  /** Nobody else begins a transaction on the database. */
  constructor(options: CommitOptions) {
    this.#options = options;
  }

  /**
   * Writes with the next group, in the order of the calls; resolves with what `write` returned, once it is
   * on the disk. Rejects where the group cannot be committed: then nothing of it is.
   */
  add<T>(write: () => T): Promise<T> {
    if (this.#ended !== undefined) return Promise.reject(this.#ended);
    return new Promise((resolve, reject) => {
      this.#parts.push({
        reject,
        write() {
          const result = write();
          return () => resolve(result);
        },
      });
      this.#running ??= this.#run();
    });
  }

  /** Takes nothing more; resolves once all that was taken is on the disk. */
  async close(): Promise<void> {
    this.#ended ??= new Error("The event store is closed");
    await this.#running;
  }

  async #run(): Promise<void> {
    // Requests of the same turn are of the same group.
    await new Promise((resolve) => setTimeout(resolve, 0));
    while (this.#parts.length > 0) {
      const parts = this.#parts;
      this.#parts = [];
      const done = this.#commit(parts);
      if (done === undefined) continue;
      try {
        await this.#options.sync();
      } catch (error) {
        // What the disk refused once may be missing from the log, whatever it says of a second try.
        const why = error instanceof Error ? error.message : String(error);
        this.#ended = new Error(`The disk refused to sync (${why}): start the server again`);
        for (const { reject } of [...parts, ...this.#parts]) reject(this.#ended);
        this.#parts = [];
        break;
      }
      for (const settle of done) settle();
    }
    this.#running = undefined;
  }

  /** Commits a group; `undefined` where that failed, of which its parts are told. */
  #commit(parts: readonly Part[]): (() => void)[] | undefined {
    const { db, forget } = this.#options;
    try {
      db.exec("BEGIN IMMEDIATE");
      const done = parts.map(({ write }) => write());
      db.exec("COMMIT");
      return done;
    } catch (error) {
      try {
        db.exec("ROLLBACK");
      } catch {
        // SQLite has rolled back itself where the disk is full or fails.
      }
      forget();
      for (const { reject } of parts) reject(error);
      return undefined;
    }
  }
}
