/**
 * The store: outputs by the digest of their content, and for each key which outputs it made.
 *
 *     objects/DIGEST.parquet  keys/KEY.json  inputs/DIGEST.json  roots/  tmp/  stats.json  writer.lock
 *
 * A plain folder: safe to share, copy, or keep in a CI cache. An object appears in it by one rename,
 * complete and synced.
 */
import { join } from "node:path";
import { z } from "zod";
import { remove, statOf, sync, syncTree, textOf, writeAtomic } from "./atomic.ts";
import { fileDigest, filesOf, treeDigest, treeSize } from "./digest.ts";

export const storedSchema = z.strictObject({
  digest: z.string().regex(/^[0-9a-f]{64}$/),
  /** Size of the file, or of all files of the folder. */
  bytes: z.int().min(0),
  extension: z.string(),
});

/** One output in the store. */
export type Stored = z.infer<typeof storedSchema>;

const keyEntrySchema = z.strictObject({
  /** The instance that ran; others of the same stage may share what it made. */
  stage: z.string(),
  outputs: z.record(z.string(), storedSchema),
  metrics: z.record(z.string(), z.number()),
});

/** What the run with one key made. */
export type KeyEntry = z.infer<typeof keyEntrySchema>;

/** A store in the folder `dir` (absolute). Only the one writer may change it. */
export class Store {
  readonly dir: string;
  readonly #digest: (path: string) => Promise<string>;

  /** `digest` of a file: it may reuse what is known of one that has not changed since. */
  constructor(dir: string, digest: (path: string) => Promise<string> = fileDigest) {
    this.dir = dir;
    this.#digest = digest;
  }

  /** Makes the store's folders, where they are missing. */
  async create(): Promise<void> {
    for (const folder of ["objects", "keys", "inputs", "roots", "tmp"]) {
      await Deno.mkdir(join(this.dir, folder), { recursive: true });
    }
  }

  /** Where an output lies. */
  path({ digest, extension }: Stored): string {
    return join(this.dir, "objects", extension === "/" ? digest : digest + extension);
  }

  /**
   * Whether an output is there as it was committed. Its digest is computed anew only after its size,
   * times or inode changed: what a disk lost silently is for `verify` to find.
   */
  async has(output: Stored): Promise<boolean> {
    return await this.check(output, this.#digest) === "whole";
  }

  /** Compares an output with its digest. One that cannot be read is damaged. */
  async check(
    output: Stored,
    digest: (path: string) => Promise<string> = fileDigest,
  ): Promise<"whole" | "missing" | "damaged"> {
    const path = this.path(output);
    try {
      if (await statOf(path) === undefined) return "missing";
      const whole = await treeSize(path) === output.bytes &&
        await treeDigest(path, digest) === output.digest;
      return whole ? "whole" : "damaged";
    } catch {
      return "damaged";
    }
  }

  /** What is known for a key; `undefined` where nothing is, or where the entry is unreadable. */
  async find(key: string): Promise<KeyEntry | undefined> {
    const text = await textOf(this.#keyPath(key));
    if (text === undefined) return undefined;
    try {
      return keyEntrySchema.parse(JSON.parse(text));
    } catch {
      // The stage runs again and writes the entry anew.
      return undefined;
    }
  }

  /** The names of a key's outputs that are not in the store, or damaged. */
  async missing(entry: KeyEntry): Promise<string[]> {
    const names: string[] = [];
    for (const [name, output] of Object.entries(entry.outputs)) {
      if (!await this.has(output)) names.push(name);
    }
    return names;
  }

  /** Says what `key` made. Its outputs must be committed before. */
  async record(key: string, entry: KeyEntry): Promise<void> {
    await sync(join(this.dir, "objects"));
    await writeAtomic(this.#keyPath(key), JSON.stringify(entry, null, 2) + "\n");
  }

  /** Marks a key as used now: `gc` drops first what was not used for long. */
  async touch(key: string): Promise<void> {
    const now = new Date();
    // Only a hint: a store that cannot be written is no reason to stop.
    await Deno.utime(this.#keyPath(key), now, now).catch(() => {});
  }

  /** A fresh folder for one stage's run: `out/` for outputs, `scratch/` for what it likes. */
  async temporary(): Promise<{ dir: string; out: string; scratch: string }> {
    const dir = join(this.dir, "tmp", crypto.randomUUID());
    const [out, scratch] = [join(dir, "out"), join(dir, "scratch")];
    await Deno.mkdir(out, { recursive: true });
    await Deno.mkdir(scratch);
    return { dir, out, scratch };
  }

  /** Digest and size of an output that was written but is not committed yet. */
  async measure(path: string, extension: string): Promise<Stored> {
    return { digest: await treeDigest(path), bytes: await treeSize(path), extension };
  }

  /** Moves a measured output into the store. Where it is already, the new copy heals a damaged one. */
  async commit(path: string, output: Stored): Promise<void> {
    await syncTree(path);
    const target = this.path(output);
    const existing = await statOf(target);
    if (existing?.isDirectory === true) {
      if (await this.check(output) === "whole") return;
      await remove(target);
    }
    if (!(await Deno.stat(path)).isDirectory) await Deno.chmod(path, 0o444);
    else for (const name of await filesOf(path)) await Deno.chmod(join(path, name), 0o444);
    await Deno.rename(path, target);
  }

  /** Removes what dead runs left. Only the writer may. */
  async sweep(): Promise<void> {
    for await (const entry of Deno.readDir(join(this.dir, "tmp"))) {
      await remove(join(this.dir, "tmp", entry.name));
    }
  }

  #keyPath(key: string): string {
    return join(this.dir, "keys", `${key}.json`);
  }
}
