/** A stage that begins with what an earlier run published: when it runs, and on what. */
import assert from "node:assert/strict";
import { z } from "zod";
import { reasonLine, stateLine } from "../../pipeline/engine/explain.ts";
import { filesFormat, optional } from "../../pipeline/engine/formats.ts";
import { collect } from "../../pipeline/engine/gc.ts";
import { Graph } from "../../pipeline/engine/graph.ts";
import { defineStage, type Format } from "../../pipeline/engine/stage.ts";
import { repeat } from "../../pipeline/engine/verify.ts";
import { OPTIONS, Project, ran, SOURCES, textFormat } from "./project.ts";

const noteFormat: Format<string> = {
  name: "note",
  version: 1,
  extension: "/",
  async write(path, text) {
    await Deno.mkdir(path);
    await Deno.writeTextFile(`${path}/note.txt`, text);
  },
  read: (path) => Deno.readTextFile(`${path}/note.txt`),
};

/** numbers, note of an earlier run -> grow -> publish -> the note: "4 on 3 on nothing". */
function growing(
  project: Project,
  { by = 1, onGrow = () => {} }: { by?: number; onGrow?: () => void | Promise<void> } = {},
): Graph {
  const graph = new Graph();
  const previous = graph.earlier("previous", "note");
  const grow = defineStage({
    name: "grow",
    module: project.url("sum.ts"),
    summary: "grow on what was there",
    params: z.strictObject({ by: z.number() }),
    inputs: { numbers: filesFormat, previous: optional(noteFormat) },
    outputs: { text: textFormat },
    async run({ params, inputs, outputs }) {
      await onGrow();
      const before = await inputs.previous.read() ?? "nothing";
      return { text: await outputs.text.write(`${params.by} on ${before}`) };
    },
  });
  const note = defineStage({
    name: "note",
    module: project.url("report.ts"),
    summary: "write the note",
    params: z.strictObject({}),
    inputs: { text: textFormat, previous: optional(noteFormat) },
    outputs: { note: noteFormat },
    async run({ inputs, outputs }) {
      return { note: await outputs.note.write(await inputs.text.read()) };
    },
  });
  const numbers = graph.files("numbers", ["data/numbers.txt"]);
  const { text } = graph.add(grow, { params: { by }, inputs: { numbers, previous } });
  graph.publish(graph.add(note, { params: {}, inputs: { text, previous } }).note, "note");
  return graph;
}

const noteOf = (project: Project) => project.read("note/note.txt");

async function explain(project: Project, graph: Graph): Promise<string> {
  const plans = await project.plan(graph);
  return plans.flatMap((each) => [stateLine(each), ...each.reasons.map(reasonLine)]).join("; ")
    .replaceAll(/[0-9a-f]{12}/g, "#");
}

Deno.test("each run that has a reason begins with what the last one published, and ends", async () => {
  await using project = await Project.create(SOURCES);
  assert.equal(ran(await project.run(growing(project))), "grow* note*");
  assert.equal(await noteOf(project), "1 on nothing");
  // What it published changed its own input: no reason to run, now or ever.
  for (let again = 0; again < 3; again++) {
    assert.equal(ran(await project.run(growing(project))), "grow note");
  }
  assert.equal(ran(await project.run(growing(project, { by: 2 }))), "grow* note*");
  assert.equal(await noteOf(project), "2 on 1 on nothing");
  assert.equal(ran(await project.run(growing(project, { by: 2 }))), "grow note");
  // Back to an earlier state of everything else: that run began with something else.
  assert.equal(ran(await project.run(growing(project))), "grow* note*");
  assert.equal(await noteOf(project), "1 on 2 on 1 on nothing");
  await project.write("data/numbers.txt", "7\n");
  assert.equal(ran(await project.run(growing(project))), "grow* note*");
  assert.equal(await noteOf(project), "1 on 1 on 2 on 1 on nothing");
});

