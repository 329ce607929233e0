/** Replacing a folder by another that was built beside it. */
import { basename, dirname, join } from "node:path";
import { remove, statOf, sync } from "./atomic.ts";

/**
 * Puts what `build` makes at `draft`, a path beside `target` that is not there yet, in the place of
 * `target`. Whatever fails, `target` is as it was and nothing is left beside it.
 */
export async function replaceBuilt(
  target: string,
  build: (draft: string) => Promise<void>,
): Promise<void> {
  const beside = (end: string) =>
    join(dirname(target), `.${basename(target)}.${crypto.randomUUID()}.${end}`);
  const [draft, old] = [beside("new"), beside("old")];
  try {
    await build(draft);
    // A folder cannot be renamed over another: for a moment neither is there.
    const replaces = (await statOf(target))?.isDirectory === true;
    if (replaces) await Deno.rename(target, old);
    try {
      await Deno.rename(draft, target);
    } catch (error) {
      if (replaces) await Deno.rename(old, target);
      throw error;
    }
    await remove(old);
    await sync(dirname(target));
  } finally {
    await remove(draft);
  }
}
