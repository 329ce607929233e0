/** A rolling origin from the command line: instances, overrides, the table at the end. */
import assert from "node:assert/strict";
import { z } from "zod";
import { rollingSchema } from "../pipeline/metrics/rolling.ts";
import { leakSchema } from "../pipeline/data/split/leak.ts";
import { CopiedProject } from "./support/copied_project.ts";

const FIXTURE = new URL("fixtures/purchases.csv", import.meta.url);
const CONFIG = {
  source: { interactions: { path: "data/purchases.csv" } },
  split: {
    strategy: "temporal",
    days: 28,
    gapDays: 2,
    rolling: { cuts: 3, everyDays: 28, overrides: [{ train: { lambda: 9 } }, {}] },
  },
  train: { factors: 3, iterations: 3, earlyStopping: false },
};
const runSchema = z.object({
  stages: z.array(z.object({ name: z.string(), cached: z.boolean() })),
  rolling: rollingSchema.nullable(),
  leak: leakSchema.nullable(),
});

Deno.test("a rolling origin: each cut a chain of its own, pooled; a change of one cut runs that one", async () => {
  await using project = await CopiedProject.create(CONFIG);
  await project.write("data/purchases.csv", await Deno.readTextFile(FIXTURE));
  const run = async (...args: string[]) => {
    const { code, out, err } = await project.pipeline("run", "--json", ...args);
    assert.equal(code, 0, err);
    const { stages, rolling, leak } = runSchema.parse(JSON.parse(out));
    const ran = stages.filter(({ cached }) => !cached).map(({ name }) => name).join(" ");
    return { ran, rolling, leak, err };
  };
  const first = await run();
  assert.equal(
    first.ran,
    "ingest split@1 train@1 evaluate@1 split@2 train@2 evaluate@2 split train evaluate rolling export",
  );
  const { cuts = [], pooled } = first.rolling ?? {};
  assert.deepEqual(cuts.map(({ cut }) => ((cut ?? 0) - (cuts[0]?.cut ?? 0)) / 86_400), [0, 28, 56]);
  assert.ok(cuts.every(({ leak }) => leak === "none"));
  assert.equal(pooled?.values, cuts.reduce((sum, { users }) => sum + users, 0));
  assert.equal(first.leak?.verdict, "none");

  // The override of one cut is a param of that cut's fit alone.
  const overrides = JSON.stringify([{ train: { lambda: 8 } }, {}]);
  const second = await run("--set", `split.rolling.overrides=${overrides}`);
  assert.equal(second.ran, "train@1 evaluate@1 rolling");
  const text = await project.pipeline("run", "--set", `split.rolling.overrides=${overrides}`);
  assert.match(text.out, /^leak: none: /m);
  assert.match(text.out, /^Rolling origin: 3 cuts, /m);
  assert.match(text.out, /^pooled( +0\.\d{4}){5}$/m);
  const explained = await project.pipeline("explain", "train@1");
  assert.match(explained.out, /param lambda: 8 -> 9/);
  const report = await project.pipeline("report");
  assert.match(report.out, /^split@1: leak: none/m);

  // A cut less: the same days, under the names that are left.
  const fewer = await run("--set", 'split.rolling={"cuts":2,"everyDays":28}');
  assert.equal(fewer.ran, "rolling");
});

Deno.test("held-out users: fitted without them, folded in, measured; a leak is warned of", async () => {
  await using project = await CopiedProject.create({
    ...CONFIG,
    split: { strategy: "held-out-users", heldOut: { users: 0.3, foldIn: 0.8 } },
    train: { factors: 4, iterations: 4 },
  });
  await project.write("data/purchases.csv", await Deno.readTextFile(FIXTURE));
  const { code, out, err } = await project.pipeline("run");
  assert.equal(code, 0, err);
  assert.match(err, /train: sweep \d of \d is best on a held-out-users validation slice/);
  assert.match(err, /fold-in: \d+ users folded in from \d+ purchases/);
  assert.match(err, /evaluate: \d+ users tested .*; 0 cold users left out/);
  assert.match(
    out,
    /^warning: this split leaks: the model knows what the same users bought later/m,
  );
  const plan = await project.pipeline("dag");
  assert.match(plan.out, /fold-in: fold held-out users into the fit/);
});
