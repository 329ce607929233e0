/** What a git revision's pipeline measured: as the store knows it, or by running that revision. */
import { join } from "node:path";
import { remove, writeAtomic } from "../engine/atomic.ts";
import { parseLock } from "../engine/lockfile.ts";
import type { Workspace } from "../engine/workspace.ts";
import { UsageError } from "../errors.ts";
import { type Git, textAt } from "./git.ts";
import { checkComparable, isStored, recordOf, recordSchema, type StateRecord } from "./record.ts";
import { runRevision } from "./worktree.ts";

export interface RevisionOptions {
  /** In the project's folder. */
  readonly git: Git;
  readonly workspace: Workspace;
  readonly commit: string;
  /** Of the config, from the project's folder. */
  readonly config: string;
  /** What it will be compared with: where its lock file says that it cannot be, nothing is run. */
  readonly now: StateRecord;
  readonly signal: AbortSignal;
  readonly log: (line: string) => void;
}

/**
 * The record of a commit whose values the store has: by its lock file; else by an earlier run of that
 * commit; else the commit is run now.
 *
 * @throws {UsageError} where the commit has no such config. {CheckError} as `checkComparable` and
 * `runRevision`.
 */
export async function recordAt(options: RevisionOptions): Promise<StateRecord> {
  const { git, workspace: { root, store }, commit, config, now, signal, log } = options;
  const short = commit.slice(0, 12);
  if (await textAt(git, commit, config) === undefined) {
    throw new UsageError(
      `${short} has no ${config}`,
      "Name a later revision, or a config that was there by --config",
    );
  }
  const lock = config.replace(/\.json$/, "") + ".lock.json";
  const locked = lockedRecord(await textAt(git, commit, lock), lock);
  if (locked !== undefined) {
    checkComparable(locked, now, short);
    if (await isStored(locked, store)) return locked;
  }
  const path = join(store.dir, "revisions", `${commit}-${config.replaceAll("/", "+")}`);
  const known = await readRecord(path);
  if (known !== undefined && await isStored(known, store)) {
    checkComparable(known, now, short);
    return known;
  }
  log(`The store has no values of ${short}: its pipeline is run, in a temporary worktree`);
  const prefix = await git("rev-parse", "--show-prefix");
  const found = await runRevision({
    root,
    prefix,
    store: store.dir,
    commit,
    config,
    lock,
    stages: now.map(({ stage }) => stage),
    signal,
    log: (line) => log(`${short} ${line}`),
  });
  await Deno.mkdir(join(store.dir, "revisions"), { recursive: true });
  await writeAtomic(path, JSON.stringify(found) + "\n");
  checkComparable(found, now, short);
  return found;
}

/** A lock file that cannot be read says nothing: the commit is run. */
function lockedRecord(text: string | undefined, name: string): StateRecord | undefined {
  if (text === undefined) return undefined;
  try {
    return recordOf(parseLock(text, name));
  } catch {
    return undefined;
  }
}

async function readRecord(path: string): Promise<StateRecord | undefined> {
  try {
    return recordSchema.parse(JSON.parse(await Deno.readTextFile(path)));
  } catch (error) {
    // A broken one is written anew.
    if (!(error instanceof Deno.errors.NotFound)) await remove(path);
    return undefined;
  }
}
