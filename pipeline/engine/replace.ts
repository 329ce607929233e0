/** Replacing a file or a folder by another that was built beside it. */
import { basename, dirname, join } from "node:path";
import { remove, statOf, sync } from "./atomic.ts";

/**
 * Puts what `build` makes at `draft`, a path beside `target` that is not there yet, in the place of
 * `target`, whose folder is made where it is missing. Whatever fails, `target` is as it was and nothing is
 * left beside it; what a killed process left there is removed. It stays where `isRight` says that it may:
 * nobody replaces it while it is looked at.
 *
 * @returns whether it was replaced.
 */
export async function replaceBuilt(
  target: string,
  build: (draft: string) => Promise<void>,
  isRight: () => Promise<boolean> = () => Promise.resolve(false),
): Promise<boolean> {
  const folder = dirname(target);
  await Deno.mkdir(folder, { recursive: true });
  // Who replaces the same place at the same time takes turns.
  using turn = await lockFolder(folder);
  if (turn !== undefined) await sweep(folder, basename(target));
  if (await isRight()) return false;
  const beside = (end: string) =>
    join(folder, `.${basename(target)}.${crypto.randomUUID()}.${end}`);
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
    await sync(folder);
    return true;
  } finally {
    await remove(draft);
  }
}

/**
 * The folder's own lock (`flock`): it leaves no file, and ends with the process. `undefined` where the
 * file system locks no folders, as some network ones.
 */
async function lockFolder(folder: string): Promise<Disposable | undefined> {
  const file = await Deno.open(folder);
  try {
    await file.lock(true);
    return file;
  } catch {
    file.close();
    return undefined;
  }
}

/** Removes what killed runs left beside a target: whoever has the folder's lock is the only one at work. */
async function sweep(folder: string, name: string): Promise<void> {
  for await (const entry of Deno.readDir(folder)) {
    if (entry.name.startsWith(`.${name}.`) && /\.[0-9a-f-]{36}\.(new|old)$/.test(entry.name)) {
      await remove(join(folder, entry.name));
    }
  }
}
