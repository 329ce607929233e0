/** `train.init` = "previous" from the command line, run after run. */
import assert from "node:assert/strict";
import { z } from "zod";
import { CopiedProject } from "./support/copied_project.ts";
import { purchases } from "./support/shop.ts";

const CONFIG = {
  source: { interactions: { path: "data/purchases.csv" } },
  train: { factors: 3, iterations: 3, earlyStopping: false, init: "previous" },
};
const runSchema = z.object({
  stages: z.array(z.object({ name: z.string(), cached: z.boolean() })),
});
const manifestSchema = z.object({ model: z.string(), startedFrom: z.string().optional() });

/** Which stages ran, and what they said. */
async function run(project: CopiedProject, ...args: string[]) {
  const { code, out, err } = await project.pipeline("run", "--json", ...args);
  assert.equal(code, 0, err);
  const { stages } = runSchema.parse(JSON.parse(out));
  return { ran: stages.filter(({ cached }) => !cached).map(({ name }) => name).join(" "), err };
}

const manifest = async (project: CopiedProject) =>
  manifestSchema.parse(JSON.parse(await project.read("model/manifest.json")));

Deno.test("each export starts from the one before, and a run with nothing to do does nothing", async () => {
  await using project = await CopiedProject.create(CONFIG);
  const rows = purchases(30, 20).map(({ user, item }) => `${user},${item},1,Item ${item},Brand`);
  const csv = ["user_id_hash,catalog_item_id,quantity,catalog_item_name,brand_name", ...rows];
  await project.write("data/purchases.csv", csv.join("\n"));

  const first = await run(project);
  assert.equal(first.ran, "ingest split train evaluate export");
  assert.match(first.err, /train: there is no earlier export to start from/);
  const one = await manifest(project);
  assert.equal(one.startedFrom, undefined);
  assert.equal((await run(project)).ran, "");
  assert.deepEqual(await manifest(project), one);

  const { out } = await project.pipeline("explain");
  assert.match(
    out,
    /export: up to date\n {2}input previous: absent -> \w{12}, by itself no reason/,
  );

  const second = await run(project, "--set", "train.lambda=2");
  assert.equal(second.ran, "train evaluate export");
  // Without times nobody knows what the export has seen: what is measured starts afresh.
  assert.match(second.err, /train: the last export may have seen the test part: .* starts afresh/);
  assert.match(
    second.err,
    /export: the fit on all purchases starts from the export sha256:\w{12},/,
  );
  assert.match(second.err, /which has 30 of 30 users and \d+ of \d+ items with purchases/);
  assert.equal((await manifest(project)).startedFrom, one.model);
  assert.equal((await run(project, "--set", "train.lambda=2")).ran, "");

  const dag = await project.pipeline("dag");
  assert.match(dag.out, /^previous: model, as an earlier run left it$/m);
  const chart = await project.pipeline("dag", "--mermaid");
  assert.match(chart.out, /n_previous\[\("model<br\/>of an earlier run"\)\]/);
  assert.match(chart.out, /n_previous --> n_train/);

  const wider = await project.pipeline("run", "--set", "train.factors=4");
  assert.equal(wider.code, 1);
  assert.match(
    wider.err,
    /has 3 factors, train\.factors is 4: set train\.factors to 3, or train\.init/,
  );

  const verified = await project.pipeline("verify", "--all", "--set", "train.lambda=2");
  assert.equal(verified.code, 0, verified.out);
  assert.match(verified.out, /export: the same bytes/);

  const fresh = await run(project, "--set", "train.lambda=2", "--set", "train.init=fresh");
  assert.equal(fresh.ran, "train export");
  assert.equal((await manifest(project)).startedFrom, undefined);
});
