/** SHA-256 digests of texts, files and folders, as 64 lower-case hex digits. */
import { createHash } from "node:crypto";
import { join } from "node:path";

/** Digest of a text's UTF-8 bytes. */
export function textDigest(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/** Digest of a file's bytes, read in pieces: any size. */
export async function fileDigest(path: string): Promise<string> {
  const hash = createHash("sha256");
  using file = await Deno.open(path);
  const buffer = new Uint8Array(1 << 18);
  for (;;) {
    const read = await file.read(buffer);
    if (read === null) return hash.digest("hex");
    hash.update(buffer.subarray(0, read));
  }
}

/** A list of digests as one: the order counts. A single one stands for itself. */
export function listDigest(digests: readonly string[]): string {
  const [only] = digests;
  return digests.length === 1 && only !== undefined ? only : textDigest(digests.join("\n"));
}

/**
 * Digest of a file, or of a folder: over the sorted relative paths of its files and their digests,
 * so that neither times nor permissions nor the order on disk count.
 *
 * @throws {TypeError} where a folder holds a link or a device: those cannot be copied as bytes.
 */
export async function treeDigest(
  path: string,
  ofFile: (path: string) => Promise<string> = fileDigest,
): Promise<string> {
  const { isDirectory } = await Deno.stat(path);
  if (!isDirectory) return await ofFile(path);
  const lines: string[] = ["folder"];
  for (const name of await filesOf(path)) {
    lines.push(JSON.stringify([name, await ofFile(join(path, name))]));
  }
  return textDigest(lines.join("\n"));
}

/** Bytes in a file, or in all files of a folder. */
export async function treeSize(path: string): Promise<number> {
  const info = await Deno.stat(path);
  if (!info.isDirectory) return info.size;
  let size = 0;
  for (const name of await filesOf(path)) size += (await Deno.stat(join(path, name))).size;
  return size;
}

/** Relative paths (with "/") of all files below a folder, sorted by code unit. */
export async function filesOf(folder: string): Promise<string[]> {
  const found: string[] = [];
  const pending = [""];
  for (let prefix = pending.pop(); prefix !== undefined; prefix = pending.pop()) {
    for await (const entry of Deno.readDir(join(folder, prefix))) {
      const name = prefix === "" ? entry.name : `${prefix}/${entry.name}`;
      if (entry.isDirectory) pending.push(name);
      else if (entry.isFile) found.push(name);
      else throw new TypeError(`${join(folder, name)} is a link or a device: put a file there`);
    }
  }
  return found.sort(compareText);
}

/** Order of two strings by code unit: the same on every machine, whatever its locale. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
