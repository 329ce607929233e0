import assert from "node:assert/strict";
import { filesOf } from "../../pipeline/engine/digest.ts";
import { optional } from "../../pipeline/engine/formats.ts";
import { Graph } from "../../pipeline/engine/graph.ts";
import { LockFile } from "../../pipeline/engine/lockfile.ts";
import { defineStage } from "../../pipeline/engine/stage.ts";
import { StageError, UsageError } from "../../pipeline/errors.ts";
import { z } from "zod";
import { Project, ran, SOURCES, textFormat, tinyGraph, type Wiring } from "./project.ts";

Deno.test("a second run is all cached, and leaves every file as it was", async () => {
  await using project = await Project.create(SOURCES);
  assert.equal(ran(await project.run(tinyGraph(project))), "sum* report*");
  assert.equal(await project.read("out/page.txt"), "Total: 6\n");
  assert.equal(await project.read("line.txt"), "Total: 6\n");
  const lock = await project.read("pipeline.lock.json");
  const before = await Deno.stat(project.path("out/page.txt"));
  const result = await project.run(tinyGraph(project));
  assert.equal(ran(result), "sum report");
  assert.equal(await result.output("sum", "total")?.read(), "6");
  assert.equal(await project.read("pipeline.lock.json"), lock);
  assert.equal((await Deno.stat(project.path("out/page.txt"))).ino, before.ino);
  assert.deepEqual(await filesOf(project.path(".pipeline/tmp")), []);
});

Deno.test("the lock file is readable, stable, and free of times and paths", async () => {
  await using project = await Project.create(SOURCES);
  await project.run(tinyGraph(project), { threads: 3 });
  const text = await project.read("pipeline.lock.json");
  assert.ok(text.endsWith("}\n") && !text.includes(project.root) && !text.includes("threads"));
  const lock = await LockFile.open(project.path("pipeline.lock.json"));
  assert.deepEqual(lock.stages.get("sum")?.metrics, { total: 6 });
  assert.deepEqual(Object.keys(lock.stages.get("sum")?.parts ?? {}), [
    "code:add.ts",
    "code:sum.ts",
    "deno",
    "format:in.numbers",
    "format:out.total",
    "input:numbers",
    "param:factor",
    "param:nested.list",
    "runtime:arch",
  ]);
  await Deno.remove(project.path(".pipeline"), { recursive: true });
  await Deno.remove(project.path("pipeline.lock.json"));
  await project.run(tinyGraph(project), { threads: 1 });
  assert.equal(await project.read("pipeline.lock.json"), text);
});

const EDITS: readonly { what: string; edit: (project: Project) => Promise<Wiring>; ran: string }[] =
  [
    { what: "a comment", edit: replace("add.ts", "Adds.", "Adds two."), ran: "sum report" },
    { what: "a helper's body", edit: replace("add.ts", "a + b", "b + a"), ran: "sum* report" },
    { what: "an input row", edit: replace("data/numbers.txt", "3", "4"), ran: "sum* report*" },
    {
      what: "rows that lead to the same",
      edit: replace("data/numbers.txt", "3\n", "2\n1\n"),
      ran: "sum* report",
    },
    { what: "a param", edit: () => Promise.resolve({ factor: 2 }), ran: "sum* report*" },
    {
      what: "a param downstream",
      edit: () => Promise.resolve({ title: "Sum" }),
      ran: "sum report*",
    },
    {
      what: "a format's version",
      edit: () => Promise.resolve({ formatVersion: 2 }),
      ran: "sum* report",
    },
    {
      what: "a fact of the machine",
      edit: () => Promise.resolve({ runtime: "arm" }),
      ran: "sum* report",
    },
    { what: "a place", edit: () => Promise.resolve({ publish: "elsewhere" }), ran: "sum report" },
  ];
for (const { what, edit, ran: expected } of EDITS) {
  Deno.test(`after a change of ${what}: ${expected}`, async () => {
    await using project = await Project.create(SOURCES);
    await project.run(tinyGraph(project));
    const wiring = await edit(project);
    assert.equal(ran(await project.run(tinyGraph(project, wiring))), expected);
    for (const file of ["add.ts", "data/numbers.txt"] as const) {
      await project.write(file, SOURCES[file]);
    }
    assert.equal(
      ran(await project.run(tinyGraph(project))),
      "sum report",
      "the way back is cached",
    );
  });
}

function replace(file: string, from: string, to: string): (project: Project) => Promise<Wiring> {
  return async (project) => {
    const text = await project.read(file);
    assert.ok(text.includes(from));
    await project.write(file, text.replace(from, to));
    return {};
  };
}
Deno.test("--only runs a stage and what it needs; --force what is cached", async () => {
  await using project = await Project.create(SOURCES);
  assert.equal(ran(await project.run(tinyGraph(project), { only: "sum" })), "sum*");
  await assert.rejects(Deno.stat(project.path("out")), Deno.errors.NotFound);
  assert.equal(ran(await project.run(tinyGraph(project))), "sum report*");
  assert.equal(ran(await project.run(tinyGraph(project), { force: true })), "sum* report*");
  assert.equal(
    ran(await project.run(tinyGraph(project), { only: "report", force: true })),
    "sum report*",
  );
  await assert.rejects(
    project.run(tinyGraph(project), { only: "summ" }),
    (error: unknown) => error instanceof UsageError && /sum, report/.test(error.remedy),
  );
});

