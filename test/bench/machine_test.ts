import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { fileURLToPath } from "node:url";
import { measureMachine } from "./machine/machine.ts";

const folder = new URL("./machine/", import.meta.url);

Deno.test("measureMachine finds flops and bandwidth above zero", async () => {
  const [turns, bytes] = [1 << 18, 1 << 20];
  const began = performance.now();
  const machine = await measureMachine(2, { turns, bytes });
  const seconds = (performance.now() - began) / 1000;
  assert.equal(machine.threads, 2);
  // The best of three took less than a third of all, however slow the machine is; none of these decades
  // does the upper figures.
  const flops = 2 * turns * 96 * 3 / seconds / 1e9;
  const read = 2 * bytes * 3 / seconds / 1e9;
  assert.ok(machine.gigaflops > flops && machine.gigaflops < 1e5, `${machine.gigaflops}`);
  assert.ok(machine.gigabytes > read && machine.gigabytes < 1e5, `${machine.gigabytes}`);
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
