/** Notebooks as a target: which edit executes which, and what `--check` finds. */
import assert from "node:assert/strict";
import { doJob } from "../../notebooks/run/job.ts";
import { parseNotebook } from "../../notebooks/run/notebook.ts";
import { NotebookTarget, type Place } from "../../notebooks/run/target.ts";
import { Project } from "../engine/project.ts";
import { codeNotebook } from "./code_notebook.ts";

const FILES = {
  "deno.json": "{}",
  "pipeline/mod.ts": 'export { add } from "./add.ts";\nexport { cut } from "./cut.ts";\n',
  "pipeline/add.ts": "export const add = (a: number, b: number): number => a + b;\n",
  "pipeline/cut.ts": "export const cut = (text: string): string => text.trim();\n",
  "notebooks/deno.json": JSON.stringify({ compilerOptions: { strict: true } }),
  "notebooks/lib/artifacts.ts": [
    "export async function artifactPath(name: string): Promise<string> {",
    '  const text = Deno.env.get("NOTEBOOK_CONTEXT") ?? "{}";',
    "  return JSON.parse(text).artifacts[name];",
    "}",
  ].join("\n"),
  "notebooks/lib/twice.ts": "// Doubles.\nexport const twice = (n: number): number => n * 2;\n",
  "store/report.json": "report",
};

/** Counts on `add` and `twice`. */
const SUMS = [
  'import { add } from "../pipeline/mod.ts";\nimport { twice } from "./lib/twice.ts";',
  "console.log(twice(add(1, 2)));",
];
/** Reads an artifact by `cut`. */
const TEXTS = [
  'import { cut } from "../pipeline/mod.ts";\nimport { artifactPath } from "./lib/artifacts.ts";',
  '// What it says.\nconsole.log(cut(await Deno.readTextFile(await artifactPath("a.report"))));',
];

function notebook(sources: readonly string[], text = "# A notebook"): string {
  const made = codeNotebook(sources);
  const markdown = { cell_type: "markdown", id: "text", metadata: {}, source: text };
  return JSON.stringify({ ...made, cells: [markdown, ...made.cells] });
}

/** A project with both notebooks, and its place. */
async function twoNotebooks(): Promise<{ project: Project; place: Place; paths: string[] }> {
  const project = await Project.create({
    ...FILES,
    "notebooks/sums.ipynb": notebook(SUMS),
    "notebooks/texts.ipynb": notebook(TEXTS),
  });
  const place: Place = {
    root: project.root,
    store: project.path("scratch"),
    config: "pipeline.json",
    artifact(name) {
      if (name === "a.report") return project.path("store/report.json");
      throw new RangeError(`The run has no artifact "${name}"`);
    },
  };
  const paths = ["notebooks/sums.ipynb", "notebooks/texts.ipynb"].map((path) => project.path(path));
  return { project, place, paths };
}

Deno.test("an edit executes exactly the notebooks that use what was edited", async () => {
  const { project, place, paths } = await twoNotebooks();
  await using _project = project;
  const executed = await doJob({ mode: "execute", paths, place });
  assert.deepEqual(executed.lines, [
    "sums.ipynb: executed: it never ran",
    "texts.ipynb: executed: it never ran",
    "2 of 2 notebooks up to date",
  ]);
  assert.match(await project.read("notebooks/sums.ipynb"), /"6\\n"/);
  const stale = async () => {
    const found: string[] = [];
    for (const path of paths) {
      const target = await NotebookTarget.of(
        path,
        parseNotebook(path, await Deno.readTextFile(path)),
        place,
      );
      if ((await target.stale()).length > 0) found.push(path.split("/").at(-1) ?? "");
    }
    return found.join(" ");
  };
  assert.equal(await stale(), "");
  const edits: readonly [file: string, from: string, to: string, stale: string][] = [
    ["notebooks/lib/twice.ts", "// Doubles.", "// Makes twice as much.", ""],
    ["notebooks/lib/twice.ts", "n * 2", "(n) * 2", ""],
    ["notebooks/lib/twice.ts", "(n) * 2", "(n) * 3", "sums.ipynb"],
    ["pipeline/cut.ts", "text.trim()", "text.trimEnd()", "texts.ipynb"],
    ["pipeline/mod.ts", '"./add.ts";', '"./add.ts"; // sums', ""],
    ["store/report.json", "report", "another report", "texts.ipynb"],
    ["notebooks/texts.ipynb", "# A notebook", "# Another title", ""],
    ["notebooks/texts.ipynb", "// What it says.", "// What the artifact says.", ""],
    ["notebooks/texts.ipynb", "console.log(", "console.info(", "texts.ipynb"],
  ];
  for (const [file, from, to, expected] of edits) {
    const text = await project.read(file);
    assert.ok(text.includes(from), `${file} holds ${from}`);
    await project.write(file, text.replace(from, to));
    assert.equal(await stale(), expected, `${file}: ${from} -> ${to}`);
    // What was executed before is in the store.
    if (expected !== "") await project.write(file, text);
    assert.equal(await stale(), "", `${file} as it was`);
  }
});

Deno.test("--check finds a type error, a throw, a lost output and an artifact that is not there", async () => {
  const { project, place, paths } = await twoNotebooks();
  await using _project = project;
  await doJob({ mode: "execute", paths, place });
  const good = await project.read("notebooks/sums.ipynb");
  const check = async (text: string) => {
    await project.write("notebooks/sums.ipynb", text);
    const scratch = await Deno.makeTempDir();
    try {
      const only = paths.slice(0, 1);
      const at = { ...place, store: scratch };
      const report = await doJob({ mode: "check", paths: only, place: at });
      assert.equal(await project.read("notebooks/sums.ipynb"), text, "nothing is written");
      return { ...report, line: report.lines[0] ?? "" };
    } finally {
      await Deno.remove(scratch, { recursive: true });
    }
  };
  const edited = (from: string, to: string) => {
    assert.ok(good.includes(from));
    return good.replace(from, () => to);
  };

  const fresh = await check(good);
  assert.deepEqual([fresh.good, fresh.lines.at(-1)], [true, "1 of 1 notebooks fresh"]);

  const types = await check(edited("add(1, 2)", "add(1, true)"));
  assert.match(types.line, /^sums\.ipynb: TS2345[^]*sums\.ipynb: code cell 2, line 1/);
  assert.deepEqual([types.good, types.lines.at(-1)], [false, "0 of 1 notebooks fresh"]);

  const thrown = await check(edited("twice(add(1, 2))", "twice(add(1, JSON.parse('{')))"));
  assert.match(thrown.line, /^sums\.ipynb: code cell 2(, line 1)?: SyntaxError/);
  assert.equal(thrown.good, false);

  const lost = await check(good.replace(/"outputs": \[\s+\{[^]*?\n {3}\]/, '"outputs": []'));
  assert.match(lost.line, /^sums\.ipynb: stale \(code cell 2\): run `deno task notebooks`/);
  assert.equal(lost.good, false);

  const unknown = await check(edited("twice(add(1, 2))", 'await readArtifact(\\"b.c\\")'));
  assert.match(unknown.line, /no artifact "b\.c"|TS2304/);
  assert.equal(unknown.good, false);
});
