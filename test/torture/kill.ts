/** Kills the real pipeline at random moments, and checks that nothing is lost. */
import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { uniformInt } from "pure-rand/distribution/uniformInt";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";
import { z } from "zod";
import { filesOf, treeDigest } from "../../pipeline/engine/digest.ts";
import type { CopiedProject } from "../support/copied_project.ts";

const runSchema = z.object({
  stages: z.array(z.object({ name: z.string(), seconds: z.number(), cached: z.boolean() })),
});

const STORE = ".pipeline";
const LOCK = "pipeline.lock.json";
const MODEL = "model";

/** How one moment's kills went. */
export interface Killed {
  /** A stage, or "between commit and export". */
  readonly moment: string;
  readonly signal: "SIGKILL" | "SIGINT";
  readonly kills: number;
  /** Kills that came before the run's end. */
  readonly inTime: number;
}

/**
 * For each stage, and between the last commit and the copy of the model: starts the pipeline where
 * all before it is done, sends `signal` at `kills` random moments, and asserts that then everything
 * that the lock file names is whole, and that the next run ends with the bytes of an undisturbed one.
 * `only`: in this stage alone.
 */
export async function killEverywhere(
  project: CopiedProject,
  options: { kills: number; signal: Killed["signal"]; seed: number; only?: string },
  tell: (killed: Killed) => void,
): Promise<void> {
  const random = xoroshiro128plus(options.seed);
  const upTo = (ms: number) => uniformInt(random, 0, Math.ceil(ms));
  await reset(project);
  const { stages } = await finish(project);
  const expected = await outcome(project);
  const final = await snapshot(project, "final");

  await reset(project);
  let before = await snapshot(project, "0");
  for (const { name, seconds } of stages) {
    let inTime = 0;
    const kills = (options.only ?? name) === name ? options.kills : 0;
    for (let kill = 0; kill < kills; kill++) {
      await reset(project, before);
      const told = (line: string) => line.startsWith(`${name}: `);
      if (await killRun(project, told, upTo(seconds * 1100), options.signal)) inTime++;
      await assertRecovers(project, expected);
    }
    if (kills > 0) tell({ moment: name, signal: options.signal, kills, inTime });
    if (options.only === name) return;
    await reset(project, before);
    const { code, err } = await project.pipeline("run", "--only", name);
    assert.equal(code, 0, err);
    before = await snapshot(project, name);
  }

  const last = stages.at(-1)?.name ?? "";
  let inTime = 0;
  for (let kill = 0; kill < options.kills; kill++) {
    await reset(project, final);
    await remove(project.path(MODEL));
    const told = (line: string) => line === `${last}: cached`;
    if (await killRun(project, told, upTo(30), options.signal)) inTime++;
    await assertRecovers(project, expected);
  }
  tell({
    moment: "between commit and export",
    signal: options.signal,
    kills: options.kills,
    inTime,
  });
}

/** Starts a run, waits for a line of its own, then `delay` ms; whether the signal was in time. */
async function killRun(
  project: CopiedProject,
  told: (line: string) => boolean,
  delay: number,
  signal: Killed["signal"],
): Promise<boolean> {
  const child = project.start(["run", "--json"]);
  const stdout = new Response(child.stdout).text();
  let [text, sent] = ["", false];
  const decoder = new TextDecoder();
  let killing: Promise<void> | undefined;
  for await (const bytes of child.stderr) {
    text += decoder.decode(bytes, { stream: true });
    if (killing !== undefined || !text.split("\n").slice(0, -1).some(told)) continue;
    killing = sleep(delay).then(() => {
      try {
        child.kill(signal);
        sent = true;
      } catch {
        // It was faster.
      }
    });
  }
  await killing;
  const status = await child.status;
  await stdout;
  if (status.success) return false;
  if (signal === "SIGKILL") assert.equal(status.signal, "SIGKILL", text);
  else {
    assert.equal(status.code, 130, text);
    assert.equal(text.trimEnd().split("\n").at(-1), "Interrupted");
  }
  return sent;
}

/** What an undisturbed run ends with. */
interface Outcome {
  readonly lock: string;
  readonly model: string;
}

async function outcome(project: CopiedProject): Promise<Outcome> {
  return { lock: await project.read(LOCK), model: await treeDigest(project.path(MODEL)) };
}

async function assertRecovers(project: CopiedProject, expected: Outcome): Promise<void> {
  if (await isThere(project.path(LOCK))) {
    const { code, out, err } = await project.pipeline("verify");
    assert.equal(code, 0, `${out}\n${err}`);
  }
  const objects = project.path(`${STORE}/objects`);
  for await (const { name } of Deno.readDir(objects)) {
    assert.equal(await treeDigest(join(objects, name)), name.replace(/\..*/, ""));
  }
  await finish(project);
  assert.deepEqual(await outcome(project), expected);
  assert.deepEqual(await filesOf(project.path(`${STORE}/tmp`)), []);
  for await (const { name } of Deno.readDir(project.root)) {
    assert.ok(!name.startsWith(`.${MODEL}.`), `${name} is left`);
  }
}

async function finish(project: CopiedProject): Promise<z.infer<typeof runSchema>> {
  const { code, out, err } = await project.pipeline("run", "--json");
  assert.equal(code, 0, err);
  return runSchema.parse(JSON.parse(out));
}

/** Store and lock file as they are now; the folder that they were copied to. */
async function snapshot(project: CopiedProject, name: string): Promise<string> {
  const folder = project.path(`snapshots/${name}`);
  for (const each of [STORE, LOCK]) {
    if (await isThere(project.path(each))) await copy(project.path(each), join(folder, each));
  }
  return folder;
}

/** Puts a snapshot back, or nothing, and removes what was published. */
async function reset(project: CopiedProject, snapshot?: string): Promise<void> {
  for (const each of [STORE, LOCK, MODEL, "data/sample.csv"]) await remove(project.path(each));
  if (snapshot === undefined) return;
  for (const each of [STORE, LOCK]) {
    if (await isThere(join(snapshot, each))) {
      await copy(join(snapshot, each), project.path(each));
    }
  }
}

async function copy(from: string, to: string): Promise<void> {
  const { isDirectory } = await Deno.stat(from);
  for (const name of isDirectory ? await filesOf(from) : [""]) {
    await Deno.mkdir(dirname(join(to, name)), { recursive: true });
    await Deno.copyFile(join(from, name), join(to, name));
  }
}

async function remove(path: string): Promise<void> {
  await Deno.remove(path, { recursive: true }).catch(() => {});
}

async function isThere(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}
