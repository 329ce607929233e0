/** The few things that are asked of git. */
import { UsageError } from "../errors.ts";

/** A repository, asked from one folder in it. */
export interface Git {
  /**
   * Runs git; returns what it printed, without white space at its end.
   *
   * @throws {GitFailure} where git says no. {UsageError} where it cannot be started. The signal's reason.
   */
  (...args: readonly string[]): Promise<string>;
}

/** Git ended with an error; the message is its own last line. */
export class GitFailure extends Error {
  override readonly name = "GitFailure";
}

/** Variables by which git tells its hooks where they are: there they would mislead it. */
const HOOK_VARIABLES = /^GIT_(DIR|WORK_TREE|INDEX_FILE|PREFIX|OBJECT_DIRECTORY|COMMON_DIR)$/;

/** Git in the folder `cwd`, ended when `signal` is aborted. No hook runs, nothing is asked of the user. */
export function openGit(cwd: string, signal?: AbortSignal): Git {
  return async (...args) => {
    signal?.throwIfAborted();
    const env: Record<string, string> = {};
    for (const [name, value] of Object.entries(Deno.env.toObject())) {
      if (!HOOK_VARIABLES.test(name)) env[name] = value;
    }
    let output: Deno.CommandOutput;
    try {
      output = await new Deno.Command("git", {
        args: ["-c", "core.hooksPath=/dev/null", ...args],
        cwd,
        clearEnv: true,
        env: { ...env, GIT_TERMINAL_PROMPT: "0", LC_ALL: "C" },
        stdin: "null",
        stdout: "piped",
        stderr: "piped",
        ...(signal === undefined ? {} : { signal }),
      }).output();
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
      throw new UsageError("git cannot be started", "Install git, or add it to PATH", {
        cause: error,
      });
    }
    signal?.throwIfAborted();
    const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes).trimEnd();
    if (output.success) return text(output.stdout);
    const said = text(output.stderr).split("\n").at(-1) ?? "";
    throw new GitFailure(`git ${args[0]}: ${said || `exit code ${output.code}`}`);
  };
}

/** The commit that a revision names; `undefined` where it names none. */
export async function commitOf(git: Git, revision: string): Promise<string | undefined> {
  return await orUndefined(
    git("rev-parse", "--verify", "--quiet", "--end-of-options", `${revision}^{commit}`),
  );
}

/** A file's text at a commit, by its path from the folder that git was opened in; `undefined` without it. */
export async function textAt(git: Git, commit: string, path: string): Promise<string | undefined> {
  return await orUndefined(git("show", `${commit}:./${path}`));
}

/**
 * The commit that a branch was made from: what `HEAD` shares with `base`, or with `main` where that is not
 * here.
 *
 * @throws {UsageError} where neither is, or they share nothing, as in a shallow clone.
 */
export async function branchPoint(
  git: Git,
  base: string,
  log: (line: string) => void,
): Promise<string> {
  const remedy = "Fetch it with its history (in GitHub's actions/checkout: fetch-depth: 0), set " +
    "gate.base, or name a revision by --against";
  let found = base;
  if (await commitOf(git, base) === undefined) {
    found = "main";
    if (await commitOf(git, found) === undefined) {
      throw new UsageError(`There is neither ${base} nor main to compare with`, remedy);
    }
    log(`There is no ${base} here: comparing with where this branch left ${found}`);
  }
  const point = await orUndefined(git("merge-base", "HEAD", found));
  if (point === undefined) {
    throw new UsageError(`HEAD and ${found} have no commit in common that is here`, remedy);
  }
  return point;
}

async function orUndefined(asked: Promise<string>): Promise<string | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof GitFailure) return undefined;
    throw error;
  }
}
