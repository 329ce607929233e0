/** `verify [STAGE|--all]`: is everything there, and does it come out again? */
import { sparkProperties } from "../config/spark.ts";
import { reasonLine } from "../engine/explain.ts";
import {
  type Checked,
  checkStore,
  removeDamaged,
  repeat,
  type Repeated,
} from "../engine/verify.ts";
import { CheckError } from "../errors.ts";
import type { Command, Invocation } from "./command.ts";
import { createProgress } from "./progress.ts";

/** Prints what it found. Throws `CheckError` where something is missing, damaged or comes out other. */
export const command: Command = async (invocation) => {
  const { options: { all, stage } } = invocation;
  return all || stage !== undefined ? await again(invocation) : await there(invocation);
};

async function there({ io, options, workspace }: Invocation): Promise<object> {
  const objects = await checkStore(workspace, io.signal);
  if (objects.length === 0) {
    throw new CheckError(`${workspace.lockPath} names nothing`, "Run the pipeline first", {
      objects,
    });
  }
  const bad = objects.filter(({ state }) => state !== "whole");
  if (!options.json) { for (const each of bad) io.out(objectLine(each)); }
  if (bad.length === 0) {
    if (!options.json) io.out(`${objects.length} objects, all as the lock file says`);
    return { objects };
  }
  const damaged = bad.filter(({ state }) => state === "damaged");
  if (options.repair) {
    await removeDamaged(workspace, damaged, {
      wait: options.wait,
      signal: io.signal,
      onWait: (line) => io.err(line),
    });
  }
  const removed = options.repair && damaged.length > 0 ? `; the damaged ones were removed` : "";
  throw new CheckError(
    `${bad.length} of ${objects.length} objects are missing or damaged${removed}`,
    damaged.length > 0 && !options.repair
      ? "Remove the damaged ones by verify --repair, then run again: it makes them anew"
      : "Run again: it makes them anew",
    { objects },
  );
}

function objectLine({ stage, output, path, state }: Checked): string {
  return `${stage}.${output}: ${state} (${path})`;
}

async function again({ io, options, config, graph, workspace }: Invocation): Promise<object> {
  using progress = await createProgress(io);
  const stages = await repeat(graph, workspace, {
    only: options.stage,
    threads: config.train.threads ?? navigator.hardwareConcurrency,
    memory: config.train.memory,
    resources: sparkProperties(config.train.spark),
    signal: io.signal,
    observer: progress,
  });
  if (!options.json) io.out(stages.flatMap(stageLines).join("\n"));
  const bad = stages.filter(({ state }) => !["same", "tolerated"].includes(state));
  if (bad.length === 0) return { stages };
  const differ = bad.filter(({ state }) => state === "differs");
  throw differ.length > 0
    ? new CheckError(
      `${names(differ)} made other bytes from the same inputs`,
      "Look in it for a clock, an unseeded random number or an order that is not total",
      { stages },
    )
    : new CheckError(
      `${names(bad)} could not be compared: the lock file is not of this state`,
      "Run the pipeline first",
      { stages },
    );
}

function names(stages: readonly Repeated[]): string {
  return stages.map(({ stage }) => stage).join(", ");
}

function stageLines({ stage, state, outputs, tolerance, reasons, missing }: Repeated): string[] {
  switch (state) {
    case "same":
      return [`${stage}: the same bytes (${outputs.map(({ name }) => name).join(", ")})`];
    case "tolerated":
      return [`${stage}: not byte-reproducible by contract (${tolerance})`];
    case "stale":
      return [
        `${stage}: not run, the lock file is of another state`,
        ...reasons.map((reason) => `  ${reasonLine(reason)}`),
      ];
    case "unready":
      return [`${stage}: not run, not in the store: ${missing.join(", ")}`];
    case "differs":
      return [
        `${stage}: other bytes`,
        ...outputs.filter(({ expected, found }) => expected !== found)
          .map(({ name, expected, found }) =>
            `  ${name}: ${expected.slice(0, 12)} -> ${found.slice(0, 12)}`
          ),
      ];
  }
}
