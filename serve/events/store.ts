/**
 * Purchases and deletions that came to the server since the pipeline read its sources: kept in a file,
 * counted at once, handed to the next training.
 *
 * Everything gets a number, `seq`, in order of arrival. A training is given all up to some number and the
 * model's manifest says which (`ingest.events`), so each model, also an earlier one that is activated
 * again, tells by itself which events are new to it.
 */
import { createHash } from "node:crypto";
import { join } from "node:path";
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { sync } from "../../pipeline/engine/atomic.ts";
import type { Manifest } from "../../pipeline/als/manifest.ts";
import type { PurchaseEvent, PurchaseEvents } from "../recommender.ts";
import { Commits } from "./commits.ts";
import { logOf, numberOf, openDatabase, UnwritableError } from "./database.ts";
import type { Appended, EventLog, NewEvent } from "./log.ts";
import { removeTrainingFiles, writeForTraining } from "./training_files.ts";
import { viewBehind } from "./view.ts";

/** Options of `EventStore.open`. */
export interface StoreOptions {
  /** The clock, in milliseconds since 1970 UTC. */
  readonly now?: () => number;
  /** Days after which an event is forgotten; left out: never. */
  readonly retention?: number | undefined;
}

/** Its file, in the folder of events. */
export const EVENTS_FILE = "events.sqlite";

/** So many events of one user count before the next training; more are no customer's. */
const MOST = 10_000;

const DAY = 86_400;

/** The events of one server. */
export class EventStore implements EventLog {
  readonly #dir: string;
  readonly #db: DatabaseSync;
  readonly #log: Deno.FsFile;
  readonly #commits: Commits;
  readonly #seconds: () => number;
  readonly #retention: number | undefined;
  readonly #name: string;
  readonly #salt: string;
  readonly #statements: Statements;
  #sequence = 0;
  /** Place of each user's latest event. */
  readonly #last = new Map<string, number>();
  /** By hashed user. */
  readonly #deletions = new Map<string, { readonly seq: number; readonly time: number }>();

