import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { fileURLToPath } from "node:url";
import { measureMachine } from "./machine/machine.ts";

const folder = new URL("./machine/", import.meta.url);

Deno.test("measureMachine finds flops and bandwidth above zero", async () => {
  const machine = await measureMachine(2, { turns: 1 << 18, bytes: 1 << 20 });
  assert.equal(machine.threads, 2);
  // Any machine of these decades does more than a tenth of a GFLOP and of a GB a second.
  assert.ok(machine.gigaflops > 0.1 && machine.gigaflops < 1e5, `${machine.gigaflops}`);
  assert.ok(machine.gigabytes > 0.1 && machine.gigabytes < 1e5, `${machine.gigabytes}`);
});

const cached = await deno("cache", "--quiet", "--frozen", "compile.ts");

Deno.test({
  name: "peak.wasm is what its source compiles to" +
    (cached
      ? ""
      : " (skipped: the AssemblyScript compiler is not cached and cannot be downloaded)"),
  ignore: !cached,
  async fn() {
    const out = await Deno.makeTempFile({ suffix: ".wasm" });
    try {
      const compile = fileURLToPath(new URL("compile.ts", folder));
      const { success, stderr } = await new Deno.Command(Deno.execPath(), {
        args: ["run", "--quiet", "--allow-run", compile, out],
      }).output();
      assert.ok(success, new TextDecoder().decode(stderr));
      const committed = await Deno.readFile(new URL("peak.wasm", folder));
      const same = Buffer.compare(await Deno.readFile(out), committed) === 0;
      assert.ok(
        same,
        "run `deno run --allow-run test/bench/machine/compile.ts` and commit peak.wasm",
      );
    } finally {
      await Deno.remove(out);
    }
  },
});

function deno(...args: string[]): Promise<boolean> {
  return new Deno.Command(Deno.execPath(), {
    args,
    cwd: fileURLToPath(new URL("../../pipeline/kernels/assembly/", import.meta.url)),
    stderr: "null",
  }).output().then(({ success }) => success);
}
