/**
 * What is already known of files that have not changed since: a no-op run then reads no input and
 * parses no source. Size, times and inode are used for nothing but to reuse a known value.
 */
import { dirname, join } from "node:path";
import { z } from "zod";
import { statOf, writeAtomic } from "./atomic.ts";
import { fileDigest } from "./digest.ts";
import { type ModuleInfo, moduleInfoSchema } from "./module_info.ts";

/** Raise it when a digest's or a module info's meaning changes: all is computed anew. */
const SCHEME = `3 deno ${Deno.version.deno}`;

/**
 * A file changed less than this long ago may change again within its time stamp ("racily clean", as
 * git calls it): Deno gives the inode's change time, which no program can set back, in whole seconds.
 * One changed in the future, as after the clock was set back, waits until the clock has passed it.
 */
const SETTLED_MS = 1100;

const rowSchema = z.strictObject({
  stamp: z.string(),
  digest: z.string().optional(),
  module: moduleInfoSchema.optional(),
});
const tableSchema = z.strictObject({ scheme: z.string(), files: z.record(z.string(), rowSchema) });
type Row = z.infer<typeof rowSchema>;

/** What the cache asks of the system. */
interface Effects {
  /** The clock by which files get their times, in milliseconds. */
  now(): number;
  fileDigest(path: string): Promise<string>;
}

const REAL: Effects = { now: Date.now, fileDigest };

/** Digests of files and infos of modules, computed once for each state of a file. */
export class StatCache {
  readonly #path: string;
  readonly #files: Map<string, Row>;
  readonly #effects: Effects;
  #changed = false;

  private constructor(path: string, files: Map<string, Row>, effects: Effects) {
    this.#path = path;
    this.#files = files;
    this.#effects = effects;
  }

  /** Reads the cache at `path`; one that is missing, broken or of another scheme starts empty. */
  static async open(path: string, effects: Effects = REAL): Promise<StatCache> {
    let files: Record<string, Row> = {};
    try {
      const table = tableSchema.parse(JSON.parse(await Deno.readTextFile(path)));
      if (table.scheme === SCHEME) files = table.files;
    } catch (error) {
      if (!isUnreadable(error)) throw error;
    }
    return new StatCache(path, new Map(Object.entries(files)), effects);
  }

  /** Digest of a file's bytes. */
  digest(path: string): Promise<string> {
    return this.#known(
      path,
      (row) => row.digest,
      this.#effects.fileDigest,
      (digest) => ({ digest }),
    );
  }

  /** What a local module imports and the digest of its code. */
  module(path: string): Promise<ModuleInfo> {
    return this.#known(path, (row) => row.module, async (path) => {
      const { analyse } = await import("./analyse.ts");
      return analyse(await Deno.readTextFile(path), path);
    }, (module) => ({ module }));
  }

  /** Forgets files that are gone. */
  async prune(): Promise<void> {
    for (const path of this.#files.keys()) {
      if (await statOf(path) !== undefined) continue;
      this.#files.delete(path);
      this.#changed = true;
    }
  }

  /** Keeps what was learnt for the next run. Where that fails (a full disk, say) no harm is done. */
  async save(): Promise<void> {
    if (!this.#changed) return;
    const table = { scheme: SCHEME, files: Object.fromEntries(this.#files) };
    // `status` saves without being the writer: each has a draft of its own, swept by the next run.
    const draft = join(dirname(this.#path), "tmp", crypto.randomUUID());
    try {
      await writeAtomic(this.#path, JSON.stringify(table), draft);
      this.#changed = false;
    } catch {
      // It is only a cache, and must not hide the error that ended the run.
    }
  }

  async #known<T>(
    path: string,
    pick: (row: Row) => T | undefined,
    compute: (path: string) => Promise<T>,
    store: (value: T) => Partial<Row>,
  ): Promise<T> {
    for (let attempt = 0; attempt < 3; attempt++) {
      const stamp = await stampOf(path);
      const row = this.#files.get(path);
      const known = row?.stamp === stamp.text ? pick(row) : undefined;
      if (known !== undefined) return known;
      const value = await compute(path);
      if ((await stampOf(path)).text !== stamp.text) continue;
      if (this.#effects.now() - stamp.changed > SETTLED_MS) {
        const kept = row?.stamp === stamp.text ? row : {};
        this.#files.set(path, { ...kept, stamp: stamp.text, ...store(value) });
        this.#changed = true;
      }
      return value;
    }
    throw new Error(`${path} changes while it is read: wait until its writer is done, run again`);
  }
}

/** `changed`: in milliseconds; where there is no change time, the modification time. */
async function stampOf(path: string): Promise<{ text: string; changed: number }> {
  const { size, mtime, ctime, ino, dev } = await Deno.stat(path);
  const modified = mtime?.getTime() ?? 0;
  const changed = ctime?.getTime() ?? modified;
  return { text: [size, modified, changed, dev, ino].join(" "), changed };
}

function isUnreadable(error: unknown): boolean {
  return error instanceof Deno.errors.NotFound || error instanceof SyntaxError ||
    error instanceof z.ZodError;
}