Deno.test("a lost or cut object is made again", async () => {
  await using project = await Project.create(SOURCES);
  const result = await project.run(tinyGraph(project));
  const path = result.output("sum", "total")?.path ?? "";
  await Deno.remove(path);
  assert.equal(ran(await project.run(tinyGraph(project))), "sum* report");
  await Deno.chmod(path, 0o644);
  await Deno.writeTextFile(path, "");
  assert.equal(ran(await project.run(tinyGraph(project))), "sum* report");
  assert.equal(await Deno.readTextFile(path), "6");
});

Deno.test("a store can be copied to another checkout: nothing runs there", async () => {
  await using project = await Project.create(SOURCES);
  await using other = await Project.create(SOURCES);
  await project.run(tinyGraph(project));
  for (const name of await filesOf(project.path(".pipeline"))) {
    await other.write(`.pipeline/${name}`, await project.read(`.pipeline/${name}`));
  }
  assert.equal(ran(await other.run(tinyGraph(other))), "sum report");
  assert.equal(await other.read("pipeline.lock.json"), await project.read("pipeline.lock.json"));
});

Deno.test("a failing stage stores nothing, names itself, and keeps what was there", async () => {
  await using project = await Project.create(SOURCES);
  await project.run(tinyGraph(project));
  const lock = await project.read("pipeline.lock.json");
  const failing = tinyGraph(project, {
    factor: 3,
    onSum: () => Promise.reject(new RangeError("too many numbers")),
  });
  await assert.rejects(
    project.run(failing),
    (error: unknown) =>
      error instanceof StageError && error.stage === "sum" && error.message === "too many numbers",
  );
  assert.equal(await project.read("pipeline.lock.json"), lock);
  assert.equal(await project.read("out/page.txt"), "Total: 6\n");
  assert.deepEqual(await filesOf(project.path(".pipeline/tmp")), []);
});

const BAD: readonly [string, readonly string[], RegExp][] = [
  ["a missing file", ["data/none.csv"], /data\/none\.csv does not exist/],
  ["a glob without match", ["data/*.parquet"], /data\/\*\.parquet matches no file/],
  ["a folder", ["data"], /data is a folder: name the files/],
];
for (const [what, patterns, message] of BAD) {
  Deno.test(`an input that is ${what} is named`, async () => {
    await using project = await Project.create(SOURCES);
    await assert.rejects(
      project.run(tinyGraph(project, { patterns })),
      (error: unknown) =>
        error instanceof StageError && error.stage === "sum" && message.test(error.message),
    );
  });
}

Deno.test("globs are read in order of path, none twice; content counts, not the name", async () => {
  await using project = await Project.create({ ...SOURCES, "data/b.txt": "10", "data/a.txt": "5" });
  const result = await project.run(
    tinyGraph(project, { patterns: ["data/[ab].txt", "data/a.txt"] }),
  );
  assert.equal(await result.output("sum", "total")?.read(), "15");
  await Deno.rename(project.path("data/a.txt"), project.path("data/aa.txt"));
  const renamed = tinyGraph(project, { patterns: ["data/b.txt", "data/aa.txt"] });
  assert.equal(ran(await project.run(renamed)), "sum report");
});

Deno.test("an absent input reads as undefined", async () => {
  await using project = await Project.create(SOURCES);
  const graph = new Graph();
  const alone = defineStage({
    name: "alone",
    module: project.url("sum.ts"),
    summary: "say what is there",
    params: z.strictObject({}),
    inputs: { maybe: optional(textFormat) },
    outputs: { said: textFormat },
    async run({ inputs: { maybe }, outputs }) {
      const text = `path "${maybe.path}", digest ${maybe.digest}, ${await maybe.read()}`;
      return { said: await outputs.said.write(text) };
    },
  });
  graph.add(alone, { params: {}, inputs: { maybe: graph.absent() } });
  const result = await project.run(graph);
  assert.equal(await result.output("alone", "said")?.read(), 'path "", digest absent, undefined');
});

Deno.test("params that a stage refuses are named", async () => {
  await using project = await Project.create(SOURCES);
  await assert.rejects(
    project.run(tinyGraph(project, { factor: NaN })),
    (error: unknown) => error instanceof UsageError && /stage "sum".*factor/.test(error.message),
  );
});

Deno.test("a broken lock file is named, not overwritten", async () => {
  await using project = await Project.create({ ...SOURCES, "pipeline.lock.json": "<<<<<<< HEAD" });
  await assert.rejects(project.run(tinyGraph(project)), /restore it from version control/);
  assert.equal(await project.read("pipeline.lock.json"), "<<<<<<< HEAD");
});
