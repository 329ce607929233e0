/** Group commit: requests that come together are written together, with one sync of the disk. */
import type { DatabaseSync } from "node:sqlite";

/** One request's part of a transaction. */
interface Part {
  /** Writes; returns what to do once it is committed. */
  readonly write: () => () => void;
  readonly reject: (error: unknown) => void;
}

/** How long the first request waits for others, in milliseconds. */
const WINDOW_MS = 2;

/** Writes in groups. Whoever waits is told after the commit, and so after the sync: never before. */
export class Commits {
  readonly #db: DatabaseSync;
  #parts: Part[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;
  #closed = false;

  /** Commits to `db`, on which nobody else begins a transaction. */
  constructor(db: DatabaseSync) {
    this.#db = db;
  }

  /**
   * Writes with the next group, in the order of the calls: `write` does so and returns the result and
   * what to note in memory once it is committed. Rejects where the group cannot be committed: then
   * nothing of it is.
   */
  add<T>(write: () => { readonly result: T; readonly note: () => void }): Promise<T> {
    if (this.#closed) return Promise.reject(new Error("The event store is closed"));
    return new Promise((resolve, reject) => {
      this.#parts.push({
        reject,
        write() {
          const { result, note } = write();
          return () => {
            note();
            resolve(result);
          };
        },
      });
      this.#timer ??= setTimeout(() => this.flush(), WINDOW_MS);
    });
  }

  /** Commits what waits, at once. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const parts = this.#parts;
    this.#parts = [];
    if (parts.length === 0) return;
    let done: (() => void)[];
    try {
      this.#db.exec("BEGIN IMMEDIATE");
      done = parts.map(({ write }) => write());
      this.#db.exec("COMMIT");
    } catch (error) {
      try {
        this.#db.exec("ROLLBACK");
      } catch {
        // SQLite has rolled back itself where the disk is full or fails.
      }
      for (const { reject } of parts) reject(error);
      return;
    }
    for (const settle of done) settle();
  }

  /** Commits what waits, and takes nothing more. */
  close(): void {
    this.flush();
    this.#closed = true;
  }
}
