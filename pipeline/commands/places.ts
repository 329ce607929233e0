/** Where a command line puts the store and the lock file. */
import { basename, join, resolve } from "node:path";
import { openWorkspace, type Workspace } from "../engine/workspace.ts";
import type { Options } from "./command.ts";

/** The lock file lies beside its config; with `--store DIR` it lies in DIR. */
export function openPlaces(
  options: Pick<Options, "config" | "store">,
  root: string,
): Promise<Workspace> {
  const lock = resolve(root, options.config).replace(/\.json$/, "") + ".lock.json";
  if (options.store === undefined) {
    return openWorkspace({ root, store: resolve(root, ".pipeline"), lock });
  }
  const store = resolve(root, options.store);
  return openWorkspace({ root, store, lock: join(store, basename(lock)) });
}
