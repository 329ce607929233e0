/** The user's own files: which ones a node names, and the digest of their content. */
import { glob } from "node:fs/promises";
import { resolve } from "node:path";
import { StageError } from "../errors.ts";
import { statOf } from "./atomic.ts";
import { compareText, listDigest } from "./digest.ts";
import type { FilesNode } from "./graph.ts";
import type { StatCache } from "./stats.ts";

/** Files of a node: absolute paths in order, and one digest of their contents in that order. */
export interface FoundFiles {
  readonly paths: readonly string[];
  readonly digest: string;
}

/**
 * Finds a node's files: each pattern is a path or a glob from `root`; sorted by path, none twice.
 *
 * @param stage the stage that needs them: it is the one that fails.
 * @throws {StageError} where a pattern matches no file, names a folder, or cannot be read.
 */
export async function findFiles(
  node: FilesNode,
  root: string,
  stats: StatCache,
  stage: string,
): Promise<FoundFiles> {
  const paths = new Set<string>();
  for (const pattern of node.patterns) {
    try {
      for (const path of await expand(pattern, root)) paths.add(path);
    } catch (error) {
      throw inputError(stage, node.name, pattern, error);
    }
  }
  const ordered = [...paths].sort(compareText);
  const digests: string[] = [];
  for (const path of ordered) {
    try {
      digests.push(await stats.digest(path));
    } catch (error) {
      throw inputError(stage, node.name, path, error);
    }
  }
  return { paths: ordered, digest: listDigest(digests) };
}

class NoFileError extends Error {}

async function expand(pattern: string, root: string): Promise<string[]> {
  const literal = resolve(root, pattern);
  const info = await statOf(literal);
  if (info?.isDirectory === true) {
    throw new NoFileError("is a folder: name the files in it, such as " + `${pattern}/*.csv`);
  }
  if (info !== undefined) return [literal];
  if (!/[*?[{]/.test(pattern)) throw new NoFileError(`does not exist (looked in ${root})`);
  const found: string[] = [];
  for await (const match of glob(pattern, { cwd: root })) {
    const path = resolve(root, match);
    if ((await Deno.stat(path)).isFile) found.push(path);
  }
  if (found.length === 0) throw new NoFileError(`matches no file (looked in ${root})`);
  return found;
}

function inputError(stage: string, name: string, pattern: string, error: unknown): StageError {
  const reason = error instanceof NoFileError
    ? error.message
    : `cannot be read (${error instanceof Error ? error.message : String(error)})`;
  return new StageError(
    stage,
    `Input "${name}": ${pattern} ${reason}`,
    "Correct the path in the config; relative paths count from the project root",
    { cause: error },
  );
}