Deno.test("explain and status say the same, and what is no reason by itself", async () => {
  await using project = await Project.create(SOURCES);
  await project.run(growing(project));
  assert.equal(
    await explain(project, growing(project)),
    "grow: up to date; input previous: absent -> #, by itself no reason to run; " +
      "note: up to date; input previous: absent -> #, by itself no reason to run",
  );
  assert.equal(
    await explain(project, growing(project, { by: 2 })),
    "grow: would run; input previous: absent -> #; param by: 1 -> 2; " +
      "note: would run only if grow.text changes",
  );
  await Deno.remove(project.path("note"), { recursive: true });
  assert.equal(await explain(project, growing(project)), "grow: up to date; note: up to date");
});

Deno.test("--force begins with what is there now; an interrupted run with what it began with", async () => {
  await using project = await Project.create(SOURCES);
  await project.run(growing(project));
  assert.equal(ran(await project.run(growing(project), { force: true })), "grow* note*");
  assert.equal(await noteOf(project), "1 on 1 on nothing");
  // As if the run had ended before it came to the note.
  await project.run(growing(project, { by: 2 }), { only: "grow" });
  assert.equal(await noteOf(project), "1 on 1 on nothing");
  assert.equal(ran(await project.run(growing(project, { by: 2 }))), "grow note*");
  assert.equal(await noteOf(project), "2 on 1 on 1 on nothing");
});

Deno.test("a lost result is made again from what is there, and the reason is the loss", async () => {
  await using project = await Project.create(SOURCES);
  const result = await project.run(growing(project));
  await Deno.remove(result.output("grow", "text")?.path ?? "");
  assert.match(
    await explain(project, growing(project)),
    /^grow: would run; not in the store: text;/,
  );
  assert.equal(ran(await project.run(growing(project))), "grow* note*");
  assert.equal(await noteOf(project), "1 on 1 on nothing");
  assert.equal(ran(await project.run(growing(project))), "grow note");
});

Deno.test("an empty folder is nothing; what cannot be read is named, with the remedy", async () => {
  await using project = await Project.create(SOURCES);
  await Deno.mkdir(project.path("note"));
  await project.run(growing(project));
  assert.equal(await noteOf(project), "1 on nothing");
  await Deno.symlink("nowhere", project.path("note/link"));
  await assert.rejects(project.run(growing(project)), (error: Error & { remedy?: string }) => {
    assert.match(error.message, /Input "previous": note cannot be read.*link is a link/);
    assert.match(error.remedy ?? "", /Move it away/);
    return true;
  });
});

Deno.test("what changes while the stage runs is noticed, and nothing is stored", async () => {
  await using project = await Project.create(SOURCES);
  await project.run(growing(project));
  const onGrow = () => project.write("note/note.txt", "another run's");
  await assert.rejects(
    project.run(growing(project, { by: 2, onGrow })),
    /input previous changed while grow ran: nothing was stored/,
  );
});

Deno.test("verify repeats a run from what it began with, which gc keeps", async () => {
  await using project = await Project.create(SOURCES);
  for (const by of [1, 2, 3]) await project.run(growing(project, { by }));
  assert.equal(await noteOf(project), "3 on 2 on 1 on nothing");
  const workspace = await project.workspace();
  const { signal } = OPTIONS;
  await collect(workspace, { maxBytes: 0, dryRun: false, wait: true, signal, onWait: () => {} });
  const options = { threads: 1, signal, observer: OPTIONS.observer };
  const again = () => repeat(growing(project, { by: 3 }), workspace, options);
  assert.deepEqual((await again()).map(({ state }) => state), ["same", "same"]);
  // The note that it began with: in the store, no longer at its place.
  const { parts } = JSON.parse(await project.read("pipeline.lock.json")).stages.grow;
  await Deno.remove(project.path(`.pipeline/objects/${parts["input:previous"]}`), {
    recursive: true,
  });
  assert.deepEqual((await again()).map(({ state, missing }) => [state, missing]), [
    ["unready", ["previous"]],
    ["unready", ["previous"]],
  ]);
});
