import assert from "node:assert/strict";
import { bars, jsonLines, lines } from "../../pipeline/commands/progress.ts";
import { progressLineSchema } from "../../serve/schemas/training.ts";

Deno.test("without a terminal: plain lines, one every few seconds", () => {
  const printed: string[] = [];
  let now = 0;
  using progress = lines({ err: (line) => printed.push(line) }, () => now);
  progress.end("ingest", { cached: true, seconds: 0 });
  const report = progress.start("train", "fit the factors", ["param factors: 64 -> 32"]);
  for (let sweep = 1; sweep <= 15; sweep++) {
    now += 1000;
    report.progress(sweep, 15, "sweeps", "objective 1.5");
  }
  report.log("stopped early");
  progress.end("train", { cached: false, seconds: 15.04 });
  assert.deepEqual(printed, [
    "ingest: cached",
    "train: fit the factors (param factors: 64 -> 32)",
    "train: 5/15 sweeps, objective 1.5",
    "train: 10/15 sweeps, objective 1.5",
    "train: 15/15 sweeps, objective 1.5",
    "train: stopped early",
    "train: done in 15.0 s",
  ]);
});

Deno.test("on a terminal: a bar below the lines, gone at the end", () => {
  const shown: string[] = [];
  let now = 0;
  {
    using progress = bars(
      { err: (line) => shown.push(line) },
      { update: (line) => shown.push(`~${line}`), clear: () => shown.push("clear") },
      () => now,
    );
    const report = progress.start("train", "fit", ["a", "b", "c", "d", "e"]);
    report.progress(1, 4, "sweeps");
    now += 10;
    report.progress(2, 4, "sweeps");
    now += 100;
    report.progress(3, 4, "sweeps", "note");
    report.progress(4, 4, "sweeps");
    progress.end("train", { cached: false, seconds: 1 });
  }
  assert.deepEqual(shown, [
    "clear",
    "train: fit (a; b; c; and 2 more)",
    "~train ██████░░░░░░░░░░░░░░░░░░ 1/4 sweeps",
    "~train ██████████████████░░░░░░ 3/4 sweeps, note",
    "~train ████████████████████████ 4/4 sweeps",
    "clear",
    "train: done in 1.0 s",
    "clear",
  ]);
});

Deno.test("for programs: one object a line, the plan first", () => {
  const printed: string[] = [];
  let now = 0;
  const io = { err: (line: string) => printed.push(line) };
  using progress = jsonLines(io, ["ingest", "train"], () => now);
  progress.log("waiting for another run");
  progress.end("ingest", { cached: true, seconds: 0 });
  const report = progress.start("train", "fit the factors", ["param factors: 64 -> 32"]);
  for (let sweep = 1; sweep <= 4; sweep++) {
    report.progress(sweep, 4, "sweeps", sweep === 1 ? "objective 1.5" : undefined);
    now += 60;
  }
  report.log("stopped early");
  progress.end("train", { cached: false, seconds: 1.5 });
  const lines = printed.map((line) => progressLineSchema.parse(JSON.parse(line)));
  assert.deepEqual(lines, [
    { event: "plan", stages: ["ingest", "train"] },
    { event: "log", stage: null, message: "waiting for another run" },
    { event: "end", stage: "ingest", cached: true, seconds: 0 },
    { event: "start", stage: "train", why: ["param factors: 64 -> 32"] },
    {
      event: "progress",
      stage: "train",
      done: 1,
      total: 4,
      unit: "sweeps",
      note: "objective 1.5",
    },
    { event: "progress", stage: "train", done: 3, total: 4, unit: "sweeps", note: null },
    { event: "progress", stage: "train", done: 4, total: 4, unit: "sweeps", note: null },
    { event: "log", stage: "train", message: "stopped early" },
    { event: "end", stage: "train", cached: false, seconds: 1.5 },
  ]);
});
