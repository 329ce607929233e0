/** The pipeline run by a program, in a copy of the project. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { z } from "zod";
import { CopiedProject, ROOT } from "./support/copied_project.ts";
import { purchases } from "./support/shop.ts";

const SCRIPT = `
import { historyFormat, runPipeline } from "./pipeline/mod.ts";
const show = async (run) => ({
  stages: run.stages.map(({ name, key, cached }) => ({ name, key, cached })),
  sweeps: (await run.read("train.history", historyFormat)).chosen,
});
const base = await runPipeline({ publish: true });
const files = async () => [
  await Deno.readTextFile("pipeline.lock.json"),
  await Deno.readTextFile("model/manifest.json"),
];
const before = await files();
const trial = () => runPipeline({ set: { "train.iterations": 2 }, only: "train" });
const all = { base: await show(base), trial: await show(await trial()), again: await show(await trial()) };
const refused = async (work) => {
  try {
    await work();
  } catch (error) {
    return error.name + ": " + error.message;
  }
};
console.log(JSON.stringify({
  ...all,
  untouched: JSON.stringify(await files()) === JSON.stringify(before),
  unknown: await refused(() => Promise.resolve(base.path("train.nothing"))),
  wrong: await refused(() => runPipeline({ set: { "train.iteration": 2 } })),
}));
`;

const runSchema = z.object({
  stages: z.array(z.object({ name: z.string(), key: z.string(), cached: z.boolean() })),
  sweeps: z.int(),
});
const shownSchema = z.object({
  base: runSchema,
  trial: runSchema,
  again: runSchema,
  untouched: z.boolean(),
  unknown: z.string(),
  wrong: z.string(),
});

Deno.test("a program runs the pipeline with other values; what is served stays", async () => {
  await using project = await CopiedProject.create({
    source: { interactions: { path: "data/purchases.csv" } },
    train: { factors: 3, iterations: 3, earlyStopping: false },
  });
  const rows = purchases(30, 20).map(({ user, item }) => `${user},${item},1`);
  const csv = ["user_id_hash,catalog_item_id,quantity", ...rows].join("\n");
  await project.write("data/purchases.csv", csv);
  await project.write("trial.ts", SCRIPT);
  const permissions = ["read", "write", "env", "sys", "ffi"].map((name) => `--allow-${name}`);
  const lock = `--lock=${join(ROOT, "deno.lock")}`;
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-check", "--no-prompt", lock, "--frozen", ...permissions, "trial.ts"],
    cwd: project.root,
    env: { NO_COLOR: "1" },
  }).output();
  const out = new TextDecoder().decode(stdout);
  assert.notEqual(out, "", new TextDecoder().decode(stderr));
  const { base, trial, again, untouched, unknown, wrong } = shownSchema.parse(JSON.parse(out));

  const ran = ({ stages }: z.infer<typeof runSchema>) =>
    stages.map(({ name, cached }) => cached ? name : `${name}*`).join(" ");
  assert.deepEqual([base, trial, again].map(ran), [
    "ingest* split* train* evaluate* export*",
    "ingest split train*",
    "ingest split train",
  ]);
  assert.deepEqual([base.sweeps, trial.sweeps, again.sweeps], [3, 2, 2]);
  assert.notEqual(trial.stages[2]?.key, base.stages[2]?.key);
  assert.equal(trial.stages[1]?.key, base.stages[1]?.key);
  assert.ok(untouched, "neither the lock file nor the model changes");
  assert.match(
    unknown,
    /^RangeError: The run has no artifact "train\.nothing".*write "stage\.output"/,
  );
  assert.match(
    wrong,
    /^UsageError: .*unknown key "train\.iteration" \(did you mean "train\.iterations"/,
  );
});
