import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { filesOf, treeDigest } from "../../pipeline/engine/digest.ts";
import { acquireWriter } from "../../pipeline/engine/writer.ts";
import { OPTIONS, Project, ran, SOURCES, tinyGraph } from "./project.ts";

/**
 * deno run with the permissions of a run and this project's imports. Its first stage takes so many
 * milliseconds, or until a file of that name is in the project.
 */
function start(project: Project, until: number | string): Deno.ChildProcess {
  return new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--quiet",
      "--no-check",
      "--allow-read",
      "--allow-write",
      "--allow-env",
      fileURLToPath(new URL("./child.ts", import.meta.url)),
      project.root,
      typeof until === "number" ? String(until) : project.path(until),
    ],
    stdout: "piped",
    stderr: "piped",
    env: { NO_COLOR: "1" },
  }).spawn();
}

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

/** Whether each object has the digest of its name. */
async function assertValid(project: Project): Promise<void> {
  const objects = project.path(".pipeline/objects");
  for await (const { name } of Deno.readDir(objects)) {
    assert.equal(await treeDigest(`${objects}/${name}`), name.replace(/\..*/, ""));
  }
}

Deno.test("kill -9 at any moment: the next run goes on, nothing is half done", async () => {
  for (const delay of [60, 120, 160, 200, 260, 400]) {
    await using project = await Project.create(SOURCES);
    const child = start(project, 60);
    await new Promise((resolve) => setTimeout(resolve, delay));
    try {
      child.kill("SIGKILL");
    } catch {
      // It was faster: then everything must be there all the more.
    }
    await child.output();
    if (await exists(project.path(".pipeline/objects"))) await assertValid(project);
    const result = await project.run(tinyGraph(project));
    assert.match(ran(result), /^sum\*? report\*?$/);
    await assertValid(project);
    assert.equal(await project.read("out/page.txt"), "Total: 6\n");
    assert.deepEqual(await filesOf(project.path(".pipeline/tmp")), []);
    assert.equal(ran(await project.run(tinyGraph(project))), "sum report");
  }
});

Deno.test("a killed run's leftovers are there, and swept", async () => {
  await using project = await Project.create(SOURCES);
  const child = start(project, "never");
  const half = () => filesOf(project.path(".pipeline/tmp")).catch(() => []);
  while (!(await half()).some((name) => name.endsWith("scratch/half"))) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  child.kill("SIGKILL");
  await child.output();
  assert.notDeepEqual(await half(), []);
  assert.equal(ran(await project.run(tinyGraph(project))), "sum* report*");
  assert.deepEqual(await half(), []);
});

Deno.test("two runs at once: one waits, says for whom, and finds all done", async () => {
  await using project = await Project.create(SOURCES);
  const first = start(project, "go-on");
  await owned(project, first);
  const second = start(project, "go-on");
  let told = "";
  for await (const chunk of second.stderr.pipeThrough(new TextDecoderStream())) {
    told += chunk;
    // The first one's stage lasts until the second one has said that it waits.
    if (told.includes("waiting for it to end")) await project.write("go-on", "");
  }
  assert.equal(text((await first.output()).stdout), "sum* report*\n");
  assert.equal(await new Response(second.stdout).text(), "sum report\n");
  assert.match(told, /is in use by another run \(process \d+, started .*Z\): waiting/);
  assert.ok(told.includes(`process ${first.pid},`), told);
  assert.ok((await second.status).success);
});

Deno.test("without waiting, a second run fails at once", async () => {
  await using project = await Project.create(SOURCES);
  await project.run(tinyGraph(project));
  using _writer = await acquireWriter(project.path(".pipeline"), {
    wait: true,
    signal: OPTIONS.signal,
    onWait: () => assert.fail("nobody else is there"),
  });
  await assert.rejects(project.run(tinyGraph(project), { wait: false }), {
    name: "StoreBusyError",
    message: new RegExp(`process ${Deno.pid}, started`),
  });
});

Deno.test("a lock file that names a living process is stale, where that process holds no lock", async () => {
  await using project = await Project.create(SOURCES);
  await project.run(tinyGraph(project));
  // As after a reboot or in a new container: the pid of the dead owner is somebody else's by now.
  await project.write(
    ".pipeline/writer.lock",
    JSON.stringify({ pid: Deno.pid, started: "2020-01-01T00:00:00.000Z" }),
  );
  assert.equal(ran(await project.run(tinyGraph(project), { wait: false })), "sum report");
});

Deno.test("a killed owner's lock is free at once", async () => {
  await using project = await Project.create(SOURCES);
  const child = start(project, "never");
  await owned(project, child);
  await assert.rejects(project.run(tinyGraph(project), { wait: false }), {
    name: "StoreBusyError",
  });
  child.kill("SIGKILL");
  await child.output();
  assert.equal(ran(await project.run(tinyGraph(project), { wait: false })), "sum* report*");
});

Deno.test("a waiting run can be interrupted", async () => {
  await using project = await Project.create(SOURCES);
  await project.run(tinyGraph(project));
  using _writer = await acquireWriter(project.path(".pipeline"), {
    wait: true,
    signal: OPTIONS.signal,
    onWait: () => {},
  });
  const controller = new AbortController();
  const waiting = project.run(tinyGraph(project), { signal: controller.signal });
  controller.abort(new DOMException("Interrupted", "AbortError"));
  await assert.rejects(waiting, { name: "AbortError" });
});

/** Waits until the store's lock file names the child. */
async function owned(project: Project, { pid }: Deno.ChildProcess): Promise<void> {
  const owner = () => project.read(".pipeline/writer.lock").catch(() => "");
  while (!(await owner()).includes(`"pid":${pid},`)) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}
