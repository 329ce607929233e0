/** Compiles the kernels: `compile.ts FOLDER`. Exits with 1 and the compiler's messages where that fails. */
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

/** One module for each that uses kernels, so that a change of one is no change of the others. */
const modules: Readonly<Record<string, readonly string[]>> = {
  "als.wasm": ["rows.as.ts", "start.as.ts", "transpose.as.ts"],
  "dense.wasm": ["gram.as.ts", "inverse.as.ts"],
  "items.wasm": ["neighbours.as.ts", "items.as.ts"],
  "lmf.wasm": ["logistic.as.ts"],
  "topk.wasm": ["topk.as.ts", "columns.as.ts"],
};

const [folder] = Deno.args;
if (folder === undefined) throw new TypeError("Give the folder to write to: compile.ts ..");
for (const [name, sources] of Object.entries(modules)) {
  const { error, stderr } = await asc.main([...sources, ...flags, "-o", `${folder}/${name}`]);
  if (error) {
    console.error(`${error.message}\n${stderr.toString()}`);
    Deno.exit(1);
  }
}
