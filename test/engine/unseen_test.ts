/** Stages that read what no key part shows: they run each time, and only what comes out counts. */
import assert from "node:assert/strict";
import { reasonLine } from "../../pipeline/engine/explain.ts";
import { run } from "../../pipeline/engine/run.ts";
import { OPTIONS, Project, ran, SOURCES, tinyGraph } from "./project.ts";

const unseen = "what is in it only reading tells";

Deno.test("it runs in each run; what comes after it only where it made something else", async () => {
  await using project = await Project.create(SOURCES);
  let noise = 0;
  const lines: string[] = [];
  const observer = {
    ...OPTIONS.observer,
    start: () => ({ log: (line: string) => void lines.push(line), progress() {} }),
  };
  const again = () => project.run(tinyGraph(project, { unseen, noise: () => noise }), { observer });
  assert.equal(ran(await again()), "sum* report*");
  const lock = await project.read("pipeline.lock.json");
  assert.equal(ran(await again()), "sum* report");
  assert.equal(await project.read("pipeline.lock.json"), lock, "the same rows, the same lock file");
  noise = 1;
  assert.equal(ran(await again()), "sum* report*");
  assert.equal(await project.read("line.txt"), "Total: 7\n");
  assert.deepEqual(lines, [], "that it made something else is no fault");
  noise = 0;
  assert.equal(ran(await again()), "sum* report", "what there was before is in the store");
});

Deno.test("plans say why, and that the rest waits", async () => {
  await using project = await Project.create(SOURCES);
  await project.run(tinyGraph(project, { unseen }));
  const [sum, report] = await project.plan(tinyGraph(project, { unseen }));
  assert.equal(sum?.state, "run");
  assert.deepEqual(sum?.reasons.map(reasonLine), [unseen]);
  assert.equal(report?.state, "waits");
  assert.deepEqual(report?.waitsFor, ["sum.total"]);
  const quiet = await project.plan(tinyGraph(project));
  assert.deepEqual(quiet.map(({ state }) => state), ["cached", "cached"]);
});

Deno.test("runs of one workspace begin with the same: a search compares on one snapshot", async () => {
  await using project = await Project.create(SOURCES);
  const workspace = await project.workspace();
  let reads = 0;
  const graph = () => tinyGraph(project, { unseen, noise: () => reads++ });
  assert.equal(ran(await run(graph(), workspace, OPTIONS)), "sum* report*");
  assert.equal(ran(await run(graph(), workspace, OPTIONS)), "sum report");
  assert.equal(ran(await run(graph(), { ...workspace }, OPTIONS)), "sum report");
  assert.equal(reads, 1);
  assert.equal(ran(await run(graph(), await project.workspace(), OPTIONS)), "sum* report*");
});

Deno.test("one that fails leaves what was there", async () => {
  await using project = await Project.create(SOURCES);
  await project.run(tinyGraph(project, { unseen }));
  const lock = await project.read("pipeline.lock.json");
  const broken = tinyGraph(project, {
    unseen,
    onSum: () => {
      throw new Error("the server is gone");
    },
  });
  await assert.rejects(project.run(broken), /the server is gone/);
  assert.equal(await project.read("pipeline.lock.json"), lock);
  assert.equal(await project.read("line.txt"), "Total: 6\n");
  assert.equal(ran(await project.run(tinyGraph(project))), "sum report");
});
