/** Compiles the kernels: `compile.ts OUT`. Exits with 1 and the compiler's messages where that fails. */
import asc from "assemblyscript/asc";

const flags = [
  "-O3",
  "--noAssert",
  "--runtime",
  "stub",
  ...["simd", "relaxed-simd", "threads"].flatMap((feature) => ["--enable", feature]),
  "--importMemory",
  "--sharedMemory",
  "--initialMemory",
  "1",
  "--maximumMemory",
  "65536",
];

const [out] = Deno.args;
if (out === undefined) throw new TypeError("Give the file to write: compile.ts ../kernels.wasm");
const { error, stderr } = await asc.main(["rows.as.ts", "start.as.ts", ...flags, "-o", out]);
if (error) {
  console.error(`${error.message}\n${stderr.toString()}`);
  Deno.exit(1);
}
