/** Jupyter itself executes a notebook on the Deno kernel, where both are installed. */
import assert from "node:assert/strict";
import { type Output, parseNotebook } from "../../notebooks/run/notebook.ts";
import { codeNotebook } from "./code_notebook.ts";

const lacking = await whatLacks();

Deno.test({
  name: `Jupyter executes cells on the Deno kernel${lacking ? ` (skipped: ${lacking})` : ""}`,
  ignore: lacking !== undefined,
  async fn() {
    const folder = await Deno.makeTempDir();
    try {
      const path = `${folder}/cells.ipynb`;
      // The kernel may publish what a cell puts out after it has said that it is idle, and Jupyter then
      // drops it: the cell goes on for a while, on a machine with much else to do for a longer one.
      let output: Output | undefined;
      for (const ms of [1000, 5000, 20_000]) {
        if (output === undefined) output = (await executed(path, ms)).at(0);
      }
      assert.ok(output?.output_type === "display_data", JSON.stringify(output));
      assert.deepEqual(output.data["text/plain"], ["21"]);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});

/** What the last cell of a notebook at `path` put out, executed by Jupyter; the cell goes on for `ms`. */
async function executed(path: string, ms: number): Promise<Output[]> {
  const show = `await Deno.jupyter.broadcast("display_data", {
    data: { "text/plain": String(n + 1) },
    metadata: {},
  });
  await new Promise((shown) => setTimeout(shown, ${ms}));`;
  const made = codeNotebook(["const n: number = 20;", show], {
    kernelspec: { display_name: "Deno", language: "typescript", name: "deno" },
  });
  await Deno.writeTextFile(path, JSON.stringify(made));
  const { success, stderr } = await new Deno.Command("jupyter", {
    args: ["nbconvert", "--to", "notebook", "--execute", "--inplace", path],
    env: { NO_COLOR: "1" },
  }).output();
  assert.ok(success, new TextDecoder().decode(stderr));
  const last = parseNotebook(path, await Deno.readTextFile(path)).cells.at(-1);
  assert.ok(last?.cell_type === "code");
  return last.outputs;
}

/** What a machine lacks to execute notebooks by Jupyter; `undefined` where it has all. */
async function whatLacks(): Promise<string | undefined> {
  const ask = async (...args: string[]) => {
    try {
      const { success, stdout } = await new Deno.Command("jupyter", { args, stderr: "null" })
        .output();
      return success ? new TextDecoder().decode(stdout) : undefined;
    } catch {
      return undefined;
    }
  };
  if (await ask("nbconvert", "--version") === undefined) return "no jupyter nbconvert";
  const kernels = await ask("kernelspec", "list");
  return kernels?.includes("deno") ? undefined : "no Deno kernel: deno jupyter --install";
}
