/** The law of a cache: whatever happened before, a run ends with what a run from nothing ends with. */
import assert from "node:assert/strict";
import fc from "../support/fast_check.ts";
import { filesOf, treeDigest } from "../../pipeline/engine/digest.ts";
import { collect } from "../../pipeline/engine/gc.ts";
import { type LockEntry, LockFile } from "../../pipeline/engine/lockfile.ts";
import { checkStore, removeDamaged } from "../../pipeline/engine/verify.ts";
import { OPTIONS, Project, SOURCES, tinyGraph } from "./project.ts";

/** What the user last wrote, and so what a run must come to. */
interface Truth {
  numbers: readonly number[];
  factor: number;
  title: string;
}

type Step = (project: Project, truth: Truth) => Promise<void>;

const outputsOf = ({ outputs }: LockEntry) => Object.values(outputs);

const CONTEXT = { wait: true, signal: OPTIONS.signal, onWait: () => {} };

function graph(project: Project, { factor, title }: Truth) {
  return tinyGraph(project, { factor, title });
}

/** Does something to one object of the store, where it has any. */
function toObject(pick: number, change: (path: string) => Promise<void>): Step {
  return async (project) => {
    const names = await filesOf(project.path(".pipeline/objects")).catch(() => []);
    const name = names[pick % Math.max(1, names.length)];
    if (name !== undefined) await change(project.path(`.pipeline/objects/${name}`));
  };
}

const steps: readonly fc.Arbitrary<readonly [string, Step]>[] = [
  fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 4 }).map((numbers) => [
    `numbers ${numbers}`,
    async (project, truth) => {
      truth.numbers = numbers;
      await project.write("data/numbers.txt", numbers.join("\n"));
    },
  ]),
  fc.integer({ min: 1, max: 4 }).map((factor) => [`factor ${factor}`, (_, truth) => {
    truth.factor = factor;
    return Promise.resolve();
  }]),
  fc.constantFrom("Sum", "Total").map((title) => [`title ${title}`, (_, truth) => {
    truth.title = title;
    return Promise.resolve();
  }]),
  fc.constant(["run", async (project, truth) => {
    await project.run(graph(project, truth));
  }]),
  fc.constant(["run that fails", async (project, truth) => {
    const failing = tinyGraph(project, {
      factor: truth.factor + 10,
      onSum: () => Promise.reject(new RangeError("no")),
    });
    await assert.rejects(project.run(failing), { message: "no" });
  }]),
  fc.nat(9).map((pick) => [
    `lose object ${pick}`,
    toObject(pick, (path) => Deno.remove(path)),
  ]),
  fc.nat(9).map((pick) => [
    `overwrite object ${pick}`,
    toObject(pick, async (path) => {
      const bytes = await Deno.readFile(path);
      await Deno.chmod(path, 0o644);
      await Deno.writeFile(path, bytes.map((byte) => byte ^ 1));
    }),
  ]),
  fc.nat(50).map((maxBytes) => [`gc ${maxBytes}`, async (project) => {
    await collect(await project.workspace(), { ...CONTEXT, maxBytes, dryRun: false });
  }]),
  fc.constant(["verify --repair", async (project) => {
    const workspace = await project.workspace();
    await workspace.store.create();
    await removeDamaged(workspace, await checkStore(workspace, OPTIONS.signal), CONTEXT);
  }]),
  fc.constant(["lose the lock file", async (project) => {
    await Deno.remove(project.path("pipeline.lock.json")).catch(() => {});
  }]),
  fc.constant(["edit what was published", async (project) => {
    if ((await filesOf(project.path("out")).catch(() => [])).length > 0) {
      await project.write("out/page.txt", "edited");
    }
  }]),
];

Deno.test("law: after any history a run ends as a run from nothing does", async () => {
  const history = fc.array(fc.oneof(...steps), { maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(history, async (steps) => {
      await using project = await Project.create(SOURCES);
      const truth: Truth = { numbers: [1, 2, 3], factor: 1, title: "Total" };
      for (const [, step] of steps) await step(project, truth);
      await project.run(graph(project, truth));
      const sum = truth.numbers.reduce((a, b) => a + b, 0) * truth.factor;
      assert.equal(await project.read("out/page.txt"), `${truth.title}: ${sum}\n`);
      assert.equal(await project.read("line.txt"), `${truth.title}: ${sum}\n`);
      const { stages } = await LockFile.open(project.path("pipeline.lock.json"));
      for (const { digest, extension } of [...stages.values()].flatMap(outputsOf)) {
        const name = digest + extension.replace("/", "");
        assert.equal(await treeDigest(project.path(`.pipeline/objects/${name}`)), digest);
      }
      assert.deepEqual(await filesOf(project.path(".pipeline/tmp")), []);
    }),
    { numRuns: 40 },
  );
});
