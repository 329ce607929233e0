import assert from "node:assert/strict";
import { treeDigest, treeSize } from "../../pipeline/engine/digest.ts";
import { publish } from "../../pipeline/engine/publish.ts";
import { run } from "../../pipeline/engine/run.ts";
import type { Stored } from "../../pipeline/engine/store.ts";
import type { Workspace } from "../../pipeline/engine/workspace.ts";
import { UsageError } from "../../pipeline/errors.ts";
import { OPTIONS, Project, SOURCES, tinyGraph } from "./project.ts";

Deno.test("a published copy that was changed or lost comes back", async () => {
  await using project = await Project.create(SOURCES);
  await project.run(tinyGraph(project));
  await project.write("out/page.txt", "edited");
  await Deno.remove(project.path("line.txt"));
  await project.run(tinyGraph(project));
  assert.equal(await project.read("out/page.txt"), "Total: 6\n");
  assert.equal(await project.read("line.txt"), "Total: 6\n");
  for await (const { name } of Deno.readDir(project.root)) {
    assert.ok(!/\.(new|old|tmp)$/.test(name));
  }
});

for (
  const [path, reason] of [[".", /holds the project/], ["mine", /no run made the notes\.txt/], [
    "add.ts",
    /it is a file/,
  ]] as const
) {
  Deno.test(`publishing to ${path} is refused: nobody's files are replaced`, async () => {
    await using project = await Project.create({ ...SOURCES, "mine/notes.txt": "dear" });
    await assert.rejects(
      project.run(tinyGraph(project, { publish: path })),
      (error: unknown) => error instanceof UsageError && reason.test(error.message),
    );
    assert.equal(await project.read("mine/notes.txt"), "dear");
    assert.equal(await project.read("add.ts"), SOURCES["add.ts"]);
  });
}

Deno.test("what a killed run left beside a target is removed, other files are not", async () => {
  const left = ".out.0b9f7d3c-0000-4000-8000-000000000000.new";
  await using project = await Project.create({
    ...SOURCES,
    [`${left}/page.txt`]: "half",
    ".out.notes.new": "mine",
  });
  await project.run(tinyGraph(project));
  await assert.rejects(Deno.stat(project.path(left)), Deno.errors.NotFound);
  assert.equal(await project.read(".out.notes.new"), "mine");
});

Deno.test("runs with stores of their own take turns at one place: it always holds one of them", async () => {
  await using project = await Project.create(SOURCES);
  const made: { workspace: Workspace; stored: Stored }[] = [];
  for (const factor of [1, 2]) {
    const workspace = await project.workspace(`store${factor}`);
    const graph = tinyGraph(project, { factor, publish: `out${factor}` });
    const page = (await run(graph, workspace, OPTIONS)).output("report", "page");
    assert.ok(page);
    const stored = { digest: page.digest, bytes: await treeSize(page.path), extension: "/" };
    made.push({ workspace, stored });
  }
  for (let round = 0; round < 60; round++) {
    const published = await Promise.allSettled(
      made.map(({ workspace, stored }) => publish(workspace, stored, "shared")),
    );
    for (const each of published) if (each.status === "rejected") throw each.reason;
    const digest = await treeDigest(project.path("shared"));
    assert.ok(made.some(({ stored }) => stored.digest === digest));
  }
  for await (const { name } of Deno.readDir(project.root)) assert.ok(!name.startsWith(".shared"));
});
