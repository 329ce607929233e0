/** `gate` and `metrics diff` on a small repository, with a store that knows nothing. */
import assert from "node:assert/strict";
import { noGit, Repository } from "../support/repository.ts";
import { filesOf } from "../../pipeline/engine/digest.ts";

const skipped = noGit === undefined ? "" : ` (skipped: ${noGit})`;
const test = (name: string, fn: () => Promise<void>) =>
  Deno.test({ name: name + skipped, ignore: noGit !== undefined, fn });

test("from an empty store: harm is refused, what is the same passes, other tests are not compared", async () => {
  await using repository = await Repository.create();
  const { project } = repository;
  const harm = ["gate", "--against", "HEAD", "--set", "train.alpha=100"];
  const first = await repository.run(...harm, "--markdown", "gate.md");
  assert.equal(first.code, 3, first.err);
  assert.match(first.err, /The store has no values of [0-9a-f]{12}: its pipeline is run/);
  assert.match(
    first.err.split("\n").at(-1) ?? "",
    /^ndcg@10 changed by .* a loss beyond the allowed 10 %/,
  );
  assert.match(first.out, /^### Gate: refused\n/);
  assert.match(first.out, /With \d+ test users, losses under about [\d.]+ % cannot be told/);
  assert.match(first.out, /^\| \*\*ndcg@10\*\* \| \*\*0\.\d{4}\*\* \|/m);
  assert.equal(await project.read("gate.md"), first.out + "\n");
  assert.doesNotMatch(first.err, /^\s+at /m);

  // Nothing is left of the worktree, and the lock file is of the state here alone.
  assert.equal((await repository.git("worktree", "list")).split("\n").length, 1);
  assert.match(await project.read("pipeline.lock.json"), /"param:alpha": "100"/);

  const again = await repository.run(...harm, "--json");
  assert.equal(again.code, 3);
  assert.doesNotMatch(again.err, /is run, in a temporary worktree/);
  const refused = JSON.parse(again.out);
  assert.deepEqual(Object.keys(refused), [
    "error",
    "refused",
    "why",
    "resolution",
    "metric",
    "maxLoss",
    "level",
    "revision",
    "commit",
    "users",
    "onlyOld",
    "onlyNew",
    "metrics",
  ]);
  assert.equal(refused.refused, true);

  const same = await repository.run("gate", "--json");
  assert.equal(same.code, 0, same.err);
  const passed = JSON.parse(same.out);
  assert.deepEqual([passed.refused, passed.why, passed.resolution], [false, "kept", 0]);
  assert.match(
    same.err,
    /There is no origin\/main here: comparing with where this branch left main/,
  );

  const diff = await repository.run("metrics", "diff", "HEAD", "--set", "train.alpha=100");
  assert.equal(diff.code, 0, diff.err);
  assert.match(diff.out, /^\| metric \| old \| new \| difference \| 95 % interval /);

  const other = await repository.run("gate", "--set", "split.seed=7");
  assert.equal(other.code, 1);
  assert.match(
    other.err.split("\n").at(-1) ?? "",
    /^[0-9a-f]{12} cannot be compared with: its test part is another one/,
  );
});

test("where the lock file's values are in the store, nothing is run", async () => {
  await using repository = await Repository.create();
  assert.equal((await repository.run("run")).code, 0);
  await repository.commit("With its lock file");
  await repository.project.edit("pipeline.json", '"iterations":2', '"iterations":1');
  const { code, err, out } = await repository.run("metrics", "diff", "HEAD", "--json");
  assert.equal(code, 0, err);
  assert.doesNotMatch(err, /worktree/);
  const { metrics, commit } = JSON.parse(out);
  assert.equal(commit, await repository.git("rev-parse", "HEAD"));
  assert.ok(metrics.some((each: { difference: number }) => each.difference !== 0));
});

test("Ctrl-C while the revision runs: exit 130, no worktree is left, the store is whole", async () => {
  await using repository = await Repository.create();
  // The revision's run takes many minutes, so that Ctrl-C comes before its end on any machine.
  const { project } = repository;
  const small = await project.read("pipeline.json");
  await project.edit(
    "pipeline.json",
    '"factors":2,"iterations":2',
    '"factors":128,"iterations":1000',
  );
  await repository.commit("One that takes long");
  await project.write("pipeline.json", small);
  const child = repository.start("gate", "--against", "HEAD");
  const out = new Response(child.stdout).text();
  const decoder = new TextDecoder();
  let [err, sent] = ["", false];
  for await (const bytes of child.stderr) {
    err += decoder.decode(bytes, { stream: true });
    // The first line of the revision's own run.
    if (/^[0-9a-f]{12} \w+/m.test(err) && !sent) {
      sent = true;
      try {
        child.kill("SIGINT");
      } catch {
        // It was faster.
      }
    }
  }
  assert.equal((await child.status).code, 130, err);
  await out;
  assert.equal((await repository.git("worktree", "list")).split("\n").length, 1);
  const left = await filesOf(project.path(".pipeline/tmp"));
  await repository.commit("The first again");
  const next = await repository.run("gate", "--against", "HEAD");
  assert.equal(next.code, 0, `${left.join()}\n${next.err}`);
});

const WRONG: readonly [string, RegExp][] = [
  ["gate --against nowhere", /^"nowhere" is no revision of this repository$/],
  ["gate --against=--output=x", /^"--output=x" is no revision of this repository$/],
  ["gate --set gate.metric=ndcg@7", /^gate\.metric is "ndcg@7", but evaluate\.k is 10$/],
  ["metrics HEAD", /^metrics takes `diff` and a git revision$/],
];
test("what is wrongly asked for ends with 2, before anything runs", async () => {
  await using repository = await Repository.create();
  for (const [line, message] of WRONG) {
    const { code, err } = await repository.run(...line.split(" "));
    assert.equal(code, 2, err);
    assert.match(err.split("\n").at(-1) ?? "", message);
  }
  // Without the right to start other programs.
  const { code, err } = await repository.project.pipeline("gate");
  assert.equal(code, 2);
  assert.match(err, /Run `deno task gate`/);
  assert.deepEqual(await filesOf(repository.project.path(".pipeline")).catch(() => []), []);
});
