/** PostgreSQL with pgvector for tests: PGlite in a process with packages of its own (`pglite/`). */
import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";

/** As `pglite/main.ts` takes them. */
export type Step =
  | { readonly load: string }
  | { readonly sql: string; readonly params?: readonly unknown[]; readonly each?: unknown[][] }
  | { readonly exec: string };

const outcome = z.union([
  z.object({ rows: z.array(z.unknown()) }),
  z.object({ error: z.string() }),
]);
export type Outcome = z.infer<typeof outcome>;

/** Where its `deno.json` is. */
export const PGLITE = fileURLToPath(new URL("./pglite/", import.meta.url));

/** What the steps gave, in order; `dir` is a folder for them. */
export async function runSteps(dir: string, steps: readonly Step[]): Promise<Outcome[]> {
  const file = join(dir, "steps.json");
  await Deno.writeTextFile(file, JSON.stringify(steps));
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["task", "--quiet", "database", file],
    cwd: PGLITE,
    env: { NO_COLOR: "1" },
    stdin: "null",
  }).output();
  assert(success, new TextDecoder().decode(stderr));
  const lines = new TextDecoder().decode(stdout).trim().split("\n");
  assert.equal(lines.length, steps.length);
  return lines.map((line) => outcome.parse(JSON.parse(line)));
}

/** The rows of a step that must not fail. */
export function rowsOf<T>(outcome: Outcome | undefined, schema: z.ZodType<T>): T[] {
  assert(outcome !== undefined && "rows" in outcome, JSON.stringify(outcome));
  return z.array(schema).parse(outcome.rows);
}
