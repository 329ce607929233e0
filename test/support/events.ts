/** Event stores for tests. */
import { join } from "node:path";
import type { EventLog } from "../../serve/events/log.ts";
import { EventStore, type StoreOptions } from "../../serve/events/store.ts";

/** Takes nothing and knows nothing. */
export const noEvents: EventLog = {
  append: () => Promise.reject(new Error("not asked for")),
  delete: () => Promise.reject(new Error("not asked for")),
  viewOf: () => ({ of: () => [], isDeleted: () => false }),
};

/** A store in a temporary folder, and the means to open it again. */
export class TemporaryStore implements AsyncDisposable {
  readonly dir: string;
  store: EventStore;
  readonly #folder: string;

  private constructor(folder: string, dir: string, store: EventStore) {
    this.#folder = folder;
    this.dir = dir;
    this.store = store;
  }

  static async create(options: StoreOptions = {}): Promise<TemporaryStore> {
    const folder = await Deno.makeTempDir({ prefix: "events_" });
    const dir = join(folder, "model.events");
    return new TemporaryStore(folder, dir, await EventStore.open(dir, options));
  }

  /** Closes it and opens it again, as a restart does. */
  async reopen(options: StoreOptions = {}): Promise<EventStore> {
    await this.store.close();
    return this.store = await EventStore.open(this.dir, options);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.store.close().catch(() => {});
    await Deno.remove(this.#folder, { recursive: true });
  }
}
