import assert from "node:assert/strict";
import { analyse } from "../../pipeline/engine/analyse.ts";
import { filesOf } from "../../pipeline/engine/digest.ts";
import { Project } from "./project.ts";
import { fileURLToPath } from "node:url";

const ENGINE = fileURLToPath(new URL("../../pipeline/engine/", import.meta.url));

Deno.test("formatting a source in another style leaves its digest as it is", async () => {
  await using project = await Project.create({ "deno.json": "{}" });
  const names = (await filesOf(ENGINE)).filter((name) => name.endsWith(".ts"));
  const sources = new Map<string, string>();
  for (const name of names) {
    const source = await Deno.readTextFile(ENGINE + name);
    sources.set(name, source);
    await project.write(`src/${name}`, source);
  }
  const { success } = await new Deno.Command(Deno.execPath(), {
    args: [
      "fmt",
      "--quiet",
      "--line-width=60",
      "--indent-width=4",
      "--single-quote",
      "--no-semicolons",
      project.path("src"),
    ],
    cwd: project.root,
  }).output();
  assert.ok(success);
  let changed = 0;
  for (const [name, source] of sources) {
    const formatted = await project.read(`src/${name}`);
    if (formatted !== source) changed++;
    assert.deepEqual(analyse(formatted, name), analyse(source, name), name);
  }
  assert.ok(changed > 10, "the other style shows");
});
