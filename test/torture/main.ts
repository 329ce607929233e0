/**
 * `deno task torture [--kills N] [--signal NAME] [--rows N] [--seed N]`: what takes too long for the tests. Kills the
 * real pipeline at N random moments in each stage (kill -9, then Ctrl-C), and times a run that finds
 * nothing to do with a large input. Prints what it saw; fails where a promise does not hold.
 */
import assert from "node:assert/strict";
import { parseArgs } from "node:util";
import { CopiedProject } from "../support/copied_project.ts";
import { killEverywhere } from "./kill.ts";
import { timeNoOp } from "./large.ts";

const { values } = parseArgs({
  options: {
    kills: { type: "string", default: "20" },
    signal: { type: "string", default: "SIGKILL,SIGINT" },
    rows: { type: "string", default: "5000000" },
    seed: { type: "string", default: "1" },
  },
});
const [kills, rows, seed] = [Number(values.kills), Number(values.rows), Number(values.seed)];
const TRAIN = { solver: "reference", factors: 4, iterations: 2 };

if (kills > 0) {
  await using project = await CopiedProject.create({ sample: { scale: "small" }, train: TRAIN });
  for (const signal of (["SIGKILL", "SIGINT"] as const).filter(isAskedFor)) {
    await killEverywhere(
      project,
      { kills, signal, seed },
      ({ moment, inTime }) =>
        say(`${signal}, ${moment}: ${kills} times, ${inTime} before its end; verified, same model`),
    );
  }
}
if (rows > 0) {
  await using project = await CopiedProject.create({
    source: { interactions: { path: "data/large.csv" } },
    train: { ...TRAIN, factors: 2, iterations: 1, earlyStopping: false },
    evaluate: { k: [5] },
  });
  const { bytes, first, second, noop, deno } = await timeNoOp(project, rows);
  say(`${rows} rows (${(bytes / 1e6).toFixed(0)} MB): first run ${first.toFixed(1)} s`);
  say(
    `nothing to do: ${second.toFixed(2)} s at first, then ${noop.toFixed(2)} s, ` +
      `${(noop - deno).toFixed(2)} s beyond Deno's start (${deno.toFixed(2)} s)`,
  );
  assert.ok(noop - deno <= 1, "a run with nothing to do takes at most 1 s beyond Deno's start");
}

function isAskedFor(signal: string): boolean {
  return values.signal.split(",").includes(signal);
}

function say(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
}
