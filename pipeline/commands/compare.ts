/** What `gate` and `metrics diff` share: the state here beside that of a revision. */
import { isAbsolute, relative, resolve, sep } from "node:path";
import { LockFile } from "../engine/lockfile.ts";
import { run } from "../engine/run.ts";
import { UsageError } from "../errors.ts";
import { type Changes, changes } from "../metrics/gate.ts";
import { commitOf, type Git, openGit } from "../revisions/git.ts";
import { readState, recordOf } from "../revisions/record.ts";
import { recordAt } from "../revisions/revision.ts";
import type { Invocation } from "./command.ts";
import { createProgress } from "./progress.ts";
import { runOptions } from "./run_options.ts";

export interface Compared extends Changes {
  /** The revision as it was named, and its commit. */
  readonly revision: string;
  readonly commit: string;
}

/** Git in the project's folder; throws `UsageError` where this process may not start it, or nothing is tracked. */
export async function projectGit(
  { io, options: { words } }: Invocation,
  task: string,
): Promise<Git> {
  const { state } = await Deno.permissions.query({ name: "run", command: Deno.execPath() });
  if (state !== "granted") {
    throw new UsageError(
      `${task} starts git and Deno, which \`deno task pipeline\` may not`,
      `Run \`deno task ${[task, ...words].join(" ")}\``,
    );
  }
  const git = openGit(io.root, io.signal);
  try {
    await git("rev-parse", "--show-prefix");
  } catch (error) {
    if (error instanceof UsageError || io.signal.aborted) throw error;
    throw new UsageError(`${io.root} is in no git repository`, "Put the project under git", {
      cause: error,
    });
  }
  return git;
}

/**
 * Brings the state here up to date as far as it is measured, then compares it with that of `revision`.
 * Throws as `run`, `recordAt` and `changes` do, and `UsageError` where the revision is none.
 */
export async function compareWith(
  git: Git,
  revision: string,
  level: number,
  invocation: Invocation,
): Promise<Compared> {
  const { io, options, config, workspace } = invocation;
  const commit = await commitOf(git, revision);
  if (commit === undefined) {
    throw new UsageError(
      `"${revision}" is no revision of this repository`,
      "Name a commit, tag or branch that git knows here, as HEAD~1",
    );
  }
  const path = relative(io.root, resolve(io.root, options.config)).replaceAll(sep, "/");
  if (path.startsWith("../") || isAbsolute(path)) {
    throw new UsageError(
      `${options.config} lies outside of the project: no revision of it has that config`,
      "Name one in the project by --config",
    );
  }
  await bringUpToDate(invocation);
  const now = recordOf((await LockFile.open(workspace.lockPath)).stages);
  if (now === undefined) {
    throw new UsageError(
      `${workspace.lockPath} names no values by user`,
      "gate and metrics diff need a pipeline with the stage evaluate",
    );
  }
  const { store } = workspace;
  const before = await recordAt({
    git,
    workspace,
    commit,
    config: path,
    now,
    signal: io.signal,
    log: io.err,
  });
  const { resamples, seed } = config.evaluate.significance;
  const found = changes(
    await readState(before, store),
    await readState(now, store),
    { resamples, seed, level },
  );
  if (found.onlyOld + found.onlyNew > 0) {
    io.err(
      `${found.onlyOld} values of users tested only at ${revision}, and ${found.onlyNew} of users tested ` +
        "only here, are left out: the training parts know other users",
    );
  }
  return { revision, commit, ...found };
}

async function bringUpToDate(invocation: Invocation): Promise<void> {
  const { io, graph, workspace } = invocation;
  using progress = await createProgress(io);
  for (const node of graph.nodes.values()) {
    // Where several cuts are measured, each has a stage of its own.
    if (node.kind !== "stage" || node.stage.outputs.perUser === undefined) continue;
    await run(graph, workspace, { ...runOptions(invocation, progress), only: node.name });
  }
}
