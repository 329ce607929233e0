import assert from "node:assert/strict";
import { Fingerprint } from "../../pipeline/engine/fingerprint.ts";
import { Project } from "./project.ts";

const LOCK = {
  version: "5",
  specifiers: { "npm:alpha@1": "1.0.0", "npm:@scope/beta@2": "2.0.0_alpha@1.0.0" },
  npm: {
    "alpha@1.0.0": {
      integrity: "sha512-alphaalphaalphaalphaalpha==",
      dependencies: ["gamma", "@types/gamma"],
    },
    "@scope/beta@2.0.0_alpha@1.0.0": { integrity: "sha512-betabetabetabetabetabeta==" },
    "gamma@3.0.0": { integrity: "sha512-gammagammagammagammagamma==" },
    "@types/gamma@3.0.0": { integrity: "sha512-types==" },
    "chart@9.0.0": { integrity: "sha512-chart==" },
  },
};

const FILES = {
  "deno.json": JSON.stringify({
    imports: { alpha: "npm:alpha@1", "@scope/beta": "npm:@scope/beta@2", "#lib/": "./lib/" },
  }),
  "deno.lock": JSON.stringify(LOCK),
  "stage.ts": [
    'import { used } from "./mod.ts";',
    'import type { Shape } from "./types.ts";',
    'import { type Other } from "./only_types.ts";',
    'import { z } from "alpha/mini";',
    'import { mapped } from "#lib/mapped.ts";',
    'import fs from "node:fs";',
    'const worker = new URL("./worker.ts", import.meta.url);',
    "new Worker(worker);",
    'const wasm = new URL("./kernel.wasm", import.meta.url);',
    "export async function run(shape: Shape): Promise<void> {",
    '  const { late } = await import("./late.ts");',
    "  used(late, z, mapped, fs, wasm, shape);",
    "}",
  ].join("\n"),
  "mod.ts":
    'export { used } from "./used.ts";\nexport * from "./unused.ts";\nexport * from "./star.ts";\n',
  "used.ts": "export function used(...all: unknown[]): number {\n  return all.length + 1;\n}\n",
  "unused.ts": 'export const unused = 1;\nimport "@scope/beta";\n',
  "star.ts": "export const starred = 1;\n",
  "types.ts": "export interface Shape { a: number }\n",
  "only_types.ts": "export type Other = 1;\nexport const value = 1;\n",
  "lib/mapped.ts": "export const mapped = 1;\n",
  "worker.ts": 'import "./in_worker.ts";\n',
  "in_worker.ts": "self.onmessage = () => {};\n",
  "kernel.wasm": "\0asm",
  "late.ts": "export const late = 1;\n",
  "query.sql": "select 1",
};

Deno.test("a stage's parts are the files and packages that it runs", async () => {
  await using project = await Project.create(FILES);
  const parts = await project.code("stage.ts", ["query.sql"]);
  assert.deepEqual(Object.keys(parts), [
    "asset:kernel.wasm",
    "asset:query.sql",
    "code:in_worker.ts",
    "code:late.ts",
    "code:lib/mapped.ts",
    "code:stage.ts",
    "code:used.ts",
    "code:worker.ts",
    "npm:alpha",
    "npm:gamma",
  ]);
  assert.equal(parts["npm:alpha"], "1.0.0 sha512-alphaalphaalphaalphaal");
});

const EDITS: readonly { file: string; from: string | RegExp; to: string; changes: string[] }[] = [
  { file: "used.ts", from: "+ 1", to: "+ 2", changes: ["code:used.ts"] },
  { file: "worker.ts", from: /$/, to: "let a;", changes: ["code:worker.ts"] },
  { file: "in_worker.ts", from: "{}", to: "{ close(); }", changes: ["code:in_worker.ts"] },
  { file: "late.ts", from: "1", to: "2", changes: ["code:late.ts"] },
  { file: "lib/mapped.ts", from: "1", to: "2", changes: ["code:lib/mapped.ts"] },
  { file: "kernel.wasm", from: "asm", to: "ASM", changes: ["asset:kernel.wasm"] },
  { file: "query.sql", from: "1", to: "2", changes: ["asset:query.sql"] },
  { file: "deno.lock", from: "gammagamma", to: "GAMMAgamma", changes: ["npm:gamma"] },
  {
    file: "deno.lock",
    from: /1\.0\.0/g,
    to: "1.0.1",
    changes: ["npm:alpha"],
  },
  {
    file: "stage.ts",
    from: '{ used } from "./mod.ts"',
    to: '{ starred as used } from "./mod.ts"',
    changes: ["code:stage.ts", "code:star.ts", "code:used.ts"],
  },
  // None of these is code that the stage runs.
  { file: "used.ts", from: "{\n", to: "{\n  // Counts.\n", changes: [] },
  {
    file: "used.ts",
    from: "return all.length + 1;",
    to: "return (all.length\n + 0x1)",
    changes: [],
  },
  {
    file: "used.ts",
    from: "...all: unknown[]",
    to: "...all: readonly (string | object)[]",
    changes: [],
  },
  { file: "used.ts", from: "export", to: "interface Unused { b: 1 }\nexport", changes: [] },
  {
    file: "stage.ts",
    from: 'import type { Shape } from "./types.ts";',
    to: 'import { type Shape, type Shape as S } from "./types.ts";',
    changes: [],
  },
  { file: "types.ts", from: "number", to: "string", changes: [] },
  { file: "only_types.ts", from: "= 1;\n", to: "= 2;\n", changes: [] },
  { file: "unused.ts", from: "1", to: "2", changes: [] },
  { file: "star.ts", from: "1", to: "2", changes: [] },
  { file: "mod.ts", from: /$/, to: 'export { more } from "./star.ts";', changes: [] },
  { file: "deno.lock", from: "betabeta", to: "BETAbeta", changes: [] },
  { file: "deno.lock", from: "sha512-chart", to: "sha512-trahc", changes: [] },
];

