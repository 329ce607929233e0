/** Runs the pipeline of a git revision, into this project's store, without touching what lies here. */
import { glob } from "node:fs/promises";
import { isAbsolute, join, resolve } from "node:path";
import { createInterface } from "node:readline/promises";
import { Readable } from "node:stream";
import { z } from "zod";
import { remove, statOf } from "../engine/atomic.ts";
import { parseLock } from "../engine/lockfile.ts";
import { endOnAbort } from "../child.ts";
import { CheckError } from "../errors.ts";
import { openGit } from "./git.ts";
import { recordOf, type StateRecord } from "./record.ts";

export interface RevisionRun {
  /** The project's folder. */
  readonly root: string;
  /** The project's folder within the repository: "" or a path with a slash at its end. */
  readonly prefix: string;
  /** Absolute; shared with the revision's run. */
  readonly store: string;
  readonly commit: string;
  /** Of the config, and of its lock file, from the project's folder. */
  readonly config: string;
  readonly lock: string;
  /** What to run: the stages that measure, as a rule one. */
  readonly stages: readonly string[];
  readonly signal: AbortSignal;
  /** Takes each line that the run writes to standard error. */
  readonly log: (line: string) => void;
}

/**
 * Checks the commit out into a temporary worktree, runs its own `deno task pipeline` up to what measures, and
 * removes the worktree, however it ends. The store is linked to where that commit looks for one, so that its
 * lock file is the worktree's own. Purchases that are not in git are those that lie here.
 *
 * @throws {CheckError} where the run fails, or measures no values by user.
 */
export async function runRevision(run: RevisionRun): Promise<StateRecord> {
  const { root, prefix, store, commit, config, lock, signal } = run;
  const folder = await Deno.makeTempDir({ prefix: "revision-" });
  const tree = join(folder, "worktree");
  try {
    const git = openGit(root, signal);
    // What a killed gate has left is forgotten where its folder is gone.
    await git("worktree", "prune");
    await git("worktree", "add", "--quiet", "--detach", tree, commit);
    const project = join(tree, prefix);
    await Deno.symlink(store, join(project, ".pipeline"));
    const set = await moved(run, project);
    for (const stage of run.stages) {
      const failed = await runPipeline(project, stage, set, run);
      if (failed === undefined) continue;
      throw new CheckError(
        `The pipeline of ${commit.slice(0, 12)} failed: ${failed}`,
        "Compare with a revision that runs here, or mend what the message names",
        {},
      );
    }
    const path = join(project, lock);
    const record = recordOf(parseLock(await Deno.readTextFile(path), lock));
    if (record !== undefined) return record;
    throw new CheckError(
      `The pipeline of ${commit.slice(0, 12)} measured no values by user`,
      `Compare with a later revision; ${config} has to reach evaluate`,
      {},
    );
  } finally {
    // With a signal of their own: an interrupted run cleans up, too.
    await remove(join(tree, prefix, ".pipeline")).catch(() => {});
    await remove(folder);
    await openGit(root)("worktree", "prune").catch(() => {});
  }
}

/** Starts it in `project`; returns what it failed with, or nothing. */
async function runPipeline(
  project: string,
  stage: string,
  set: readonly string[],
  { config, signal, log }: RevisionRun,
): Promise<string | undefined> {
  signal.throwIfAborted();
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "task",
      "--quiet",
      "pipeline",
      "run",
      ...["--only", stage, "--json", "--config", config],
      ...set.flatMap((each) => ["--set", each]),
    ],
    cwd: project,
    env: { NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1" },
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  using _ending = endOnAbort(child, signal);
  let last = "";
  // A web stream of Deno's is one that node's reader takes.
  for await (const line of createInterface({ input: Readable.fromWeb(child.stderr) })) {
    if (line.trim() === "") continue;
    last = line.trimEnd();
    log(last);
  }
  const { success, code } = await child.status;
  signal.throwIfAborted();
  return success ? undefined : last || `exit code ${code}`;
}

/** Config keys that name files of the user's own. */
const FILE_KEYS = [
  ...["source.interactions.path", "source.items.path"],
  ...["source.events.path", "source.exclude.path", "split.test.path"],
];

const paths = z.union([z.string().transform((path) => [path]), z.array(z.string())]);

/** Values by which the revision's config finds files that are not in git: a path is no part of any key. */
async function moved({ root, config }: RevisionRun, project: string): Promise<string[]> {
  const value: unknown = JSON.parse(await Deno.readTextFile(join(project, config)));
  const sets: string[] = [];
  for (const key of FILE_KEYS) {
    const found = paths.safeParse(key.split(".").reduce<unknown>(inner, value));
    if (!found.success) continue;
    const now: string[] = [];
    for (const path of found.data) {
      now.push(isAbsolute(path) || await matches(path, project) ? path : resolve(root, path));
    }
    const one = now.length === 1 ? now[0] : now;
    if (now.some((path, n) => path !== found.data[n])) sets.push(`${key}=${JSON.stringify(one)}`);
  }
  return sets;
}

function inner(value: unknown, key: string): unknown {
  return typeof value === "object" && value !== null
    ? new Map<string, unknown>(Object.entries(value)).get(key)
    : undefined;
}

/** Whether a path or glob names a file below `folder`. */
async function matches(pattern: string, folder: string): Promise<boolean> {
  if (await statOf(resolve(folder, pattern)) !== undefined) return true;
  for await (const _ of glob(pattern, { cwd: folder })) return true;
  return false;
}
