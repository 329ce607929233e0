/** `gate`: may the state here replace that of a revision? */
import { resolve } from "node:path";
import type { Config } from "../config.ts";
import { GateError, UsageError } from "../errors.ts";
import { type Change, decide, type Decision } from "../metrics/gate.ts";
import { branchPoint } from "../revisions/git.ts";
import { changesNote, changesTable, percent } from "./changes_table.ts";
import type { Command } from "./command.ts";
import { type Compared, compareWith, projectGit } from "./compare.ts";

/**
 * Prints a Markdown table under the decision; returns both. Throws `GateError` where the change is refused,
 * `UsageError` where the metric is not measured, and as `compareWith`.
 */
export const command: Command = async (invocation) => {
  const { io, options: { against, json, markdown }, config } = invocation;
  const { metric, maxLoss, level, base } = config.gate;
  checkMetric(config);
  const git = await projectGit(invocation, "gate");
  const revision = against ?? await branchPoint(git, base, io.err);
  const compared = await compareWith(git, revision, level, invocation);
  const change = compared.metrics.find((each) => each.metric === metric);
  if (change === undefined) {
    throw new UsageError(
      `${revision} did not measure ${metric}`,
      "Set gate.metric to one that both states have, or compare with a later revision",
    );
  }
  const decision = decide(change, maxLoss);
  const sentence = said(change, decision, compared, config.gate);
  const warning = tooFew(decision, compared, maxLoss);
  const text = [
    `### Gate: ${decision.refused ? "refused" : "passed"}`,
    [sentence, ...warning].map((line) => `${line}.`).join(" "),
    changesTable(compared, level, metric),
    changesNote(compared),
  ].join("\n\n");
  if (markdown !== undefined) await Deno.writeTextFile(resolve(io.root, markdown), text + "\n");
  if (!json) io.out(text);
  const report = { ...decision, metric, maxLoss, level, ...compared };
  if (decision.refused) throw new GateError(sentence, remedyOf(decision), report);
  return report;
};

function checkMetric({ gate: { metric }, evaluate: { k } }: Config): void {
  if (k.includes(Number(metric.split("@")[1]))) return;
  throw new UsageError(
    `gate.metric is "${metric}", but evaluate.k is ${k.join(", ")}`,
    "Add its k to evaluate.k, or choose a metric at one of those",
  );
}

function said(
  { metric, relative, relativeInterval: [low, high] }: Change,
  { why }: Decision,
  { users }: Compared,
  { maxLoss, level }: Config["gate"],
): string {
  const change = `${metric} changed by ${percent(relative, true)} (${percent(level)} interval ` +
    `${percent(low, true)} to ${percent(high, true)})`;
  const allowed = `the allowed ${percent(maxLoss)}`;
  switch (why) {
    case "kept":
      return `${change}: no loss beyond ${allowed}`;
    case "lost":
      return `${change}: a loss beyond ${allowed}`;
    case "unclear":
      return `${change}: a loss beyond ${allowed} cannot be ruled out with ${users} test users`;
  }
}

function tooFew({ resolution }: Decision, { users }: Compared, maxLoss: number): string[] {
  if (resolution <= maxLoss / 2) return [];
  return [
    `With ${users} test users, losses under about ${
      percent(resolution)
    } cannot be told from chance`,
  ];
}

function remedyOf({ why, resolution }: Decision): string {
  return why === "lost"
    ? "Mend what made the ranking worse; where the loss is wanted, raise gate.maxLoss for this change"
    : "Test on more users (a longer test part, more purchases), or allow for chance by a gate.maxLoss of " +
      `about ${percent(2 * resolution)}`;
}
