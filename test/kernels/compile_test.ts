import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { fileURLToPath } from "node:url";

const assembly = new URL("../../pipeline/kernels/assembly/", import.meta.url);
const committed = new URL("../../pipeline/kernels/", import.meta.url);

/** The compiler is a package of its own configuration: nothing else of the project downloads it. */
const missing = await compilerMissing();

Deno.test({
  name: "the kernels are what their sources compile to" + (missing ? ` (skipped: ${missing})` : ""),
  ignore: missing !== undefined,
  async fn() {
    const folder = await Deno.makeTempDir();
    try {
      const { success, stderr } = await deno(
        ...["run", "--allow-all", "--frozen", "compile.ts", folder],
      );
      assert.ok(success, new TextDecoder().decode(stderr));
      assert.deepEqual(await modules(folder), await modules(fileURLToPath(committed)));
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});

/** Digests of the compiled modules in a folder by name: where they differ, run `deno task kernels`. */
async function modules(folder: string): Promise<Record<string, string>> {
  const digests: Record<string, string> = {};
  for await (const { name } of Deno.readDir(folder)) {
    if (!name.endsWith(".wasm")) continue;
    const bytes = await Deno.readFile(`${folder}/${name}`);
    digests[name] = createHash("sha256").update(bytes).digest("hex");
  }
  assert.ok(Object.keys(digests).length > 0, `no modules in ${folder}`);
  return digests;
}

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
