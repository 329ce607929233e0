/** What makes the real stages run again, and what does not: one edit of each kind of key part. */
import assert from "node:assert/strict";
import { z } from "zod";
import configuration from "../deno.json" with { type: "json" };
import { configSchema } from "../pipeline/config.ts";
import { reasonLine } from "../pipeline/engine/explain.ts";
import { plan } from "../pipeline/engine/plan.ts";
import { openWorkspace } from "../pipeline/engine/workspace.ts";
import { buildPipeline } from "../pipeline/pipeline.ts";
import { CopiedProject } from "./support/copied_project.ts";
import { purchases } from "./support/shop.ts";

const CONFIG = {
  source: { interactions: { path: "data/purchases.csv" } },
  train: { solver: "reference", factors: 2, iterations: 1, earlyStopping: false },
  evaluate: { k: [5] },
};

const planSchema = z.object({
  stages: z.array(z.object({
    name: z.string(),
    state: z.string(),
    reasons: z.array(z.object({ text: z.string() })),
  })),
});

/** Each stage that would run, with its reasons; digests left out. */
async function reasons(project: CopiedProject, ...args: string[]): Promise<Record<string, string>> {
  const { code, out, err } = await project.pipeline("explain", "--json", ...args);
  assert.equal(code, 0, err);
  return Object.fromEntries(
    planSchema.parse(JSON.parse(out)).stages
      .filter(({ state }) => state === "run")
      .map(({ name, reasons }) => [name, reasons.map(({ text }) => short(text)).join("; ")]),
  );
}

/** Without digests: "code a.ts: 0123… -> 4567…" is "code a.ts". */
function short(text: string): string {
  return text.replace(/: [0-9a-f]{12} -> [0-9a-f]{12}$/, "").replaceAll(/ sha512-\S+/g, "");
}

async function prepared(): Promise<CopiedProject> {
  const project = await CopiedProject.create(CONFIG);
  const rows = purchases(30, 20).map(({ user, item }, i) => `${user},${item},1,Item ${item},${i}`);
  await project.write(
    "data/purchases.csv",
    ["user_id_hash,catalog_item_id,quantity,catalog_item_name,brand_name", ...rows].join("\n"),
  );
  // Assets of each kind, as a stage with kernels declares them.
  await project.write("pipeline/als/kernel.wasm", "\0asm");
  await project.write("pipeline/als/kernel.as.ts", "export function dot(): void {}\n");
  await project.write("pipeline/data/query.sql", "select 1");
  await project.edit(
    "pipeline/stages/train.ts",
    '  name: "train",',
    `  name: "train",
  assets: [
    new URL("../als/kernel.wasm", import.meta.url),
    new URL("../als/kernel.as.ts", import.meta.url),
    new URL("../data/query.sql", import.meta.url),
  ],`,
  );
  const { code, err } = await project.pipeline("run");
  assert.equal(code, 0, err);
  return project;
}

interface Edit {
  readonly what: string;
  readonly edit?: readonly [file: string, from: string, to: string];
  /** More of the same file. */
  readonly also?: readonly [from: string, to: string];
  readonly args?: readonly string[];
  readonly expected: Readonly<Record<string, string>>;
}

const SOLVER = "code pipeline/als/reference.ts";
const POOL = "code pipeline/kernels/worker.ts";
/** The package as deno.json asks for it, and its version. */
const HYPARQUET = configuration.imports.hyparquet;
const VERSION = HYPARQUET.slice(HYPARQUET.lastIndexOf("@") + 1);

