/** Lock files that use a store: what they reach is never garbage. */
import { join } from "node:path";
import { remove, statOf, writeAtomic } from "./atomic.ts";
import { textDigest } from "./digest.ts";
import type { Store } from "./store.ts";

/** Notes that the lock file at `path` (absolute) uses the store. Only the writer may. */
export async function addRoot(store: Store, path: string): Promise<void> {
  const root = join(store.dir, "roots", textDigest(path));
  if (await statOf(root) === undefined) await writeAtomic(root, path);
}

/** Paths of the lock files that use a store; those that are gone are forgotten, where `forget` is set. */
export async function readRoots(store: Store, forget: boolean): Promise<string[]> {
  const paths: string[] = [];
  for await (const { name } of Deno.readDir(join(store.dir, "roots"))) {
    if (!/^[0-9a-f]{64}$/.test(name)) continue;
    const path = await Deno.readTextFile(join(store.dir, "roots", name));
    if (await statOf(path) !== undefined) paths.push(path);
    else if (forget) await remove(join(store.dir, "roots", name));
  }
  return paths.sort();
}
