/** A stage that stands in a graph more than once. */
import assert from "node:assert/strict";
import { z } from "zod";
import { unobserved } from "../../pipeline/engine/effects.ts";
import { stateLine } from "../../pipeline/engine/explain.ts";
import { collect } from "../../pipeline/engine/gc.ts";
import { Graph } from "../../pipeline/engine/graph.ts";
import { LockFile } from "../../pipeline/engine/lockfile.ts";
import { defineStage } from "../../pipeline/engine/stage.ts";
import { checkStore, repeat } from "../../pipeline/engine/verify.ts";
import { StageError, UsageError } from "../../pipeline/errors.ts";
import { OPTIONS, Project, ran, SOURCES, textFormat } from "./project.ts";

/** power, power@2, power@3: each takes the one before; `said` counts runs. */
function chain(project: Project, by: readonly number[], said: string[] = []): Graph {
  const graph = new Graph();
  const one = defineStage({
    name: "one",
    module: project.url("sum.ts"),
    summary: "write a number",
    params: z.strictObject({}),
    inputs: {},
    outputs: { number: textFormat },
    run: async ({ outputs }) => ({ number: await outputs.number.write("1") }),
  });
  const power = defineStage({
    name: "power",
    module: project.url("add.ts"),
    summary: "multiply",
    params: z.strictObject({ by: z.number() }),
    inputs: { number: textFormat },
    outputs: { number: textFormat },
    async run({ params, inputs, outputs }) {
      said.push(String(params.by));
      if (params.by === 0) throw new RangeError("nothing is left");
      const number = Number(await inputs.number.read()) * params.by;
      return { number: await outputs.number.write(String(number)) };
    },
  });
  let { number } = graph.add(one, { params: {}, inputs: {} });
  by.forEach((factor, n) => {
    const as = n === 0 ? {} : { as: `power@${n + 1}` };
    ({ number } = graph.add(power, { ...as, params: { by: factor }, inputs: { number } }));
  });
  return graph;
}

Deno.test("instances of one stage: each with its own name, params, inputs and result", async () => {
  await using project = await Project.create(SOURCES);
  const result = await project.run(chain(project, [2, 3, 5]));
  assert.equal(ran(result), "one* power* power@2* power@3*");
  assert.equal(await result.output("power@3", "number")?.read(), "30");
  const lock = await LockFile.open(project.path("pipeline.lock.json"));
  assert.deepEqual([...lock.stages.keys()], ["one", "power", "power@2", "power@3"]);
  assert.equal(lock.stages.get("power@2")?.parts["param:by"], "3");
  assert.equal(ran(await project.run(chain(project, [2, 7, 5]))), "one power power@2* power@3*");

  const lines = (await project.plan(chain(project, [2, 8, 5]))).map(stateLine);
  assert.deepEqual(lines, [
    "one: up to date",
    "power: up to date",
    "power@2: would run",
    "power@3: would run only if power@2.number changes",
  ]);
  const checked = await checkStore(await project.workspace(), OPTIONS.signal);
  assert.equal(checked.find(({ stage }) => stage === "power@2")?.state, "whole");
  const options = { threads: 1, signal: OPTIONS.signal, observer: unobserved };
  const again = await repeat(chain(project, [2, 7, 5]), await project.workspace(), {
    ...options,
    only: "power@2",
  });
  assert.deepEqual(again.map(({ stage, state }) => [stage, state]), [["power@2", "same"]]);
});

Deno.test("--only takes an instance and what it needs; an unknown one is told the names", async () => {
  await using project = await Project.create(SOURCES);
  const only = (name: string) => project.run(chain(project, [2, 3, 5]), { only: name });
  assert.equal(ran(await only("power@2")), "one* power* power@2*");
  await assert.rejects(
    only("power@9"),
    (error: unknown) => error instanceof UsageError && /power, power@2, power@3/.test(error.remedy),
  );
});

Deno.test("two instances with the same params and inputs share one result", async () => {
  await using project = await Project.create(SOURCES);
  const said: string[] = [];
  // Times one: what comes out is what went in, so the third has the second's input.
  const result = await project.run(chain(project, [1, 1, 1], said));
  assert.equal(ran(result), "one* power* power@2 power@3");
  assert.deepEqual(said, ["1"]);
  const keys = result.stages.map(({ key }) => key);
  assert.equal(new Set(keys.slice(1)).size, 1);
});

Deno.test("an instance that fails is named, and gc names who made what it drops", async () => {
  await using project = await Project.create(SOURCES);
  await assert.rejects(
    project.run(chain(project, [2, 0])),
    (error: unknown) => error instanceof StageError && error.stage === "power@2",
  );
  await project.run(chain(project, [2, 3]));
  await project.run(chain(project, [2, 4]));
  const { dropped } = await collect(await project.workspace(), {
    maxBytes: 0,
    dryRun: true,
    wait: true,
    signal: OPTIONS.signal,
    onWait: () => {},
  });
  assert.deepEqual(dropped.map(({ stage }) => stage), ["power@2"]);
});

for (const name of ["", "a.b", "a/b", "../a", "1", "@1", "a b"]) {
  Deno.test(`"${name}" is refused as the name of an instance`, () => {
    const graph = new Graph();
    const stage = defineStage({
      name: "stage",
      module: import.meta.url,
      summary: "do nothing",
      params: z.strictObject({}),
      inputs: {},
      outputs: {},
      run: () => Promise.resolve({}),
    });
    assert.throws(() => graph.add(stage, { as: name, params: {}, inputs: {} }), /is no name/);
    graph.add(stage, { params: {}, inputs: {} });
    assert.throws(() => graph.add(stage, { params: {}, inputs: {} }), /Two nodes are named/);
  });
}