for (const { file, from, to, changes } of EDITS) {
  const what = changes.length > 0 ? `changes ${changes.join(", ")}` : "changes nothing";
  Deno.test(`${file}: ${JSON.stringify(to)} ${what}`, async () => {
    await using project = await Project.create(FILES);
    const before = await project.code("stage.ts", ["query.sql"]);
    const text = await project.read(file);
    const edited = text.replace(from, to);
    assert.notEqual(edited, text, "the edit takes place");
    await project.write(file, edited);
    const after = await project.code("stage.ts", ["query.sql"]);
    const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
    assert.deepEqual(names.filter((name) => before[name] !== after[name]).sort(), changes);
  });
}

Deno.test("an import of a whole passing-on module follows all of it", async () => {
  await using project = await Project.create({
    ...FILES,
    "all.ts": 'import * as all from "./mod.ts";\nexport const x = all;\n',
  });
  const parts = Object.keys(await project.code("all.ts"));
  assert.deepEqual(parts, [
    "code:all.ts",
    "code:star.ts",
    "code:unused.ts",
    "code:used.ts",
    "npm:@scope/beta",
  ]);
});

Deno.test("modules that import each other end", async () => {
  await using project = await Project.create({
    "a.ts": 'import { b } from "./b.ts";\nexport const a = () => b;\n',
    "b.ts": 'import { a } from "./pass.ts";\nexport const b = () => a;\n',
    "pass.ts": 'export * from "./pass2.ts";\nexport * from "./a.ts";\n',
    "pass2.ts": 'export * from "./pass.ts";\n',
  });
  assert.deepEqual(Object.keys(await project.code("a.ts")), ["code:a.ts", "code:b.ts"]);
});

Deno.test("a module outside the project shows no more of its path than its folder", async () => {
  await using elsewhere = await Project.create({ "deep/lib.ts": "export const lib = 1;\n" });
  await using project = await Project.create({
    "a.ts": `import { lib } from ${JSON.stringify(elsewhere.url("deep/lib.ts"))};\nlib;\n`,
  });
  assert.deepEqual(Object.keys(await project.code("a.ts")), [
    "code:(elsewhere)/deep/lib.ts",
    "code:a.ts",
  ]);
});

Deno.test("a source that does not parse is named", async () => {
  await using project = await Project.create({ "a.ts": "const = 1;" });
  await assert.rejects(project.code("a.ts"), {
    name: "SyntaxError",
    message: /a\.ts does not parse/,
  });
});

Deno.test("an import of a computed path is refused, unless the stage declares assets", async () => {
  await using project = await Project.create({
    ...FILES,
    "a.ts": 'import "./late.ts";\nconst name: string = "./late.ts";\nawait import(name);\n',
  });
  await assert.rejects(project.code("a.ts"), {
    name: "TypeError",
    message: /^a\.ts:3 imports a computed path.*declare the files in the stage's assets$/,
  });
  assert.deepEqual(Object.keys(await project.code("a.ts", ["query.sql"])), [
    "asset:query.sql",
    "code:a.ts",
    "code:late.ts",
  ]);
});

Deno.test("an asset that looks like a module is bytes: it need not parse", async () => {
  await using project = await Project.create({
    ...FILES,
    "kernel.as.ts": "@inline function dot(): f32 {",
    "a.ts": 'export const assets = [new URL("./kernel.as.ts", import.meta.url)];\n',
  });
  assert.deepEqual(Object.keys(await project.code("a.ts", ["kernel.as.ts"])), [
    "asset:kernel.as.ts",
    "code:a.ts",
  ]);
});

Deno.test("a package that is not in deno.lock says so", async () => {
  await using project = await Project.create({
    ...FILES,
    "a.ts": 'await import("npm:delta@4/sub");\n',
  });
  assert.equal((await project.code("a.ts"))["npm:delta"], "4 not locked");
});

Deno.test("code that is in no module file is followed, with packages of its own", async () => {
  await using project = await Project.create({
    ...FILES,
    "pages/deno.json": JSON.stringify({ imports: { chart: "npm:chart@9" } }),
    "pages/deno.lock": JSON.stringify({
      version: "5",
      specifiers: { "npm:chart@9": "9.0.1" },
      npm: { "chart@9.0.1": { integrity: "sha512-other==" } },
    }),
    "pages/page.ipynb": "{}",
  });
  const { stats } = await project.workspace();
  const fingerprint = await Fingerprint.open(project.root, stats);
  const parts = (source: string) =>
    fingerprint.parts({
      module: project.url("pages/page.ipynb"),
      source,
      packages: new URL(project.url("pages/")),
    });
  const source = 'import { used } from "../mod.ts";\nimport { draw } from "chart";\ndraw(used());';
  const found = await parts(source);
  assert.deepEqual(Object.keys(found), ["code:pages/page.ipynb", "code:used.ts", "npm:chart"]);
  assert.equal(found["npm:chart"], "9.0.1 sha512-other==");
  assert.deepEqual(await parts(`// A picture.\n${source}`), found);
  assert.notDeepEqual(await parts(source.replace("used()", "used(1)")), found);
});
