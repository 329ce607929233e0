import assert from "node:assert/strict";
import { bars, lines } from "../../pipeline/commands/progress.ts";

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
