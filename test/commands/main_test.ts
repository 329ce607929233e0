import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { acquireWriter } from "../../pipeline/engine/writer.ts";
import { progressLineSchema } from "../../serve/schemas/training.ts";
import { cli, create } from "./cli.ts";

Deno.test("run is the default; --json prints one object", async () => {
  await using project = await create();
  const first = await cli(project, "--json");
  assert.equal(first.code, 0);
  const object = JSON.parse(first.out);
  assert.deepEqual(Object.keys(object), [
    "stages",
    "metrics",
    "baselines",
    "leak",
    "rolling",
    "export",
  ]);
  for (const stage of object.stages) {
    assert.deepEqual(Object.keys(stage), ["name", "key", "cached", "seconds"]);
    assert.match(stage.key, /^[0-9a-f]{64}$/);
    assert.equal(stage.cached, false);
    assert.ok(stage.seconds > 0 && stage.seconds < 60);
  }
  assert.equal(object.export, "model");
  const second = JSON.parse((await cli(project, "run --json")).out);
  assert.ok(second.stages.every(({ cached }: { cached: boolean }) => cached));
  assert.match(
    first.err.join("\n"),
    /^sum: add the numbers \(it never ran\)\nsum: done in \d+\.\d s\nreport: write the report \(it never ran\)\nreport: done in \d+\.\d s$/,
  );
});

Deno.test("--progress json: what programs read on standard error, the stages of the run ahead", async () => {
  await using project = await create();
  const events = ({ err }: { readonly err: readonly string[] }) =>
    err.map((line) => progressLineSchema.parse(JSON.parse(line)));
  const [plan, ...rest] = events(await cli(project, "--progress json --json"));
  assert.deepEqual(plan, { event: "plan", stages: ["sum", "report"] });
  assert.deepEqual(rest.map(({ event }) => event), ["start", "end", "start", "end"]);
  const [part] = events(await cli(project, "run --only sum --progress json"));
  assert.deepEqual(part, { event: "plan", stages: ["sum"] });
});

Deno.test("--set, --config and --store: values, lock files and copies lie where they belong", async () => {
  await using project = await create();
  assert.equal((await cli(project, "--set train.factors=3 --set export.dir=a/b")).code, 0);
  assert.equal(await project.read("a/b/page.txt"), "Total: 18\n");
  const lock = await project.read("pipeline.lock.json");
  assert.equal((await cli(project, "--config examples/big.json")).code, 0);
  assert.equal(await project.read("model/page.txt"), "Total: 600\n");
  assert.match(await project.read("examples/big.lock.json"), /"param:factor": "100"/);
  assert.equal(
    (await cli(project, "--config examples/big.json --store here --set train.factors=5")).code,
    0,
  );
  assert.match(await project.read("here/big.lock.json"), /"param:factor": "5"/);
  assert.match(await project.read("examples/big.lock.json"), /"param:factor": "100"/);
  assert.equal(await project.read("pipeline.lock.json"), lock);
});

Deno.test("status and explain, for people and programs", async () => {
  await using project = await create();
  assert.equal((await cli(project, "status")).out, "sum: would run\nreport: would run");
  await cli(project, "run");
  assert.equal((await cli(project, "status")).out, "sum: up to date\nreport: up to date");
  assert.equal(
    (await cli(project, "explain --set train.factors=2")).out,
    "sum: would run\n  param factor: 1 -> 2\nreport: would run only if sum.total changes",
  );
  assert.match((await cli(project, "explain report")).out, /^report: up to date$/);
  const { stages } = JSON.parse((await cli(project, "explain --json --set train.factors=2")).out);
  assert.deepEqual(stages[0].reasons, [{
    kind: "changed",
    part: "param:factor",
    before: "1",
    after: "2",
    text: "param factor: 1 -> 2",
  }]);
  assert.deepEqual([stages[1].state, stages[1].waitsFor], ["waits", ["sum.total"]]);
  const status = JSON.parse((await cli(project, "status --json")).out);
  assert.deepEqual(Object.keys(status.stages[0]), ["name", "state", "key", "waitsFor"]);
});

