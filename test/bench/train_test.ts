import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArguments } from "./train/arguments.ts";
import { main } from "./train/main.ts";
import { reportSchema } from "./train/results.ts";

async function run(...args: string[]) {
  const said: string[] = [];
  const logged: string[] = [];
  const output = {
    say: (text: string) => said.push(text),
    log: (line: string) => logged.push(line),
  };
  return { code: await main(args, output), said, logged };
}

Deno.test("the whole command on a tiny case, own solvers only", async () => {
  const work = await Deno.makeTempDir();
  try {
    const own = ["--only", "tiny", "--solvers", "simd,reference", "--work", work, "--no-chart"];
    const { code, said, logged } = await run(...own, "--json", "--quality");
    assert.equal(code, 0, logged.join("\n"));
    assert.equal(said.length, 1);
    const { cases: [one], machine } = reportSchema.parse(JSON.parse(said[0] ?? ""));
    assert.ok(one && machine && machine.gigaflops > 0.1 && machine.gigabytes > 0.1);
    assert.equal(one.targetOf, "simd after 8 iterations");
    assert.deepEqual(one.solvers.map(({ name }) => name), ["simd", "reference"]);
    for (const { name, seconds, objective, runs, trace, quality } of one.solvers) {
      assert.ok(seconds !== null && seconds > 0 && objective !== null && one.target !== null);
      assert.ok(objective <= one.target);
      assert.equal(runs.length, 2);
      assert.ok(trace.every(({ ndcg }) => ndcg !== null && ndcg > 0));
      // The other may never rank as well as the first sweep from singular vectors.
      if (name === "simd") assert.ok(quality && quality.seconds > 0);
    }
    assert.ok((one.ratios.reference ?? 0) > 0);
    const left = (await Array.fromAsync(Deno.readDir(work))).map(({ name }) => name);
    assert.deepEqual(left, ["data"], "data are kept, factors are not");
  } finally {
    await Deno.remove(work, { recursive: true });
  }
});

const work = fileURLToPath(new URL("../../.bench", import.meta.url));
const installed = await Deno.stat(join(work, "venv", "irspack", "installed"))
  .then(() => true, () => false);

Deno.test({
  name: "rivals minimise the same objective" +
    (installed ? "" : " (skipped: run `deno task bench:train --only tiny` once first)"),
  ignore: !installed,
  async fn() {
    const args = ["--only", "tiny", "--solvers", "implicit,irspack,reference", "--work", work];
    const { code, said, logged } = await run(...args, "--no-chart", "--json", "--runs", "1");
    assert.equal(code, 0, logged.join("\n"));
    const { cases: [one] } = reportSchema.parse(JSON.parse(said[0] ?? ""));
    const [implicit, irspack, reference] = one?.solvers ?? [];
    assert.equal(one?.target, implicit?.objective);
    // All have come within a thousandth of one another, from starts of their own.
    for (const solver of [irspack, reference]) {
      assert.ok(solver?.objective && one?.target);
      assert.ok(solver.objective <= one.target && solver.objective > 0.999 * one.target);
    }
  },
});

Deno.test("a rival that cannot be installed is listed with its error, and the command exits 1", async () => {
  const work = await Deno.makeTempDir();
  try {
    // A file where its virtual environment would be.
    await Deno.writeTextFile(join(work, "venv"), "");
    const { code, said } = await run(
      ...["--only", "tiny", "--solvers", "irspack,simd", "--work", work, "--no-chart", "--json"],
    );
    assert.equal(code, 1);
    const { cases: [one] } = reportSchema.parse(JSON.parse(said[0] ?? ""));
    const [irspack, simd] = one?.solvers ?? [];
    assert.match(irspack?.error ?? "", /^irspack (could not be installed|needs python3)/);
    assert.equal(irspack?.seconds, null);
    assert.equal(simd?.error, null);
    assert.deepEqual(one?.ratios, {});
  } finally {
    await Deno.remove(work, { recursive: true });
  }
});

Deno.test("a case whose purchases are not here is left out with the reason", async () => {
  const work = await Deno.makeTempDir();
  try {
    const { code, said } = await run(
      ...["--only", "beauty", "--solvers", "simd", "--work", work, "--shared", work, "--json"],
    );
    assert.equal(code, 0);
    const { cases, leftOut } = reportSchema.parse(JSON.parse(said[0] ?? ""));
    assert.deepEqual(cases, []);
    assert.match(leftOut.map(({ reason }) => reason).join(), /Beauty\.txt is missing/);
  } finally {
    await Deno.remove(work, { recursive: true });
  }
});

Deno.test("wrong arguments end with 2 and say what is right", async () => {
  for (
    const [args, words] of [
      [["--only", "z"], /--only names "z", which is none of a, /],
      [["--runs", "0"], /--runs is "0": give a whole number/],
      [["--fast"], /--fast/],
    ] as const
  ) {
    const { code, said, logged } = await run(...args);
    assert.equal(code, 2);
    assert.deepEqual(said, []);
    assert.match(logged.join("\n"), words);
  }
  assert.deepEqual(parseArguments(["--scale"]).only, ["5M", "10M", "b", "c"]);
  assert.throws(() => parseArguments(["--scale", "--only", "a"]), RangeError);
});
