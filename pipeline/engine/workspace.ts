/** A project on disk as the engine sees it: where its sources, its store and its lock file are. */
import { join } from "node:path";
import { StatCache } from "./stats.ts";
import { Store } from "./store.ts";

export interface Workspace {
  /** The folder of deno.json: relative paths count from it. */
  readonly root: string;
  readonly store: Store;
  readonly stats: StatCache;
  readonly lockPath: string;
  /** Deno's version, a part of every key. */
  readonly deno: string;
  /** Keys of stages with something `unseen` that ran here: the runs that follow begin with the same. */
  readonly looked: Set<string>;
}

/** Opens a workspace; nothing is written yet. Paths are absolute. */
export async function openWorkspace(
  at: { readonly root: string; readonly store: string; readonly lock: string },
): Promise<Workspace> {
  const stats = await StatCache.open(join(at.store, "stats.json"));
  return {
    root: at.root,
    store: new Store(at.store, (path) => stats.digest(path)),
    stats,
    lockPath: at.lock,
    deno: Deno.version.deno,
    looked: new Set(),
  };
}
