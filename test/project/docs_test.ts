import assert from "node:assert/strict";
import { z } from "zod";
import { projectFiles, root } from "./modules.ts";

const docSchema = z.object({
  nodes: z.record(
    z.string(),
    z.object({
      symbols: z.array(z.object({
        name: z.string(),
        declarations: z.array(z.object({
          location: z.object({ filename: z.string(), line: z.int() }),
          declarationKind: z.string(),
          kind: z.string(),
          jsDoc: z.object({ doc: z.string().optional() }).optional(),
        })),
      })),
    }),
  ),
});

Deno.test("every exported function and class says what it does", async () => {
  const files = (await projectFiles())
    .filter((path) => /^(pipeline|serve|notebooks\/run)\/.*\.ts$/.test(path))
    .filter((path) => !path.endsWith("_test.ts"))
    // AssemblyScript is no TypeScript, and its compiler has a configuration of its own.
    .filter((path) => !path.startsWith("pipeline/kernels/assembly/"));
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["doc", "--json", ...files],
    cwd: root,
    env: { NO_COLOR: "1" },
  }).output();
  assert.ok(success, new TextDecoder().decode(stderr));
  const { nodes } = docSchema.parse(JSON.parse(new TextDecoder().decode(stdout)));
  const silent = new Set<string>();
  let seen = 0;
  for (const { symbols } of Object.values(nodes)) {
    for (const { name, declarations } of symbols) {
      for (const { kind, declarationKind, jsDoc, location } of declarations) {
        if (declarationKind !== "export" || !["function", "class"].includes(kind)) continue;
        seen++;
        if (jsDoc?.doc) continue;
        const path = location.filename.slice(root.href.length);
        silent.add(`${path}:${location.line + 1} exports ${kind} ${name} without a doc comment`);
      }
    }
  }
  assert.ok(seen > 10, "deno doc must see the project's functions");
  assert.equal([...silent].join("\n"), "");
});
