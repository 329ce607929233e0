/** Writing so that a crash at any moment leaves the old content or the new, never a part. */
import { basename, dirname, join } from "node:path";
import { filesOf } from "./digest.ts";

/** Makes a file's content, or a folder's list of names, survive a power cut. */
export async function sync(path: string): Promise<void> {
  using file = await Deno.open(path);
  await file.sync();
}

/** Syncs a file, or a folder with all that is in it. */
export async function syncTree(path: string): Promise<void> {
  if ((await Deno.stat(path)).isDirectory) {
    const folders = new Set<string>();
    for (const name of await filesOf(path)) {
      await sync(join(path, name));
      for (let up = dirname(name); up !== "."; up = dirname(up)) folders.add(up);
    }
    for (const folder of folders) await sync(join(path, folder));
  }
  await sync(path);
}

/**
 * Puts `text` at `path` in one step: as `draft`, synced, then renamed. The draft's name is always the
 * same, so that a crash leaves one at most: where two may write at once, name a draft for each.
 */
export async function writeAtomic(
  path: string,
  text: string,
  draft: string = join(dirname(path), `.${basename(path)}.tmp`),
): Promise<void> {
  try {
    {
      using file = await Deno.open(draft, { write: true, create: true, truncate: true });
      const bytes = new TextEncoder().encode(text);
      for (let at = 0; at < bytes.length;) at += await file.write(bytes.subarray(at));
      await file.sync();
    }
    await Deno.rename(draft, path);
  } catch (error) {
    await remove(draft);
    throw error;
  }
  await sync(dirname(path));
}

/** Removes a file or folder, if it is there. */
export async function remove(path: string): Promise<void> {
  try {
    await Deno.remove(path, { recursive: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

/** What is at `path`; `undefined` where nothing is. */
export async function statOf(path: string): Promise<Deno.FileInfo | undefined> {
  try {
    return await Deno.stat(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/** The text at `path`; `undefined` where nothing is. */
export async function textOf(path: string): Promise<string | undefined> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
