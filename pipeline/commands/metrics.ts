/** `metrics diff REV`: what changed in the metrics since a git revision. */
import { resolve } from "node:path";
import { UsageError } from "../errors.ts";
import { changesNote, changesTable } from "./changes_table.ts";
import type { Command } from "./command.ts";
import { compareWith, projectGit } from "./compare.ts";

/** Prints a Markdown table; returns the comparison. Throws as `compareWith`. */
export const command: Command = async (invocation) => {
  const { io, options: { words: [verb, revision], json, markdown }, config } = invocation;
  if (verb !== "diff" || revision === undefined) {
    throw new UsageError("metrics takes `diff` and a git revision", "As in: metrics diff HEAD~1");
  }
  const git = await projectGit(invocation, "metrics");
  const { level } = config.evaluate.significance;
  const compared = await compareWith(git, revision, level, invocation);
  const text = `${changesTable(compared, level)}\n\n${changesNote(compared)}`;
  if (markdown !== undefined) await Deno.writeTextFile(resolve(io.root, markdown), text + "\n");
  if (!json) io.out(text);
  return { level, ...compared };
};
