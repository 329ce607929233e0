/** The user's own files: which ones a node names, and the digest of their content. */
import { glob } from "node:fs/promises";
import { join, relative, resolve, sep } from "node:path";
import { z } from "zod";
import { StageError } from "../errors.ts";
import { statOf, textOf, writeAtomic } from "./atomic.ts";
import { compareText, listDigest } from "./digest.ts";
import type { FilesNode } from "./graph.ts";
import type { StatCache } from "./stats.ts";
import type { Workspace } from "./workspace.ts";

/** Files of a node. */
export interface FoundFiles {
  /** Absolute, in order. */
  readonly paths: readonly string[];
  /** Of each path. */
  readonly digests: readonly string[];
  /** One digest of all contents in that order. */
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
  return { paths: ordered, digests, digest: listDigest(digests) };
}

const listSchema = z.array(z.tuple([z.string(), z.string()]));

/**
 * Notes in the store which files a digest stands for, so that a later `explain` can say which of them
 * changed. Only the writer may.
 */
export async function recordFiles(found: FoundFiles, workspace: Workspace): Promise<void> {
  const path = listPath(found.digest, workspace);
  const text = JSON.stringify(namesOf(found, workspace.root));
  // The same contents may have other names by now.
  if (await textOf(path) !== text) await writeAtomic(path, text);
}

/**
 * The files in which a node's content differs from the one with the digest `before`: names from the
 * project root, with " (new)" and " (gone)"; `undefined` where the store does not know.
 */
export async function changedFiles(
  before: string | undefined,
  node: FilesNode,
  workspace: Workspace,
): Promise<string[] | undefined> {
  if (before === undefined || !/^[0-9a-f]{64}$/.test(before)) return undefined;
  const text = await textOf(listPath(before, workspace));
  if (text === undefined) return undefined;
  let list: unknown;
  try {
    list = JSON.parse(text);
  } catch {
    return undefined;
  }
  const parsed = listSchema.safeParse(list);
  if (!parsed.success) return undefined;
  const [old, now] = [
    new Map(parsed.data),
    new Map(namesOf(await findFiles(node, workspace.root, workspace.stats, ""), workspace.root)),
  ];
  const changed: string[] = [];
  for (const name of [...new Set([...old.keys(), ...now.keys()])].sort(compareText)) {
    if (old.get(name) === now.get(name)) continue;
    changed.push(!old.has(name) ? `${name} (new)` : !now.has(name) ? `${name} (gone)` : name);
  }
  return changed;
}

function namesOf({ paths, digests }: FoundFiles, root: string): [string, string][] {
  return paths.map((path, i) => [relative(root, path).replaceAll(sep, "/"), digests[i] ?? ""]);
}

function listPath(digest: string, { store }: Workspace): string {
  return join(store.dir, "inputs", `${digest}.json`);
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
