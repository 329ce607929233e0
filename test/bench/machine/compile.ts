/**
 * Compiles peak.as.ts by the compiler that the kernels pin:
 *
 *   deno run --allow-run test/bench/machine/compile.ts [OUT]
 */
import { fileURLToPath } from "node:url";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

const flags = [
  ...["-O3", "--noAssert", "--runtime", "stub"],
  ...["simd", "relaxed-simd", "threads"].flatMap((feature) => ["--enable", feature]),
  ...["--importMemory", "--sharedMemory", "--initialMemory", "1", "--maximumMemory", "65536"],
];

const { success, stderr } = await new Deno.Command(Deno.execPath(), {
  args: [
    ...["run", "--quiet", "--allow-read", "--allow-write", "--allow-env", "--frozen"],
    ...["--config", here("../../../pipeline/kernels/assembly/deno.json"), "assemblyscript/asc"],
    ...["peak.as.ts", ...flags, "-o", Deno.args[0] ?? "peak.wasm"],
  ],
  cwd: here("."),
}).output();
if (!success) {
  Deno.stderr.writeSync(stderr);
  Deno.exit(1);
}