const EDITS: readonly Edit[] = [
  { what: "nothing", expected: {} },
  {
    what: "a helper's body",
    edit: [
      "pipeline/als/reference.ts",
      "export const reference",
      "void 1;\nexport const reference",
    ],
    expected: { train: SOLVER, export: SOLVER },
  },
  {
    what: "a worker",
    edit: ["pipeline/kernels/worker.ts", "import", "void 1;\nimport"],
    expected: { train: POOL, evaluate: POOL, export: POOL },
  },
  {
    what: "a kernel's bytes",
    edit: ["pipeline/als/kernel.wasm", "asm", "ASM"],
    expected: { train: "file pipeline/als/kernel.wasm" },
  },
  {
    what: "a kernel's source",
    edit: ["pipeline/als/kernel.as.ts", "dot", "cross"],
    expected: { train: "file pipeline/als/kernel.as.ts" },
  },
  {
    what: "a query in a file",
    edit: ["pipeline/data/query.sql", "1", "2"],
    expected: { train: "file pipeline/data/query.sql" },
  },
  {
    what: "a query in a module",
    edit: ["pipeline/stages/ingest.ts", 'ORDER BY "index"', 'ORDER  BY "index"'],
    expected: { ingest: "code pipeline/stages/ingest.ts" },
  },
  {
    what: "a param",
    args: ["--set", "train.lambda=7"],
    expected: { train: "param lambda: 3 -> 7", export: "param train.lambda: 3 -> 7" },
  },
  {
    what: "a param of the measuring",
    args: ["--set", "evaluate.k=[3]"],
    expected: { evaluate: "param k: [5] -> [3]" },
  },
  {
    what: "an input row",
    edit: ["data/purchases.csv", ",1,", ",2,"],
    expected: { ingest: "input purchases (data/purchases.csv)" },
  },
  {
    what: "an npm package",
    edit: ["deno.lock", `"${HYPARQUET}": "${VERSION}"`, `"${HYPARQUET}": "9.9.9"`],
    also: [`"hyparquet@${VERSION}": {`, '"hyparquet@9.9.9": {'],
    expected: Object.fromEntries(
      ["ingest", "split", "train", "evaluate", "export"].map((stage) => [
        stage,
        `npm hyparquet: ${VERSION} -> 9.9.9`,
      ]),
    ),
  },
  // None of these changes what a stage does.
  {
    what: "a comment",
    edit: [
      "pipeline/als/reference.ts",
      "export const reference",
      "// Slow.\nexport const reference",
    ],
    expected: {},
  },
  {
    what: "formatting",
    edit: [
      "pipeline/stages/train.ts",
      "  async run({ params, inputs",
      "async   run( {params,inputs",
    ],
    expected: {},
  },
  {
    what: "a type",
    edit: ["pipeline/als/solver.ts", "readonly name: string;", "readonly name: string | number;"],
    expected: {},
  },
  {
    what: "a notebook's library",
    edit: ["notebooks/deno.lock", '"npm": {', '"npm": {"chart@1.0.0": {"integrity": "sha512-x"},'],
    expected: {},
  },
  {
    what: "a package of no stage",
    edit: ["deno.lock", '"hono@', '"hono-next@'],
    expected: {},
  },
  { what: "the threads", args: ["--set", "train.threads=1"], expected: {} },
  { what: "the place of the model", args: ["--set", "export.dir=elsewhere"], expected: {} },
];

Deno.test("one edit of each kind of key part of the real pipeline: what re-runs, and why", async (t) => {
  await using project = await prepared();
  for (const { what, edit, also, args = [], expected } of EDITS) {
    await t.step(what, async () => {
      const before = edit === undefined ? "" : await project.read(edit[0]);
      try {
        if (edit !== undefined) await project.edit(...edit);
        if (edit !== undefined && also !== undefined) await project.edit(edit[0], ...also);
        assert.deepEqual(await reasons(project, ...args), expected);
      } finally {
        if (edit !== undefined) await project.write(edit[0], before);
      }
    });
  }
  await t.step("Deno's version", async () => {
    const graph = buildPipeline(configSchema.parse(CONFIG));
    const workspace = await openWorkspace({
      root: project.root,
      store: project.path(".pipeline"),
      lock: project.path("pipeline.lock.json"),
    });
    const plans = await plan(graph, { ...workspace, deno: "9.9.9" });
    assert.equal(plans.length, 5);
    for (const { name, state, reasons } of plans) {
      const lines = reasons.map(reasonLine);
      assert.equal(state, "run", name);
      assert.ok(lines.includes(`Deno: ${Deno.version.deno} -> 9.9.9`), name);
    }
  });
});
