/** `vectors`: what people and programs see. */
import assert from "node:assert/strict";
import { saveModel } from "../../pipeline/als/model.ts";
import { modelOf } from "../support/shop.ts";
import { cli, create } from "./cli.ts";

Deno.test("vectors writes the exported model and says how to load it", async () => {
  await using project = await create();
  await saveModel(project.path("model"), modelOf());
  const { code, out, err } = await cli(project, "vectors --out sql");
  assert.deepEqual([code, err], [0, []]);
  assert.equal(
    out,
    "30 items, 40 users, 117 pairs, 8 columns, of model\nLoad them: cd sql && psql -f load.sql",
  );
  const json = JSON.parse((await cli(project, "vectors --out sql --index none --json")).out);
  assert.deepEqual(Object.keys(json), [
    ...["out", "schema", "columns", "index", "model", "items", "users", "seen", "replaced"],
    "files",
  ]);
  assert.match(json.model, /^sha256:[0-9a-f]{64}$/);
  assert.doesNotMatch(await Deno.readTextFile(project.path("sql/index.sql")), /hnsw/);
});

Deno.test("vectors says what is missing or does not fit, and writes nothing", async () => {
  await using project = await create();
  const missing = await cli(project, "vectors");
  assert.equal(missing.code, 1);
  assert.match(missing.err.at(-1) ?? "", /There is no model in .*manifest\.json is missing/);
  await saveModel(project.path("model"), modelOf());
  for (
    const [line, pattern] of [
      ["vectors --index ivf", /--index ivf: it is one of hnsw, halfvec, none/],
      ["vectors --schema public", /--schema public: the name of a schema of its own/],
      ["vectors --out model", /--out model is, or holds, the model/],
      ["vectors --out .", /--out \. is, or holds, the project/],
      ["vectors --trials 3", /--trials is no option of vectors/],
    ] as const
  ) {
    const { code, err } = await cli(project, line);
    assert.deepEqual([line, code], [line, 2]);
    assert.match(err.at(-1) ?? "", pattern);
  }
  await assert.rejects(Deno.stat(project.path("vectors")), Deno.errors.NotFound);
});
