/** What a run is compared with: that of the report before it, or the lock file of a git revision. */
import { isAbsolute, join, relative, resolve, sep } from "node:path";
import { z } from "zod";
import { textOf, writeAtomic } from "../../pipeline/engine/atomic.ts";
import { type LockEntry, parseLock } from "../../pipeline/engine/lockfile.ts";
import type { Workspace } from "../../pipeline/engine/workspace.ts";
import { UsageError } from "../../pipeline/errors.ts";
import { commitOf, openGit, textAt } from "../../pipeline/revisions/git.ts";

export interface Before {
  /** What it is called. */
  readonly name: string;
  readonly stages: ReadonlyMap<string, LockEntry>;
}

const recordSchema = z.strictObject({ current: z.string(), previous: z.string().nullable() });

/** Lock files of the last two runs that were reported, as texts. */
export type Reported = z.infer<typeof recordSchema>;

/**
 * The lock file of the config as it was at a git revision.
 *
 * @param config from the project root, or absolute.
 * @throws {UsageError} where the revision is none, or has no lock file of this config; {SyntaxError}
 * where it cannot be read.
 */
export async function beforeAt(
  { root }: Workspace,
  config: string,
  revision: string,
): Promise<Before> {
  const git = openGit(root);
  const commit = await commitOf(git, revision);
  if (commit === undefined) {
    throw new UsageError(
      `"${revision}" is no revision of this repository`,
      "Name a commit, tag or branch that git knows here, as HEAD~1",
    );
  }
  const lock = nameOf(root, config).replace(/\.json$/, "") + ".lock.json";
  const outside = lock.startsWith("../") || isAbsolute(lock);
  const text = outside ? undefined : await textAt(git, commit, lock);
  if (text === undefined) {
    throw new UsageError(
      `${commit.slice(0, 12)} has no ${lock}`,
      "Name a revision where it was committed, or a config that has one by --config",
    );
  }
  const name = commit.startsWith(revision) ? "" : ` (${revision})`;
  return { name: commit.slice(0, 12) + name, stages: parseLock(text, lock) };
}

/**
 * What the last reports were of, with the run whose lock file is `text` as the current one: a report that is made
 * again is compared with what it was compared with before.
 */
export async function reported(
  workspace: Workspace,
  config: string,
  text: string,
): Promise<Reported> {
  const known = await readRecord(pathOf(workspace, config));
  if (known?.current === text) return known;
  return { current: text, previous: known?.current ?? null };
}

/** The run that was reported before; undefined for the first one. */
export function previousOf({ previous }: Reported): Before | undefined {
  if (previous === null) return undefined;
  try {
    return {
      name: "the run that was reported before",
      stages: parseLock(previous, "the previous report's lock file"),
    };
  } catch (error) {
    // Of another version: there is nothing to compare with.
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Keeps what was reported beside the store, for the next report. */
export async function keepReported(
  workspace: Workspace,
  config: string,
  record: Reported,
): Promise<void> {
  await Deno.mkdir(join(workspace.store.dir, "reports"), { recursive: true });
  await writeAtomic(pathOf(workspace, config), JSON.stringify(record) + "\n");
}

function pathOf({ root, store }: Workspace, config: string): string {
  return join(store.dir, "reports", nameOf(root, config).replaceAll("/", "+"));
}

function nameOf(root: string, config: string): string {
  return relative(root, resolve(root, config)).split(sep).join("/");
}

async function readRecord(path: string): Promise<Reported | undefined> {
  const text = await textOf(path);
  if (text === undefined) return undefined;
  try {
    return recordSchema.parse(JSON.parse(text));
  } catch {
    // A broken one is written anew.
    return undefined;
  }
}
