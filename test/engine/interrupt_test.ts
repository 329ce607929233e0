/** Runs that are interrupted, and code and inputs that are edited beside a run. */
import assert from "node:assert/strict";
import { silent, unobserved } from "../../pipeline/engine/effects.ts";
import { filesOf } from "../../pipeline/engine/digest.ts";
import { StageError } from "../../pipeline/errors.ts";
import { Project, ran, SOURCES, tinyGraph } from "./project.ts";

for (const file of ["data/numbers.txt", "add.ts"]) {
  Deno.test(`nothing is stored when ${file} changes while the stage runs`, async () => {
    await using project = await Project.create(SOURCES);
    const text = await project.read(file);
    const graph = tinyGraph(project, {
      onSum: () => project.write(file, text.replace(/3|a \+ b/, "7")),
    });
    await assert.rejects(
      project.run(graph),
      (error: unknown) =>
        error instanceof StageError &&
        /^(input numbers|add\.ts) changed while sum ran: nothing was stored$/.test(error.message),
    );
    assert.deepEqual(await filesOf(project.path(".pipeline/objects")), []);
  });
}

for (const [what, ago, refused] of [["after", -1000, true], ["before", 1000, false]] as const) {
  Deno.test(`code edited ${what} the process loaded it: ${refused ? "not run" : "run"}`, async () => {
    await using project = await Project.create(SOURCES);
    const edited = (await Deno.stat(project.path("add.ts"))).mtime?.getTime() ?? 0;
    const running = project.run(tinyGraph(project), { loadedAt: edited + ago });
    if (!refused) return assert.equal(ran(await running), "sum* report*");
    await assert.rejects(
      running,
      (error: unknown) =>
        error instanceof StageError && /add\.ts.* changed while this process/.test(error.message),
    );
    assert.deepEqual(await filesOf(project.path(".pipeline/objects")), []);
  });
}

Deno.test("a time stamp in the future says nothing about the code that was loaded", async () => {
  await using project = await Project.create(SOURCES);
  const future = Date.now() / 1000 + 86_400;
  await Deno.utime(project.path("add.ts"), future, future);
  assert.equal(
    ran(await project.run(tinyGraph(project), { loadedAt: Date.now() })),
    "sum* report*",
  );
});

Deno.test("aborted just before a stage starts, the stage does not start", async () => {
  await using project = await Project.create(SOURCES);
  const controller = new AbortController();
  const observer = {
    ...unobserved,
    start() {
      controller.abort(new DOMException("Interrupted", "AbortError"));
      return silent;
    },
  };
  const onSum = () => assert.fail("it started");
  await assert.rejects(
    project.run(tinyGraph(project, { onSum }), { signal: controller.signal, observer }),
    { name: "AbortError" },
  );
});

Deno.test("an aborted stage may close what it has open, and its late error is nobody's", async () => {
  await using project = await Project.create(SOURCES);
  const controller = new AbortController();
  let closed = false;
  const graph = tinyGraph(project, {
    async onSum(scratch) {
      controller.abort(new DOMException("Interrupted", "AbortError"));
      // A later turn, and all that is left in it: however long the process stands still, this turn comes
      // before that of the timer that ends the patience with the stage.
      await new Promise((resolve) => setTimeout(resolve, 0));
      Deno.writeTextFileSync(`${scratch}/closing`, "still there");
      closed = true;
      throw new Error("interrupted query");
    },
  });
  await assert.rejects(project.run(graph, { signal: controller.signal }), { name: "AbortError" });
  assert.ok(closed);
});

Deno.test("an aborted run ends at once and goes on later", async () => {
  await using project = await Project.create(SOURCES);
  const controller = new AbortController();
  const graph = tinyGraph(project, {
    onSum() {
      queueMicrotask(() => controller.abort(new DOMException("Interrupted", "AbortError")));
      return new Promise(() => {});
    },
  });
  await assert.rejects(project.run(graph, { signal: controller.signal }), { name: "AbortError" });
  assert.deepEqual(await filesOf(project.path(".pipeline/objects")), []);
  assert.equal(ran(await project.run(tinyGraph(project))), "sum* report*");
});
