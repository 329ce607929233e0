/**
 * The pipeline's lock file: what produced what. Committed, so that a change of data, code or params
 * shows in a diff. It holds no times, thread counts or paths outside the project.
 */
import { z } from "zod";
import { textOf, writeAtomic } from "./atomic.ts";
import type { Parts } from "./fingerprint.ts";

const entrySchema = z.strictObject({
  key: z.string(),
  parts: z.record(z.string(), z.string()),
  outputs: z.record(
    z.string(),
    z.strictObject({ digest: z.string(), bytes: z.int().min(0), extension: z.string() }),
  ),
  metrics: z.record(z.string(), z.number()),
});

const lockSchema = z.strictObject({
  version: z.literal(1),
  stages: z.record(z.string(), entrySchema),
});

/** The last run of one stage. */
export type LockEntry = z.infer<typeof entrySchema>;

/** The lock file in memory; each change is written at once, atomically. */
export class LockFile {
  readonly path: string;
  readonly stages: Map<string, LockEntry>;
  #text: string;

  private constructor(path: string, text: string, stages: Map<string, LockEntry>) {
    this.path = path;
    this.#text = text;
    this.stages = stages;
  }

  /**
   * Reads the lock file; a missing one is empty.
   *
   * @throws {SyntaxError} where it is no lock file, as after a merge conflict.
   */
  static async open(path: string): Promise<LockFile> {
    const text = await textOf(path);
    return text === undefined
      ? new LockFile(path, "", new Map())
      : new LockFile(path, text, parseLock(text, path));
  }

  /** Sets one stage's entry, and writes the file where that changes it. */
  async set(name: string, entry: LockEntry): Promise<void> {
    this.stages.set(name, entry);
    await this.#write();
  }

  /** Keeps only these stages, in this order. */
  async keep(names: readonly string[]): Promise<void> {
    const kept = new Map<string, LockEntry>();
    for (const name of names) {
      const entry = this.stages.get(name);
      if (entry !== undefined) kept.set(name, entry);
    }
    this.stages.clear();
    for (const [name, entry] of kept) this.stages.set(name, entry);
    await this.#write();
  }

  async #write(): Promise<void> {
    const stages: Record<string, LockEntry> = {};
    for (const [name, { key, parts, outputs, metrics }] of this.stages) {
      stages[name] = { key, parts: ordered(parts), outputs: ordered(outputs), metrics };
    }
    const text = JSON.stringify({ version: 1, stages }, null, 2) + "\n";
    if (text === this.#text) return;
    await writeAtomic(this.path, text);
    this.#text = text;
  }
}

/**
 * A lock file's entries by stage.
 *
 * @param name what the text is called in the message.
 * @throws {SyntaxError} where the text is no lock file, as after a merge conflict.
 */
export function parseLock(text: string, name: string): Map<string, LockEntry> {
  try {
    return new Map(Object.entries(lockSchema.parse(JSON.parse(text)).stages));
  } catch (error) {
    throw new SyntaxError(
      `${name} is not a lock file of this version: restore it from version control, or delete it ` +
        `(a run makes it anew)`,
      { cause: error },
    );
  }
}

function ordered<T>(record: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The names of parts that differ, sorted. */
export function changedParts(before: Parts, now: Parts): string[] {
  const names = new Set([...Object.keys(before), ...Object.keys(now)]);
  return [...names].filter((name) => before[name] !== now[name]).sort();
}
