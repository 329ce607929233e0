import assert from "node:assert/strict";
import { rules, violations } from "./import_rules.ts";
import { type Import, importsOf, projectFiles } from "./modules.ts";

const code = (await projectFiles()).filter((path) => path.endsWith(".ts"));

Deno.test("imports go one way", async () => {
  const entries = code.filter((path) => /^(pipeline|serve|examples|notebooks)\//.test(path));
  const imports = await importsOf(entries);
  assert.ok(imports.length > 10, "deno info must see the project's imports");
  assert.equal(violations(imports).join("\n"), "");
});

Deno.test("every rule's room exists", () => {
  const missing = rules.map(({ room }) => room)
    .filter((room) => !code.some((path) => path === room || path.startsWith(room)));
  assert.deepEqual(missing.filter((room) => !planned.has(room)), []);
});

/** Rooms of the design that later work fills: their rules hold from their first file on. */
const planned = new Set(["pipeline/kernels/", "pipeline/lmf/"]);

Deno.test("the server reaches neither DuckDB nor the tensor library when it starts", async () => {
  const imports = (await importsOf(["serve/main.ts"])).filter((edge) => !edge.typeOnly);
  assert.ok(imports.length > 0, "deno info must see what serve/main.ts imports");
  const heavy = reached("serve/main.ts", imports.filter((edge) => !edge.dynamic))
    .filter(({ specifier }) => /@duckdb|@tensorflow/.test(specifier))
    .map(({ from, line, specifier }) => `${from}:${line + 1} imports ${specifier}`);
  assert.equal(heavy.join("\n"), "");
});

Deno.test("no barrel but pipeline/mod.ts", async () => {
  const barrels: string[] = [];
  for (const path of code) {
    if (path === "pipeline/mod.ts") continue;
    const text = await Deno.readTextFile(new URL(`../../${path}`, import.meta.url));
    if (/(^|\/)(mod|index)\.ts$/.test(path)) barrels.push(`${path}: only pipeline/mod.ts`);
    if (/^export (type )?(\*|\{[^}]*\}) .*from /m.test(text)) {
      barrels.push(`${path} re-exports: import from the module that defines the name`);
    }
  }
  assert.equal(barrels.join("\n"), "");
});

Deno.test("only the module that seeds it imports fast-check", async () => {
  const importers: string[] = [];
  for (const path of code) {
    const text = await Deno.readTextFile(new URL(`../../${path}`, import.meta.url));
    if (/^import .* from "fast-check"/m.test(text)) importers.push(path);
  }
  assert.deepEqual(importers, ["test/support/fast_check.ts"]);
});

Deno.test("no module imports itself by way of others", async () => {
  const files = (await projectFiles()).filter((path) => /^(pipeline|serve)\/.*\.ts$/.test(path));
  const imports = (await importsOf(files)).filter(({ dynamic }) => !dynamic);
  const circles = files.filter((path) => reached(path, imports).some(({ to }) => to === path));
  assert.deepEqual(circles, []);
});

Deno.test("a forbidden import is named with its file, line and rule", () => {
  const edge = (from: string, to: string | undefined, more: Partial<Import> = {}): Import => ({
    from,
    line: 2,
    specifier: to ?? "some-package",
    to,
    typeOnly: false,
    dynamic: false,
    ...more,
  });
  assert.deepEqual(
    violations([
      edge("pipeline/engine/run.ts", "pipeline/errors.ts"),
      edge("pipeline/data/formats.ts", "pipeline/engine/stage.ts", { typeOnly: true }),
      edge("serve/app.ts", "pipeline/topk/topk.ts"),
      edge("serve/app.ts", undefined),
    ]),
    [],
  );
  for (
    const wrong of [
      edge("pipeline/engine/run.ts", "pipeline/data/matrix.ts", { typeOnly: true }),
      edge("pipeline/data/formats.ts", "pipeline/engine/stage.ts"),
      edge("pipeline/als/als.ts", "pipeline/metrics/ndcg.ts", { dynamic: true }),
      edge("serve/app.ts", "pipeline/als/reference.ts"),
      edge("pipeline/kernels/pool.ts", undefined),
      edge("somewhere/else.ts", "pipeline/mod.ts"),
    ]
  ) {
    const [message = "", ...more] = violations([wrong]);
    assert.equal(more.length, 0);
    assert.ok(message.startsWith(`${wrong.from}:3 imports "${wrong.specifier}": `), message);
  }
});

/** The imports on any path from `entry`. */
function reached(entry: string, imports: readonly Import[]): Import[] {
  const seen = new Set([entry]);
  const found: Import[] = [];
  for (const from of seen) {
    for (const edge of imports) {
      if (edge.from !== from) continue;
      found.push(edge);
      if (edge.to !== undefined) seen.add(edge.to);
    }
  }
  return found;
}
