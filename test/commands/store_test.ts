/** `verify`, `gc`, `dag`, `run --dry-run`: what people and programs see. */
import assert from "node:assert/strict";
import { acquireWriter } from "../../pipeline/engine/writer.ts";
import { cli, create } from "./cli.ts";

Deno.test("run --dry-run says what would run and why, and runs nothing", async () => {
  await using project = await create();
  const first = await cli(project, "run --dry-run");
  assert.equal(first.code, 0);
  assert.equal(first.out, "sum: would run\n  it never ran\nreport: would run\n  it never ran");
  await assert.rejects(Deno.stat(project.path(".pipeline")), Deno.errors.NotFound);
  await cli(project, "run");
  assert.equal(
    (await cli(project, "--dry-run --set train.factors=2")).out,
    "sum: would run\n  param factor: 1 -> 2\nreport: would run only if sum.total changes",
  );
  assert.equal(
    (await cli(project, "run --dry-run --force --only sum")).out,
    "sum: would run\n  --force",
  );
  const { stages } = JSON.parse((await cli(project, "run --dry-run --json --force")).out);
  assert.deepEqual(stages[0].reasons, [{ kind: "forced", text: "--force" }]);
});

Deno.test("run --no-wait beside another run: exit 1, and who it is", async () => {
  await using project = await create();
  await cli(project, "run");
  using _writer = await acquireWriter(project.path(".pipeline"), {
    wait: true,
    signal: new AbortController().signal,
    onWait: () => assert.fail("nobody else is there"),
  });
  for (const line of ["run --no-wait", "gc --no-wait"]) {
    const { code, err } = await cli(project, line);
    assert.equal(code, 1);
    assert.match(err.at(-1) ?? "", new RegExp(`in use by another run \\(process ${Deno.pid}, `));
    assert.match(err.at(-2) ?? "", /What to do: Leave --no-wait out/);
  }
});

Deno.test("verify: exit 1 and the remedy where an object is missing or damaged", async () => {
  await using project = await create();
  const empty = await cli(project, "verify");
  assert.equal(empty.code, 1);
  assert.match(empty.err.at(-1) ?? "", /pipeline\.lock\.json names nothing/);
  await cli(project, "run");
  const good = await cli(project, "verify");
  assert.deepEqual([good.code, good.out], [0, "3 objects, all as the lock file says"]);
  const { objects } = JSON.parse((await cli(project, "verify --json")).out);
  assert.deepEqual(Object.keys(objects[0]), ["stage", "output", "path", "state"]);

  await Deno.chmod(objects[0].path, 0o644);
  await Deno.writeTextFile(objects[0].path, "7");
  await Deno.remove(objects[1].path);
  const bad = await cli(project, "verify");
  assert.equal(bad.code, 1);
  assert.equal(
    bad.out,
    `sum.total: damaged (${objects[0].path})\nreport.line: missing (${objects[1].path})`,
  );
  assert.deepEqual(bad.err, [
    "What to do: Remove the damaged ones by verify --repair, then run again: it makes them anew.",
    "2 of 3 objects are missing or damaged",
  ]);
  const json = JSON.parse((await cli(project, "verify --json")).out);
  assert.deepEqual(Object.keys(json), ["error", "objects"]);
  assert.equal(json.error.message, "2 of 3 objects are missing or damaged");

  const repaired = await cli(project, "verify --repair");
  assert.equal(repaired.code, 1);
  assert.match(repaired.err.at(-1) ?? "", /the damaged ones were removed$/);
  assert.equal((await cli(project, "run")).code, 0);
  assert.equal((await cli(project, "verify")).code, 0);
});

Deno.test("verify STAGE and --all: the same bytes, other bytes, within a tolerance", async () => {
  await using project = await create();
  await cli(project, "run");
  assert.equal(
    (await cli(project, "verify --all")).out,
    "sum: the same bytes (total)\nreport: the same bytes (page, line)",
  );
  assert.equal((await cli(project, "verify report")).out, "report: the same bytes (page, line)");
  const stale = await cli(project, "verify sum --set train.factors=2");
  assert.equal(stale.code, 1);
  assert.match(stale.out, /^sum: not run.*\n {2}param factor: 1 -> 2$/);
  assert.equal((await cli(project, "verify summ")).code, 2);

  const noise = () => 1;
  const other = await cli(project, "verify sum", { noise });
  assert.equal(other.code, 1);
  assert.match(other.out, /^sum: other bytes\n {2}total: [0-9a-f]{12} -> [0-9a-f]{12}$/);
  assert.match(other.err.at(-1) ?? "", /^sum made other bytes from the same inputs$/);
  const near = await cli(project, "verify sum", { noise, tolerance: "to 3 digits" });
  assert.equal(near.code, 0);
  assert.equal(near.out, "sum: not byte-reproducible by contract (to 3 digits)");
  const { stages } = JSON.parse((await cli(project, "verify sum --json")).out);
  assert.deepEqual(Object.keys(stages[0]), [
    "stage",
    "outputs",
    "tolerance",
    "reasons",
    "missing",
    "state",
  ]);
});

Deno.test("gc says what it frees", async () => {
  await using project = await create();
  await cli(project, "run --set train.factors=2");
  await cli(project, "run");
  assert.match(
    (await cli(project, "gc")).out,
    /^Freed 0\.0 MB in 0 objects; 0\.0 MB stay$/,
    "2 GB are free to use",
  );
  const would = await cli(project, "gc --max-bytes 0 --dry-run");
  assert.match(
    would.out,
    /^sum [0-9a-f]{12}, last used .*Z\nreport [0-9a-f]{12}, .*\nWould free 0\.0 MB in 3 objects/,
  );
  const result = JSON.parse((await cli(project, "gc --max-bytes 0 --json")).out);
  assert.deepEqual(Object.keys(result), [
    "dryRun",
    "freedBytes",
    "keptBytes",
    "objects",
    "dropped",
  ]);
  assert.deepEqual([result.objects, result.dryRun], [3, false]);
  assert.equal((await cli(project, "verify")).code, 0);
});

Deno.test("dag: for people, for Mermaid, for programs", async () => {
  await using project = await create();
  assert.equal(
    (await cli(project, "dag")).out,
    [
      "numbers: data/numbers.txt",
      "sum: add the numbers",
      "├─ <- numbers",
      "└─ -> total",
      "report: write the report",
      "├─ <- sum.total",
      "├─ -> page, copied to model",
      "└─ -> line, copied to line.txt",
    ].join("\n"),
  );
  assert.equal(
    (await cli(project, "dag --mermaid")).out,
    [
      "flowchart TD",
      '  n_numbers[/"data/numbers.txt"/]',
      '  n_sum["sum<br/>add the numbers"]',
      '  n_report["report<br/>write the report"]',
      "  n_numbers --> n_sum",
      '  n_sum -->|"total"| n_report',
      '  n_report --> published0[("model")]',
      '  n_report --> published1[("line.txt")]',
    ].join("\n"),
  );
  assert.deepEqual(JSON.parse((await cli(project, "dag --json")).out), {
    files: [{ name: "numbers", patterns: ["data/numbers.txt"] }],
    earlier: [],
    stages: [
      {
        name: "sum",
        summary: "add the numbers",
        inputs: { numbers: "numbers" },
        outputs: ["total"],
      },
      {
        name: "report",
        summary: "write the report",
        inputs: { total: "sum.total" },
        outputs: ["page", "line"],
      },
    ],
    published: [
      { from: "report.page", path: "model" },
      { from: "report.line", path: "line.txt" },
    ],
  });
});
