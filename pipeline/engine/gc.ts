/** Garbage collection: frees what no lock file reaches, least recently used first. */
import { join } from "node:path";
import { remove, statOf } from "./atomic.ts";
import { compareText, treeSize } from "./digest.ts";
import { LockFile } from "./lockfile.ts";
import { addRoot, readRoots } from "./roots.ts";
import type { Stored } from "./store.ts";
import type { Workspace } from "./workspace.ts";
import { acquireWriter } from "./writer.ts";

export interface GcOptions {
  /** Bytes that the objects may take; what lock files reach stays even where it takes more. */
  readonly maxBytes: number;
  /** Only say what would be freed. */
  readonly dryRun: boolean;
  readonly wait: boolean;
  readonly signal: AbortSignal;
  readonly onWait: (line: string) => void;
}

export interface GcResult {
  /** Results that were dropped, in that order; `used`: when, in ISO 8601. */
  readonly dropped: readonly {
    readonly stage: string;
    readonly key: string;
    readonly used: string;
  }[];
  readonly objects: number;
  readonly freedBytes: number;
  readonly keptBytes: number;
  /** The lock files that count. */
  readonly locks: readonly string[];
}

interface Known {
  readonly key: string;
  readonly stage: string;
  readonly outputs: readonly string[];
  readonly used: number;
}

/**
 * Frees objects until the store takes no more than `maxBytes`: first those that no key names (a run
 * was killed before it recorded them), then those of the keys that were not used for longest. What
 * the lock file of any run on this store reaches is kept. Throws `SyntaxError` where one of those
 * cannot be read, as after a merge conflict: then nothing is freed.
 */
export async function collect(workspace: Workspace, options: GcOptions): Promise<GcResult> {
  const { store, lockPath } = workspace;
  await store.create();
  using _writer = await acquireWriter(store.dir, options);
  if (!options.dryRun) await store.sweep();
  if (await statOf(lockPath) !== undefined) await addRoot(store, lockPath);
  const locks = await readRoots(store, !options.dryRun);
  const { keys: rootKeys, objects: rootObjects, inputs } = await reached(locks, workspace);

  const objects = new Map<string, number>();
  for await (const { name } of Deno.readDir(join(store.dir, "objects"))) {
    objects.set(name, await treeSize(join(store.dir, "objects", name)));
  }
  const known = await readKeys(workspace);
  const users = new Map<string, number>();
  for (const { outputs } of known) {
    for (const name of outputs) users.set(name, (users.get(name) ?? 0) + 1);
  }
  let total = [...objects.values()].reduce((sum, bytes) => sum + bytes, 0);
  const before = total;
  let count = 0;
  const free = async (name: string) => {
    const bytes = objects.get(name);
    if (bytes === undefined || rootObjects.has(name)) return;
    objects.delete(name);
    total -= bytes;
    count++;
    if (!options.dryRun) await remove(join(store.dir, "objects", name));
  };
  for (const name of [...objects.keys()].sort(compareText)) {
    if (!users.has(name)) await free(name);
  }
  const dropped: { stage: string; key: string; used: string }[] = [];
  for (const { key, stage, outputs, used } of known) {
    if (total <= options.maxBytes) break;
    if (rootKeys.has(key)) continue;
    options.signal.throwIfAborted();
    dropped.push({ stage, key, used: new Date(used).toISOString() });
    // The key goes first: killed in between, its objects are left without a key, to be freed next time.
    if (!options.dryRun) await remove(join(store.dir, "keys", `${key}.json`));
    for (const name of outputs) {
      const left = (users.get(name) ?? 1) - 1;
      users.set(name, left);
      if (left === 0) await free(name);
    }
  }
  if (!options.dryRun) {
    await dropInputs(workspace, inputs);
    await workspace.stats.prune();
    await workspace.stats.save();
  }
  return { dropped, objects: count, freedBytes: before - total, keptBytes: total, locks };
}

interface Reached {
  readonly keys: ReadonlySet<string>;
  readonly objects: ReadonlySet<string>;
  readonly inputs: ReadonlySet<string>;
}

async function reached(locks: readonly string[], workspace: Workspace): Promise<Reached> {
  const [keys, objects, inputs] = [new Set<string>(), new Set<string>(), new Set<string>()];
  for (const path of locks) {
    for (const { key, outputs, parts } of (await LockFile.open(path)).stages.values()) {
      keys.add(key);
      for (const output of Object.values(outputs)) objects.add(nameOf(output, workspace));
      for (const [part, value] of Object.entries(parts)) {
        if (!part.startsWith("input:")) continue;
        inputs.add(`${value}.json`);
        // A folder that an earlier run published, and this one began with: `verify` reads it.
        objects.add(value);
      }
    }
  }
  return { keys, objects, inputs };
}

/** Keys, least recently used first. One that cannot be read names nothing, and is removed early. */
async function readKeys(workspace: Workspace): Promise<Known[]> {
  const { store } = workspace;
  const known: Known[] = [];
  for await (const { name } of Deno.readDir(join(store.dir, "keys"))) {
    const key = /^([0-9a-f]{64})\.json$/.exec(name)?.[1];
    if (key === undefined) continue;
    const entry = await store.find(key);
    const used = (await statOf(join(store.dir, "keys", name)))?.mtime?.getTime() ?? 0;
    known.push({
      key,
      stage: entry?.stage ?? "unreadable",
      outputs: Object.values(entry?.outputs ?? {}).map((output) => nameOf(output, workspace)),
      used: entry === undefined ? 0 : used,
    });
  }
  return known.sort((a, b) => a.used - b.used || compareText(a.key, b.key));
}

async function dropInputs({ store }: Workspace, kept: ReadonlySet<string>): Promise<void> {
  for await (const { name } of Deno.readDir(join(store.dir, "inputs"))) {
    if (!kept.has(name)) await remove(join(store.dir, "inputs", name));
  }
}

function nameOf(output: Stored, { store }: Workspace): string {
  return store.path(output).slice(join(store.dir, "objects").length + 1);
}
