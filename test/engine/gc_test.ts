import assert from "node:assert/strict";
import fc from "../support/fast_check.ts";
import { collect, type GcOptions } from "../../pipeline/engine/gc.ts";
import { filesOf, treeDigest } from "../../pipeline/engine/digest.ts";
import { run } from "../../pipeline/engine/run.ts";
import { checkStore } from "../../pipeline/engine/verify.ts";
import { openWorkspace } from "../../pipeline/engine/workspace.ts";
import { acquireWriter } from "../../pipeline/engine/writer.ts";
import { OPTIONS, Project, ran, SOURCES, tinyGraph } from "./project.ts";

const GC: GcOptions = {
  maxBytes: 0,
  dryRun: false,
  wait: true,
  signal: OPTIONS.signal,
  onWait: () => {},
};

const gc = async (project: Project, options: Partial<GcOptions> = {}) =>
  await collect(await project.workspace(), { ...GC, ...options });

/** Runs with each factor; the last one is what the lock file says. */
async function runAll(project: Project, factors: readonly number[]): Promise<void> {
  for (const factor of factors) await project.run(tinyGraph(project, { factor }));
}

/** Sets when a factor's `sum` was last used. */
async function usedAt(project: Project, factor: number, seconds: number): Promise<void> {
  const [sum] = await project.plan(tinyGraph(project, { factor }));
  await Deno.utime(project.path(`.pipeline/keys/${sum?.key}.json`), seconds, seconds);
}

Deno.test("gc keeps what the lock file reaches, and frees the rest", async () => {
  await using project = await Project.create(SOURCES);
  await runAll(project, [2, 3, 1]);
  const result = await gc(project);
  assert.equal(result.dropped.length, 4);
  assert.equal(result.objects, 6);
  assert.equal((await filesOf(project.path(".pipeline/keys"))).length, 2);
  const checked = await checkStore(await project.workspace(), OPTIONS.signal);
  assert.ok(checked.length === 3 && checked.every(({ state }) => state === "whole"));
  assert.equal(ran(await project.run(tinyGraph(project))), "sum report");
  assert.equal(ran(await project.run(tinyGraph(project, { factor: 2 }))), "sum* report*");
});

Deno.test("gc --dry-run says the same and changes nothing", async () => {
  await using project = await Project.create(SOURCES);
  await runAll(project, [2, 3, 1]);
  await Deno.writeTextFile(project.path(".pipeline/writer.lock"), "");
  const before = await treeDigest(project.root);
  const would = await gc(project, { dryRun: true });
  assert.equal(await treeDigest(project.root), before);
  assert.deepEqual(await gc(project), would);
});

Deno.test("gc within a budget drops what was not used for longest", async () => {
  await using project = await Project.create(SOURCES);
  await runAll(project, [2, 3, 4, 1]);
  for (const [factor, seconds] of [[2, 3e8], [3, 1e8], [4, 2e8]] as const) {
    await usedAt(project, factor, seconds);
  }
  const { keptBytes } = await gc(project, { maxBytes: Infinity });
  const { dropped } = await gc(project, { maxBytes: keptBytes - 1 });
  assert.deepEqual(dropped.map(({ stage, used }) => [stage, used]), [
    ["sum", new Date(1e11).toISOString()],
  ]);
  assert.equal((await project.plan(tinyGraph(project, { factor: 2 })))[0]?.state, "cached");
  assert.equal((await project.plan(tinyGraph(project, { factor: 3 })))[0]?.state, "run");
});

Deno.test("a cached result that a run uses counts as used", async () => {
  await using project = await Project.create(SOURCES);
  await runAll(project, [2, 3, 1]);
  await usedAt(project, 2, 1e8);
  await usedAt(project, 3, 2e8);
  await runAll(project, [2, 1]);
  const { dropped } = await gc(project, { maxBytes: 0 });
  assert.equal(dropped[0]?.used, new Date(2e11).toISOString());
});

Deno.test("lock files of other configs count, until they are gone", async () => {
  await using project = await Project.create(SOURCES);
  const graph = tinyGraph(project, { factor: 9 });
  const other = await openWorkspace({
    root: project.root,
    store: project.path(".pipeline"),
    lock: project.path("other.lock.json"),
  });
  await run(graph, other, OPTIONS);
  await project.run(tinyGraph(project));
  assert.deepEqual((await gc(project)).dropped, []);
  assert.equal(ran(await run(graph, other, OPTIONS)), "sum report");
  await project.write("other.lock.json", "<<<<<<< HEAD");
  await assert.rejects(gc(project), /other\.lock\.json is not a lock file/);
  await Deno.remove(project.path("other.lock.json"));
  assert.equal((await gc(project)).dropped.length, 2);
});

Deno.test("gc frees what a run that was killed committed but did not record, and broken keys", async () => {
  await using project = await Project.create(SOURCES);
  await project.run(tinyGraph(project));
  const orphan = project.path(`.pipeline/objects/${"0".repeat(64)}.txt`);
  await Deno.writeTextFile(orphan, "orphan");
  const broken = project.path(`.pipeline/keys/${"0".repeat(64)}.json`);
  await Deno.writeTextFile(broken, "{");
  assert.deepEqual((await gc(project, { maxBytes: 1e9 })).objects, 1);
  await assert.rejects(Deno.stat(orphan), Deno.errors.NotFound);
  await gc(project);
  await assert.rejects(Deno.stat(broken), Deno.errors.NotFound);
  assert.equal(ran(await project.run(tinyGraph(project))), "sum report");
});

Deno.test("gc does not work beside a run", async () => {
  await using project = await Project.create(SOURCES);
  await project.run(tinyGraph(project));
  using _writer = await acquireWriter(project.path(".pipeline"), GC);
  await assert.rejects(gc(project, { wait: false }), { name: "StoreBusyError" });
});

Deno.test("law: whatever the budget, lock files stay whole and the store fits, or only they are left", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(fc.integer({ min: 2, max: 6 }), { maxLength: 4 }),
      fc.integer({ min: 0, max: 200 }),
      async (factors, maxBytes) => {
        await using project = await Project.create(SOURCES);
        await runAll(project, [...factors, 1]);
        const all = await gc(project, { dryRun: true, maxBytes: Infinity });
        const floor = (await gc(project, { dryRun: true, maxBytes: 0 })).keptBytes;
        const { keptBytes, freedBytes } = await gc(project, { maxBytes });
        assert.equal(keptBytes + freedBytes, all.keptBytes);
        assert.ok(keptBytes <= Math.max(maxBytes, floor));
        assert.equal(ran(await project.run(tinyGraph(project))), "sum report");
      },
    ),
    { numRuns: 15 },
  );
});