  private constructor(
    { dir, db, log }: { dir: string; db: DatabaseSync; log: Deno.FsFile },
    { now = Date.now, retention }: StoreOptions,
  ) {
    this.#dir = dir;
    this.#db = db;
    this.#log = log;
    this.#commits = new Commits({
      db,
      sync: () => log.syncData(),
      forget: () => this.#readMemory(),
    });
    this.#seconds = () => Math.floor(now() / 1000);
    this.#retention = retention;
    const { name, salt } = db.prepare("SELECT name, salt FROM store").get() ?? {};
    this.#name = String(name);
    this.#salt = String(salt);
    this.#statements = prepare(db);
    this.#prune();
    this.#readMemory();
  }

  /** Opens the store in the folder `dir`, which it makes where it is missing. Throws as `openDatabase`. */
  static async open(dir: string, options: StoreOptions = {}): Promise<EventStore> {
    await Deno.mkdir(dir, { recursive: true, mode: 0o700 }).catch((error) => {
      throw new UnwritableError(dir, error);
    });
    const path = join(dir, EVENTS_FILE);
    const db = openDatabase(path);
    try {
      // A crash may have left them.
      await removeTrainingFiles(dir);
      await sync(dir);
      const log = await Deno.open(logOf(path), { read: true, write: true });
      return new EventStore({ dir, db, log }, options);
    } catch (error) {
      db.close();
      throw error;
    }
  }

  /** Names this store in manifests. */
  get name(): string {
    return this.#name;
  }

  /** How many events are kept. */
  get size(): number {
    return numberOf(this.#db, "SELECT count(*) FROM events");
  }

  /**
   * Keeps events, all or none. Resolves once they are on disk, and count. Throws where they cannot be
   * written.
   */
  append(events: readonly NewEvent[]): Promise<Appended> {
    return this.#commits.add(() => {
      const now = this.#seconds();
      const before = this.#sequence;
      let [stored, duplicates, ignored, ahead] = [0, 0, 0, 0];
      for (const { id = null, user, item, quantity, time } of events) {
        const seconds = time === undefined ? now : Math.floor(time.getTime() / 1000);
        const deleted = this.#deletionOf(user);
        if (deleted !== undefined && time !== undefined && seconds < deleted.time) {
          ignored++;
          continue;
        }
        const seq = this.#sequence + 1;
        const thousandths = Math.round(quantity * 1000);
        // A time ahead of this clock would make all else look old.
        const at = Math.max(0, Math.min(seconds, now));
        const { changes } = this.#statements.insert.run(seq, user, item, thousandths, at, now, id);
        if (Number(changes) === 0) {
          duplicates++;
          continue;
        }
        this.#sequence = seq;
        this.#last.set(user, seq);
        stored++;
        if (seconds > now) ahead++;
      }
      if (this.#sequence > before) this.#statements.sequence.run(this.#sequence);
      return { stored, duplicates, ignored, ahead };
    });
  }

  /**
   * Forgets a user: removes the events, so that they are in no file any more, and keeps a salted hash of
   * the id with the time, so that models and trainings leave out what was before. Resolves with the
   * number of events once that is on disk. Throws as `append` does.
   */
  async delete(user: string): Promise<number> {
    const removed = await this.#commits.add(() => {
      const { changes } = this.#statements.remove.run(user);
      const entry = { seq: ++this.#sequence, time: this.#seconds() };
      const hash = this.#hash(user);
      this.#statements.exclude.run(hash, entry.seq, entry.time);
      this.#statements.sequence.run(this.#sequence);
      this.#last.delete(user);
      this.#deletions.set(hash, entry);
      return Number(changes);
    });
    this.#emptyLog();
    return removed;
  }

  /** What is new to the model of this manifest. */
  viewOf({ ingest }: Pick<Manifest, "ingest">): PurchaseEvents {
    const through = ingest?.events?.through ?? {};
    const place = Object.hasOwn(through, this.#name) ? through[this.#name] ?? 0 : 0;
    return viewBehind({
      last: (user) => this.#last.get(user),
      read: (user, after) => this.#read(user, after),
      deletion: (user) => this.#deletionOf(user)?.seq,
    }, place);
  }

  /**
   * Writes all that a training must know into files beside the store, and returns the settings by which
   * the pipeline reads them; none where there is nothing to tell. `endTraining` removes them.
   */
  async exportForTraining(): Promise<readonly string[]> {
    if (this.#prune() > 0) this.#readMemory();
    return await writeForTraining(this.#dir, this.#db, {
      name: this.#name,
      salt: this.#salt,
      through: this.#sequence,
    });
  }

  /** Removes what `exportForTraining` wrote. */
  async endTraining(): Promise<void> {
    await removeTrainingFiles(this.#dir);
  }

  /** Writes what waits, and lets the file go. */
  async close(): Promise<void> {
    await this.#commits.close();
    this.#log.close();
    this.#db.close();
  }

  #read(user: string, after: number): PurchaseEvent[] {
    return this.#statements.read.all(user, after, MOST).map(({ item, quantity, time }) => ({
      item: String(item),
      quantity: Number(quantity) / 1000,
      time: new Date(Number(time) * 1000),
    }));
  }

  /** Reads what is held in memory: the database says what is so. */
  #readMemory(): void {
    this.#sequence = numberOf(this.#db, "SELECT sequence FROM store");
    this.#last.clear();
    const users = this.#db.prepare("SELECT user, max(seq) AS seq FROM events GROUP BY user");
    for (const { user, seq } of users.iterate()) this.#last.set(String(user), Number(seq));
    this.#deletions.clear();
    const deletions = this.#db.prepare("SELECT hash, seq, time FROM deletions");
    for (const { hash, seq, time } of deletions.iterate()) {
      this.#deletions.set(String(hash), { seq: Number(seq), time: Number(time) });
    }
  }

  /** Forgets events that are older than is kept; returns how many. */
  #prune(): number {
    if (this.#retention === undefined) return 0;
    const before = this.#seconds() - this.#retention * DAY;
    const { changes } = this.#db.prepare("DELETE FROM events WHERE received < ?").run(before);
    if (Number(changes) > 0) this.#emptyLog();
    return Number(changes);
  }

  /** Moves the log into the database and cuts it: what was deleted is in neither. */
  #emptyLog(): void {
    this.#db.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  }

  #deletionOf(user: string) {
    return this.#deletions.size === 0 ? undefined : this.#deletions.get(this.#hash(user));
  }

  #hash(user: string): string {
    return createHash("sha256").update(this.#salt + user).digest("hex");
  }
}

type Statements = Readonly<
  Record<"insert" | "remove" | "exclude" | "sequence" | "read", StatementSync>
>;

function prepare(db: DatabaseSync): Statements {
  return {
    insert: db.prepare(
      `INSERT INTO events (seq, user, item, quantity, time, received, id)
       VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING`,
    ),
    remove: db.prepare("DELETE FROM events WHERE user = ?"),
    exclude: db.prepare(
      `INSERT INTO deletions (hash, seq, time) VALUES (?, ?, ?)
       ON CONFLICT (hash) DO UPDATE SET seq = excluded.seq, time = excluded.time`,
    ),
    sequence: db.prepare("UPDATE store SET sequence = ?"),
    // As ingest nets purchases; the latest where there are too many.
    read: db.prepare(
      `SELECT item, time, sum(quantity) AS quantity FROM (
         SELECT item, time, quantity FROM events WHERE user = ? AND seq > ? ORDER BY seq DESC LIMIT ?)
       GROUP BY item, time HAVING sum(quantity) <> 0 ORDER BY item, time`,
    ),
  };
}
