import assert from "node:assert/strict";
import { unobserved } from "../../pipeline/engine/effects.ts";
import { treeDigest } from "../../pipeline/engine/digest.ts";
import type { Graph } from "../../pipeline/engine/graph.ts";
import { checkStore, removeDamaged, repeat } from "../../pipeline/engine/verify.ts";
import { OPTIONS, Project, ran, SOURCES, tinyGraph } from "./project.ts";

const SIGNAL = OPTIONS.signal;
const WRITER = { wait: true, signal: SIGNAL, onWait: () => {} };

async function states(project: Project): Promise<string[]> {
  const checked = await checkStore(await project.workspace(), SIGNAL);
  return checked.map(({ stage, output, state }) => `${stage}.${output} ${state}`);
}

async function again(project: Project, graph: Graph, only?: string) {
  return await repeat(graph, await project.workspace(), {
    only,
    threads: 1,
    signal: SIGNAL,
    observer: unobserved,
  });
}

Deno.test("verify names what is missing or damaged, even where size and times are the same", async () => {
  await using project = await Project.create(SOURCES);
  const result = await project.run(tinyGraph(project));
  const whole = ["sum.total whole", "report.line whole", "report.page whole"];
  assert.deepEqual(await states(project), whole);

  const path = (stage: string, name: string) => result.output(stage, name)?.path ?? "";
  const { mtime } = await Deno.stat(path("sum", "total"));
  await Deno.chmod(path("sum", "total"), 0o644);
  await Deno.writeTextFile(path("sum", "total"), "7");
  await Deno.utime(path("sum", "total"), mtime ?? 0, mtime ?? 0);
  await Deno.remove(path("report", "line"));
  await Deno.writeTextFile(`${path("report", "page")}/more.txt`, "");
  assert.deepEqual(await states(project), [
    "sum.total damaged",
    "report.line missing",
    "report.page damaged",
  ]);

  const workspace = await project.workspace();
  await removeDamaged(workspace, await checkStore(workspace, SIGNAL), WRITER);
  assert.deepEqual(await states(project), whole.map((line) => line.replace("whole", "missing")));
  assert.equal(ran(await project.run(tinyGraph(project))), "sum* report*");
  assert.deepEqual(await states(project), whole);
});

Deno.test("a run heals an object that was overwritten with as many bytes", async () => {
  await using project = await Project.create(SOURCES);
  const result = await project.run(tinyGraph(project));
  const path = result.output("sum", "total")?.path ?? "";
  await Deno.chmod(path, 0o644);
  await Deno.writeTextFile(path, "7");
  assert.equal(ran(await project.run(tinyGraph(project))), "sum* report");
  assert.equal(await Deno.readTextFile(path), "6");
});

Deno.test("an object that is a dangling link is damaged, and made anew", async () => {
  await using project = await Project.create(SOURCES);
  const result = await project.run(tinyGraph(project));
  const page = result.output("report", "page")?.path ?? "";
  await Deno.remove(`${page}/page.txt`);
  await Deno.symlink("nowhere", `${page}/page.txt`);
  assert.ok((await states(project)).includes("report.page damaged"));
  assert.equal(ran(await project.run(tinyGraph(project))), "sum report*");
  assert.equal((await states(project)).filter((state) => !state.endsWith("whole")).length, 0);
});

Deno.test("verify STAGE runs it aside: same bytes; store and lock file stay as they are", async () => {
  await using project = await Project.create(SOURCES);
  await project.run(tinyGraph(project));
  const before = await treeDigest(project.root);
  const all = await again(project, tinyGraph(project));
  assert.deepEqual(all.map(({ stage, state }) => [stage, state]), [
    ["sum", "same"],
    ["report", "same"],
  ]);
  const one = await again(project, tinyGraph(project), "report");
  assert.deepEqual(one.map(({ stage }) => stage), ["report"]);
  assert.deepEqual(one[0]?.outputs.map(({ name }) => name), ["page", "line"]);
  assert.equal(await treeDigest(project.root), before);
});

for (const [tolerance, state] of [[undefined, "differs"], ["about", "tolerated"]] as const) {
  Deno.test(`a stage that makes other bytes: ${state}`, async () => {
    await using project = await Project.create(SOURCES);
    let runs = 0;
    const graph = tinyGraph(project, { noise: () => runs++, tolerance });
    await project.run(graph);
    const [sum, report] = await again(project, graph);
    assert.equal(sum?.state, state);
    assert.equal(sum?.tolerance, tolerance ?? null);
    assert.ok(
      sum?.outputs.every(({ name, expected, found }) =>
        name === "total" && expected !== found && /^[0-9a-f]{64}$/.test(found)
      ),
    );
    // It is fed what is stored, not what came out now.
    assert.equal(report?.state, "same");
  });
}

Deno.test("what the lock file does not describe is not compared", async () => {
  await using project = await Project.create(SOURCES);
  await project.run(tinyGraph(project));
  const stale = await again(project, tinyGraph(project, { factor: 2 }));
  assert.deepEqual(stale.map(({ state }) => state), ["stale", "same"]);
  assert.deepEqual(stale[0]?.reasons, [
    { kind: "changed", part: "param:factor", before: "1", after: "2" },
  ]);
  const result = await project.run(tinyGraph(project));
  await Deno.remove(result.output("sum", "total")?.path ?? "");
  const unready = await again(project, tinyGraph(project), "report");
  assert.deepEqual(unready.map(({ state, missing }) => [state, missing]), [
    ["unready", ["sum.total"]],
  ]);
});
