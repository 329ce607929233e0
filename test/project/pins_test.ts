import assert from "node:assert/strict";
import { z } from "zod";
import { root } from "./modules.ts";

const configSchema = z.object({
  imports: z.record(z.string(), z.string()),
  compilerOptions: z.record(z.string(), z.unknown()),
  tasks: z.record(z.string(), z.unknown()).optional(),
});

const project = await readConfig("deno.json");
const notebooks = await readConfig("notebooks/deno.json");

Deno.test("every dependency is pinned to one version", () => {
  const loose = Object.entries({ ...project.imports, ...notebooks.imports })
    .filter(([, target]) => !/^npm:\/?(@[^/@]+\/)?[^/@]+@\d+\.\d+\.\d+[\w.-]*\/?$/.test(target))
    .map(([name, target]) => `${name}: ${target}`);
  assert.equal(loose.join("\n"), "");
});

Deno.test("the notebooks pin what they share with the project to the same versions", () => {
  const shared = Object.keys(notebooks.imports).filter((name) => name in project.imports);
  assert.ok(shared.length > 0, "the notebooks share zod with the project");
  const other = shared.filter((name) => notebooks.imports[name] !== project.imports[name])
    .map((name) => `${name}: ${notebooks.imports[name]}, the project has ${project.imports[name]}`);
  assert.equal(other.join("\n"), "");
});

Deno.test("the notebooks are compiled as strictly as the project", () => {
  assert.deepEqual(notebooks.compilerOptions, project.compilerOptions);
});

Deno.test("every dependency has its paragraph in docs/decisions.md", async () => {
  const decisions = await Deno.readTextFile(new URL("docs/decisions.md", root));
  const headings = decisions.split("\n").filter((line) => line.startsWith("#")).join("\n");
  const missing = Object.keys({ ...project.imports, ...notebooks.imports })
    .map((name) => name.replace(/\/$/, ""))
    .filter((name) => !headings.includes(name));
  assert.deepEqual(missing, []);
});

Deno.test("tasks name their permissions and describe themselves", () => {
  const tasks = z.record(
    z.string(),
    z.object({ description: z.string().min(1), command: z.string() }),
  )
    .parse(project.tasks);
  const open = Object.entries(tasks)
    .filter(([, { command }]) => /(^|\s)(-A|--allow-all)(\s|$)/.test(command))
    .map(([name]) => name);
  assert.deepEqual(open, []);
});

async function readConfig(path: string): Promise<z.infer<typeof configSchema>> {
  return configSchema.parse(JSON.parse(await Deno.readTextFile(new URL(path, root))));
}
