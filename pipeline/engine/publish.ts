/** Copies of outputs where people look for them. */
import { dirname, join, relative, resolve } from "node:path";
import { UsageError } from "../errors.ts";
import { statOf, syncTree } from "./atomic.ts";
import { filesOf, treeDigest } from "./digest.ts";
import { replaceBuilt } from "./replace.ts";
import type { Stored } from "./store.ts";
import type { Workspace } from "./workspace.ts";

/**
 * Makes `path` (from the project root, or absolute) equal to an output. One that is equal already is
 * left alone.
 *
 * @returns whether it was written.
 * @throws {UsageError} where something lies at `path` that no run can have put there.
 */
export async function publish(
  workspace: Workspace,
  output: Stored,
  path: string,
): Promise<boolean> {
  const { root, store, stats } = workspace;
  const target = resolve(root, path);
  const from = store.path(output);
  const digest = (path: string) => treeDigest(path, (file) => stats.digest(file));
  const equal = async () => {
    if (await statOf(target) === undefined) return false;
    await refuseForeign(target, from, path, workspace);
    return await digest(target) === output.digest;
  };
  return await replaceBuilt(target, async (draft) => {
    await copyTree(from, draft);
    if (await treeDigest(draft) !== output.digest) {
      throw new Error(
        `${from} is damaged: its content does not have its digest. Run again with --force`,
      );
    }
    await syncTree(draft);
  }, equal);
}

/** Refuses to replace a folder that holds files of others: a wrong `export.dir` must not cost any. */
async function refuseForeign(
  target: string,
  from: string,
  path: string,
  { root, store }: Workspace,
): Promise<void> {
  const remedy = "Name a folder of its own for it in the config, or move what is there away";
  const holds = (inner: string) => !relative(target, inner).startsWith("..");
  if (holds(root) || holds(store.dir)) {
    throw new UsageError(`${path} cannot be replaced: it holds the project or the store`, remedy);
  }
  const [there, made] = await Promise.all([Deno.stat(target), Deno.stat(from)]);
  if (there.isDirectory !== made.isDirectory) {
    const kind = there.isDirectory ? "a folder" : "a file";
    throw new UsageError(`${path} cannot be replaced: it is ${kind}`, remedy);
  }
  if (!there.isDirectory) return;
  const expected = new Set((await filesOf(from)).map(top));
  for await (const { name } of Deno.readDir(target)) {
    if (!expected.has(name)) {
      throw new UsageError(`${path} cannot be replaced: no run made the ${name} in it`, remedy);
    }
  }
}

function top(name: string): string {
  return name.split("/")[0] ?? name;
}

async function copyTree(from: string, to: string): Promise<void> {
  const { isDirectory } = await Deno.stat(from);
  if (isDirectory) await Deno.mkdir(to);
  for (const name of isDirectory ? await filesOf(from) : [""]) {
    const copy = join(to, name);
    await Deno.mkdir(dirname(copy), { recursive: true });
    await Deno.copyFile(join(from, name), copy);
    // Objects are read-only, copies are the user's own.
    await Deno.chmod(copy, 0o644);
  }
}