const WRONG: readonly [string, number, RegExp][] = [
  ["train", 2, /^There is no command "train"$/],
  ["run extra", 2, /^Unexpected argument "extra"$/],
  ["--bogus", 2, /--bogus/],
  ["--set", 2, /--set/],
  [
    "--set train.factor=3",
    2,
    /^pipeline\.json: unknown key "train\.factor" \(did you mean "train\.factors"\?\)$/,
  ],
  ["--set train.factors=x", 2, /^pipeline\.json: train\.factors: /],
  ["--config none.json", 2, /^The config none\.json does not exist$/],
  ["--only summ", 2, /^There is no stage "summ"$/],
  ["gc --only sum", 2, /^--only is no option of gc$/],
  ["run --progress bar", 2, /^--progress bar: the one form that it takes is json$/],
  ["status --progress json", 2, /^--progress is no option of status$/],
  ["status --dry-run", 2, /^--dry-run is no option of status$/],
  ["gc --max-bytes many", 2, /^--max-bytes many: write it as 2GB/],
  ["verify sum --all", 2, /a stage or --all, not both/],
  ["constructor", 2, /^There is no command "constructor"$/],
  ["explain summ", 2, /^There is no stage "summ"$/],
  ["--set export.dir=.", 2, /^\. cannot be replaced: it holds the project/],
];
for (const [line, code, message] of WRONG) {
  Deno.test(`pipeline ${line}: exit ${code}, the message last`, async () => {
    await using project = await create();
    const people = await cli(project, line);
    assert.equal(people.code, code);
    assert.match(people.err.at(-1) ?? "", message);
    assert.ok(!people.err.some((text) => /^\s+at /.test(text)), "no stack trace");
    assert.equal(people.out, "");
    const programs = await cli(project, `${line} --json`);
    assert.equal(programs.code, code);
    const { error } = JSON.parse(programs.out);
    assert.deepEqual(Object.keys(error), ["stage", "message", "remedy"]);
    assert.match(error.message, message);
  });
}

Deno.test("a failing stage: exit 1, named, with a remedy", async () => {
  await using project = await create();
  const onSum = () => Promise.reject(new RangeError("no numbers: add some"));
  const { code, out, err } = await cli(project, "--json", { onSum });
  assert.equal(code, 1);
  const { error } = JSON.parse(out);
  assert.deepEqual([error.stage, error.message], ["sum", "no numbers: add some"]);
  assert.ok(error.remedy.length > 10);
  assert.deepEqual(err.slice(-3), [
    "Stage sum failed.",
    `What to do: ${error.remedy}.`,
    "no numbers: add some",
  ]);
});

Deno.test("--help", async () => {
  await using project = await create();
  const { code, out } = await cli(project, "--help");
  assert.equal(code, 0);
  for (const word of ["run", "status", "explain", "verify", "gc", "dag", "--set", "--store"]) {
    assert.ok(out.includes(word));
  }
  assert.equal(JSON.parse((await cli(project, "--help --json")).out).help, out);
});

Deno.test("Ctrl-C: exit 130, while it waits for another run", async () => {
  await using project = await create();
  await Deno.mkdir(project.path("store"));
  using _writer = await acquireWriter(project.path("store"), {
    wait: true,
    signal: new AbortController().signal,
    onWait: () => assert.fail("nobody else is there"),
  });
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--quiet",
      "--no-check",
      "--allow-read",
      "--allow-write",
      "--allow-env",
      "--allow-sys",
      "--allow-ffi",
      fileURLToPath(new URL("../../pipeline/main.ts", import.meta.url)),
      "--store",
      project.path("store"),
      "--json",
    ],
    stdout: "piped",
    stderr: "piped",
    env: { NO_COLOR: "1" },
  }).spawn();
  const decoder = new TextDecoder();
  let [told, sent] = ["", false];
  for await (const bytes of child.stderr) {
    told += decoder.decode(bytes);
    if (told.includes("waiting for it to end\n") && !sent) {
      sent = true;
      child.kill("SIGINT");
    }
  }
  assert.equal((await child.status).code, 130, told);
  assert.equal(told.trimEnd().split("\n").at(-1), "Interrupted");
  assert.match(told, new RegExp(`process ${Deno.pid}, started`));
  const { error } = JSON.parse(await new Response(child.stdout).text());
  assert.equal(error.message, "Interrupted");
});
