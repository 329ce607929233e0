/** What the store knows of a stage with given parts. */
import type { Parts } from "./fingerprint.ts";
import type { LockEntry } from "./lockfile.ts";
import { keyOf } from "./parts.ts";
import type { KeyEntry, Store } from "./store.ts";

export interface Recalled {
  readonly key: string;
  /** Of that key. */
  readonly parts: Parts;
  readonly entry: KeyEntry | undefined;
  /** Outputs that should be there but are not, or are damaged; undefined where none should be. */
  readonly missing: readonly string[] | undefined;
}

/**
 * The result of the lock file's run `kept` or, where that is left out or not whole, the one for
 * `parts`, with which the stage is to run if that is not whole either.
 */
export async function recall(
  stage: { readonly name: string },
  parts: Parts,
  kept: LockEntry | undefined,
  store: Store,
): Promise<Recalled> {
  const find = async (parts: Parts): Promise<Recalled> => {
    const key = keyOf(stage, parts);
    const entry = await store.find(key);
    return { key, parts, entry, missing: entry && await store.missing(entry) };
  };
  if (kept === undefined) return await find(parts);
  const before = await find(kept.parts);
  if (before.missing?.length === 0) return before;
  const { missing, ...found } = await find(parts);
  // Why it runs is not what was published since, but what was lost.
  return { ...found, missing: missing ?? before.missing ?? Object.keys(kept.outputs) };
}
