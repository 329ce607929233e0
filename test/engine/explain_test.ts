import assert from "node:assert/strict";
import { reasonLine, stateLine } from "../../pipeline/engine/explain.ts";
import type { Graph } from "../../pipeline/engine/graph.ts";
import { plan } from "../../pipeline/engine/plan.ts";
import { Project, SOURCES, tinyGraph, type Wiring } from "./project.ts";

async function explain(project: Project, graph: Graph): Promise<string[]> {
  return (await project.plan(graph)).flatMap((stage) => [
    stateLine(stage),
    ...stage.reasons.map((reason) => `  ${reasonLine(reason)}`),
  ]);
}

Deno.test("explain: before the first run", async () => {
  await using project = await Project.create(SOURCES);
  assert.deepEqual(await explain(project, tinyGraph(project)), [
    "sum: would run",
    "  it never ran",
    "report: would run",
    "  it never ran",
  ]);
  await assert.rejects(Deno.stat(project.path(".pipeline")), Deno.errors.NotFound);
});

const HEX = "[0-9a-f]{12}";
const WAITS = "report: would run only if sum\\.total changes";
const CASES: readonly {
  what: string;
  edit?: [keyof typeof SOURCES, string, string];
  wiring?: Wiring;
  lines: readonly string[];
}[] = [
  { what: "nothing", lines: ["sum: up to date", "report: up to date"] },
  {
    what: "a comment",
    edit: ["add.ts", "Adds.", "Sums."],
    lines: ["sum: up to date", "report: up to date"],
  },
  {
    what: "a helper",
    edit: ["add.ts", "a + b", "b + a"],
    lines: ["sum: would run", `  code add\\.ts: ${HEX} -> ${HEX}`, WAITS],
  },
  {
    what: "a new import",
    edit: ["sum.ts", "import", 'import "./report.ts";\nimport'],
    lines: [
      "sum: would run",
      `  code report\\.ts: new, ${HEX}`,
      `  code sum\\.ts: ${HEX} -> ${HEX}`,
      WAITS,
    ],
  },
  {
    what: "an input row",
    edit: ["data/numbers.txt", "3", "4"],
    lines: ["sum: would run", `  input numbers \\(data/numbers\\.txt\\): ${HEX} -> ${HEX}`, WAITS],
  },
  {
    what: "a param",
    wiring: { factor: 2 },
    lines: ["sum: would run", "  param factor: 1 -> 2", WAITS],
  },
  {
    what: "a param of each",
    wiring: { factor: 2, title: "Sum" },
    lines: [
      "sum: would run",
      "  param factor: 1 -> 2",
      "report: would run",
      '  param title: "Total" -> "Sum"',
    ],
  },
  {
    what: "a format",
    wiring: { formatVersion: 2 },
    lines: ["sum: would run", "  format out\\.total: text 1\\.txt -> text 2\\.txt", WAITS],
  },
  {
    what: "the machine",
    wiring: { runtime: "arm" },
    lines: ["sum: would run", "  runtime arch: none -> arm", WAITS],
  },
];
for (const { what, edit, wiring, lines } of CASES) {
  Deno.test(`explain: ${what} changed`, async () => {
    await using project = await Project.create(SOURCES);
    await project.run(tinyGraph(project));
    if (edit !== undefined) {
      const [file, from, to] = edit;
      await project.write(file, SOURCES[file].replace(from, to));
    }
    const text = (await explain(project, tinyGraph(project, wiring))).join("\n");
    assert.match(text, new RegExp(`^${lines.join("\n")}$`));
  });
}

Deno.test("explain: of many files, those that changed", async () => {
  await using project = await Project.create({
    ...SOURCES,
    "data/a.csv": "1",
    "data/b.csv": "2",
    "data/c.csv": "3",
  });
  const graph = () => tinyGraph(project, { patterns: ["data/*.csv"] });
  await project.run(graph());
  const reason = async () => (await explain(project, graph()))[1]?.replace(/:.*/, "");
  await project.write("data/b.csv", "5");
  assert.equal(await reason(), "  input numbers (data/b.csv)");
  await project.write("data/d.csv", "6");
  await Deno.remove(project.path("data/a.csv"));
  const three = "data/a.csv (gone), data/b.csv, data/d.csv (new)";
  assert.equal(await reason(), `  input numbers (${three})`);
  for (let i = 0; i < 20; i++) await project.write(`data/e${i}.csv`, "7");
  assert.equal(
    await reason(),
    `  input numbers (${three}, data/e0.csv (new), data/e1.csv (new) and 18 more)`,
  );
  // Of a store that does not know the old files, the patterns are all there is to say.
  await Deno.remove(project.path(".pipeline"), { recursive: true });
  assert.equal(await reason(), "  input numbers (data/*.csv)");
});

Deno.test("explain: another Deno", async () => {
  await using project = await Project.create(SOURCES);
  await project.run(tinyGraph(project));
  const newer = { ...await project.workspace(), deno: "9.9.9" };
  assert.deepEqual(
    (await plan(tinyGraph(project), newer)).map(({ state, reasons }) => [
      state,
      reasons.map(reasonLine).join(),
    ]),
    [
      ["run", `Deno: ${Deno.version.deno} -> 9.9.9`],
      ["run", `Deno: ${Deno.version.deno} -> 9.9.9`],
    ],
  );
});

Deno.test("explain: an npm package's new version, old to new", async () => {
  const lock = (version: string) =>
    JSON.stringify({
      specifiers: { "npm:alpha@1": version },
      npm: { [`alpha@${version}`]: { integrity: `sha512-${version}` } },
    });
  await using project = await Project.create({
    ...SOURCES,
    "sum.ts": 'import "npm:alpha@1";\n',
    "deno.lock": lock("1.0.0"),
  });
  await project.run(tinyGraph(project));
  await project.write("deno.lock", lock("1.1.0"));
  assert.deepEqual((await explain(project, tinyGraph(project))).slice(0, 2), [
    "sum: would run",
    "  npm alpha: 1.0.0 sha512-1.0.0 -> 1.1.0 sha512-1.1.0",
  ]);
});

Deno.test("explain: a store that was removed, and an output that was", async () => {
  await using project = await Project.create(SOURCES);
  const result = await project.run(tinyGraph(project));
  await Deno.remove(result.output("report", "line")?.path ?? "");
  assert.deepEqual(await explain(project, tinyGraph(project)), [
    "sum: up to date",
    "report: would run",
    "  not in the store: line",
  ]);
  await Deno.remove(project.path(".pipeline"), { recursive: true });
  assert.deepEqual(await explain(project, tinyGraph(project)), [
    "sum: would run",
    "  not in the store: total",
    "report: would run",
    "  not in the store: line, page",
  ]);
});

Deno.test("explain: a result of an earlier run", async () => {
  await using project = await Project.create(SOURCES);
  await project.run(tinyGraph(project, { factor: 2 }));
  await project.run(tinyGraph(project));
  assert.deepEqual((await explain(project, tinyGraph(project, { factor: 2 }))).slice(0, 2), [
    "sum: up to date (an earlier run's result is in the store)",
    "  param factor: 1 -> 2",
  ]);
});
