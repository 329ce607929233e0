import assert from "node:assert/strict";
import { summarize, summaryLine } from "../summary.ts";

const output = `running 4 tests from ./test/a_test.ts
adds ... ok (1ms)
reads Spark's model (skipped: no pyspark) ... ignored (0ms)
grows ...
  by steps ... ok (0ms)
  on a GPU (skipped: none) ... ignored (0ms)
grows ... ok (1ms)
fails ... FAILED (2ms)

FAILED | 2 passed (1 step) | 1 failed | 1 ignored (1 step) (163ms)
`;

Deno.test("summarize counts tests, and ignored steps as skipped", () => {
  const summary = summarize(output, 1);
  assert.equal(summaryLine(summary), "2 passed, 1 failed, 2 skipped");
  assert.deepEqual(summary.skippedNames, [
    "./test/a_test.ts => reads Spark's model (skipped: no pyspark)",
    "./test/a_test.ts => on a GPU (skipped: none)",
  ]);
  assert.deepEqual(summary.problems, []);
});

Deno.test("summarize reads the names that --parallel prints", () => {
  const line = "./test/a_test.ts => reads a model (skipped: none) ... ignored (0ms)";
  const summary = summarize(`${line}\nok | 0 passed | 0 failed | 1 ignored (3ms)`, 0);
  assert.deepEqual(summary.skippedNames, ["./test/a_test.ts => reads a model (skipped: none)"]);
  assert.equal(summaryLine(summary), "0 passed, 0 failed, 1 skipped");
});

Deno.test("summarize takes the runner's totals, not a test's own print", () => {
  const summary = summarize(`ok | 99 passed | 0 failed (1ms)\n${output}`, 1);
  assert.equal(summaryLine(summary), "2 passed, 1 failed, 2 skipped");
});

Deno.test("summarize counts a run without totals as failed", () => {
  assert.equal(summaryLine(summarize("", 1)), "0 passed, 1 failed, 0 skipped");
  assert.equal(summaryLine(summarize("", 0)), "0 passed, 1 failed, 0 skipped");
});

Deno.test("summarize counts a run without tests as failed", () => {
  const summary = summarize("ok | 0 passed | 0 failed | 5 filtered out (3ms)\n", 0);
  assert.equal(summaryLine(summary), "0 passed, 1 failed, 0 skipped");
  assert.match(summary.problems.join(), /No test was found/);
});

Deno.test("summarize counts a failing exit code without a failed test", () => {
  const summary = summarize("ok | 3 passed | 0 failed (3ms)\n", 1);
  assert.equal(summaryLine(summary), "3 passed, 1 failed, 0 skipped");
});

Deno.test("the test task ends with the summary and an honest exit code", async () => {
  const dir = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${dir}/deno.json`, "{}");
    await Deno.writeTextFile(`${dir}/good_test.ts`, `Deno.test("good", () => {});`);
    await Deno.writeTextFile(`${dir}/throws_test.ts`, `throw new Error("at the top");`);
    await Deno.writeTextFile(`${dir}/types_test.ts`, `const n: number = "x"; console.log(n);`);
    const good = await runTests(dir, ["good_test.ts"]);
    assert.deepEqual(good, { code: 0, last: "1 passed, 0 failed, 0 skipped" });
    const throws = await runTests(dir, ["good_test.ts", "throws_test.ts"]);
    assert.deepEqual(throws, { code: 1, last: "1 passed, 1 failed, 0 skipped" });
    const types = await runTests(dir, ["good_test.ts", "types_test.ts"]);
    assert.deepEqual(types, { code: 1, last: "0 passed, 1 failed, 0 skipped" });
    const none = await runTests(dir, ["good_test.ts", "--filter", "bad"]);
    assert.deepEqual(none, { code: 1, last: "0 passed, 1 failed, 0 skipped" });
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});

async function runTests(cwd: string, args: string[]): Promise<{ code: number; last: string }> {
  const script = new URL("../run.ts", import.meta.url).pathname;
  const { code, stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-config", "--allow-run", script, ...args],
    cwd,
    stdout: "piped",
    stderr: "null",
  }).output();
  const last = new TextDecoder().decode(stdout).trimEnd().split("\n").at(-1) ?? "";
  return { code, last };
}
