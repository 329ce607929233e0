/**
 * A run in a process of its own, for tests that kill it: `child.ts ROOT UNTIL`. Its first stage takes so
 * many milliseconds, or until there is a file at the path UNTIL.
 */
import { isAbsolute } from "node:path";
import { openWorkspace } from "../../pipeline/engine/workspace.ts";
import { run } from "../../pipeline/engine/run.ts";
import { OPTIONS, Project, ran, tinyGraph } from "./project.ts";

const [root = "", until = "0"] = Deno.args;
const project = Project.at(root);
const graph = tinyGraph(project, {
  async onSum(scratch) {
    await Deno.writeTextFile(`${scratch}/half`, "half");
    if (!isAbsolute(until)) return await pause(Number(until));
    while (!await Deno.stat(until).then(() => true, () => false)) await pause(20);
  },
});

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

const workspace = await openWorkspace({
  root,
  store: project.path(".pipeline"),
  lock: project.path("pipeline.lock.json"),
});
const observer = {
  ...OPTIONS.observer,
  log: (line: string) => void Deno.stderr.writeSync(new TextEncoder().encode(line + "\n")),
};
const result = await run(graph, workspace, { ...OPTIONS, observer });
Deno.stdout.writeSync(new TextEncoder().encode(ran(result) + "\n"));
