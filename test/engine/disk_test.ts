/** Disks that are full or read-only: small ones in memory, which only root can mount. */
import assert from "node:assert/strict";
import { checkStore } from "../../pipeline/engine/verify.ts";
import { openWorkspace, type Workspace } from "../../pipeline/engine/workspace.ts";
import { run } from "../../pipeline/engine/run.ts";
import { plan } from "../../pipeline/engine/plan.ts";
import { failureText } from "../../pipeline/commands/failure.ts";
import { filesOf } from "../../pipeline/engine/digest.ts";
import { OPTIONS, Project, ran, SOURCES, tinyGraph } from "./project.ts";

const mountable = await canMount();
const name = (what: string) =>
  mountable ? what : `${what} (skipped: mounting a disk in memory needs root)`;

Deno.test({
  name: name("a full disk: said so, nothing lost, and the next run goes on"),
  ignore: !mountable,
  async fn() {
    await using project = await Project.create(SOURCES);
    await using disk = await mount(project, "disk", "size=1m");
    const workspace = () => at(project, "disk/store");
    assert.equal(ran(await run(tinyGraph(project), await workspace(), OPTIONS)), "sum* report*");
    // A page is left: enough for the names of folders.
    const fill = async (scratch: string) => {
      await Deno.writeFile(`${scratch}/fill`, new Uint8Array(2 << 20));
    };
    for (const step of ["the scratch folder", "everything"]) {
      if (step === "everything") await fill(disk.path).catch(() => {});
      const failing = run(
        tinyGraph(project, { factor: 2, onSum: fill }),
        await workspace(),
        OPTIONS,
      );
      const error = await failing.then(
        () => assert.fail("it must fail"),
        (error: unknown) => error,
      );
      const text = failureText(error, false);
      assert.match(text, /What to do: Free some space, or keep the store on another disk/, step);
      assert.match(text.split("\n").at(-1) ?? "", /no space left/i, step);
      await assertWhole(await workspace());
      assert.deepEqual(
        (await plan(tinyGraph(project), await workspace())).map(({ state }) => state),
        ["cached", "cached"],
      );
    }
    await Deno.remove(`${disk.path}/fill`);
    assert.equal(
      ran(await run(tinyGraph(project, { factor: 2 }), await workspace(), OPTIONS)),
      "sum* report*",
    );
    assert.deepEqual(await filesOf(`${disk.path}/store/tmp`), []);
  },
});

Deno.test({
  name: name("a read-only store: status works, a run says what to do"),
  ignore: !mountable,
  async fn() {
    await using project = await Project.create(SOURCES);
    await using disk = await mount(project, "disk", "size=1m");
    const workspace = () => at(project, "disk/store");
    await run(tinyGraph(project), await workspace(), OPTIONS);
    await command("mount", "-o", "remount,ro", disk.path);
    assert.deepEqual(
      (await plan(tinyGraph(project), await workspace())).map(({ state }) => state),
      ["cached", "cached"],
    );
    await assertWhole(await workspace());
    const error = await run(tinyGraph(project), await workspace(), OPTIONS)
      .then(() => assert.fail("it must fail"), (error: unknown) => error);
    const text = failureText(error, false);
    assert.match(text, /What to do: Name a store that can be written by --store DIR/);
    assert.match(text.split("\n").at(-1) ?? "", /read-only file system/i);
  },
});

function at(project: Project, store: string): Promise<Workspace> {
  return openWorkspace({
    root: project.root,
    store: project.path(store),
    lock: project.path(`${store}/pipeline.lock.json`),
  });
}

async function assertWhole(workspace: Workspace): Promise<void> {
  const checked = await checkStore(workspace, OPTIONS.signal);
  assert.equal(checked.length, 3);
  assert.ok(checked.every(({ state }) => state === "whole"));
}

async function mount(
  project: Project,
  folder: string,
  options: string,
): Promise<AsyncDisposable & { readonly path: string }> {
  const path = project.path(folder);
  await Deno.mkdir(path);
  await command("mount", "-t", "tmpfs", "-o", options, "tmpfs", path);
  return { path, [Symbol.asyncDispose]: () => command("umount", path) };
}

async function command(name: string, ...args: string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command(name, { args }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
}

async function canMount(): Promise<boolean> {
  if (Deno.build.os !== "linux" || Deno.uid() !== 0) return false;
  await using project = await Project.create();
  try {
    await using _disk = await mount(project, "disk", "size=4k");
    return true;
  } catch {
    // Root in a container without the right to mount.
    return false;
  }
}
