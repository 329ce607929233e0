import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { fileURLToPath } from "node:url";

const assembly = new URL("../../pipeline/kernels/assembly/", import.meta.url);
const committed = new URL("../../pipeline/kernels/kernels.wasm", import.meta.url);

/** The compiler is a package of its own configuration: nothing else of the project downloads it. */
const missing = await compilerMissing();

Deno.test({
  name: "kernels.wasm is what its sources compile to" + (missing ? ` (skipped: ${missing})` : ""),
  ignore: missing !== undefined,
  async fn() {
    const folder = await Deno.makeTempDir();
    try {
      const out = `${folder}/kernels.wasm`;
      const { success, stderr } = await deno("run", "--allow-all", "--frozen", "compile.ts", out);
      assert.ok(success, new TextDecoder().decode(stderr));
      const fresh = await Deno.readFile(out);
      const same = Buffer.compare(fresh, await Deno.readFile(committed)) === 0;
      assert.ok(same, "run `deno task kernels` and commit pipeline/kernels/kernels.wasm");
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});

/** Why the compiler cannot be had here, or undefined. */
async function compilerMissing(): Promise<string | undefined> {
  const { success } = await deno("cache", "--quiet", "--frozen", "compile.ts");
  return success ? undefined : "the AssemblyScript compiler is not cached and cannot be downloaded";
}

function deno(...args: string[]): Promise<Deno.CommandOutput> {
  return new Deno.Command(Deno.execPath(), {
    args,
    cwd: fileURLToPath(assembly),
    env: { NO_COLOR: "1" },
  }).output();
}
