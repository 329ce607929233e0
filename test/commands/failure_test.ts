import assert from "node:assert/strict";
import { exitCode, failureJson, failureText } from "../../pipeline/commands/failure.ts";
import { StageError, UsageError } from "../../pipeline/errors.ts";

const CASES: readonly [unknown, number, string | null, string, RegExp][] = [
  [new UsageError("bad\n  key", "see"), 2, null, "bad; key", /^see$/],
  [new StageError("train", "no", "wait"), 1, "train", "no", /^wait$/],
  [
    new StageError("train", "No space left on device (os error 28)", "wait", {
      cause: new Error("No space left on device (os error 28)"),
    }),
    1,
    "train",
    "No space left on device (os error 28)",
    /Free some space/,
  ],
  [
    new Error("Read-only file system (os error 30)"),
    1,
    null,
    "Read-only file system (os error 30)",
    /--store DIR/,
  ],
  [new Deno.errors.PermissionDenied("no"), 1, null, "no", /right to the file/],
  [new DOMException("x", "AbortError"), 130, null, "Interrupted", /Run again/],
  ["text", 1, null, "text", /^$/],
];
for (const [error, code, stage, message, remedy] of CASES) {
  Deno.test(`${String(error).replace("\n", " ")}: exit ${code}, last line "${message}"`, () => {
    assert.equal(exitCode(error), code);
    const json = failureJson(error);
    assert.deepEqual(Object.keys(json.error), ["stage", "message", "remedy"]);
    assert.equal(json.error.stage, stage);
    assert.match(json.error.remedy, remedy);
    const text = failureText(error, false);
    assert.equal(text.split("\n").at(-1), message);
    assert.ok(!/\n\s+at /.test(text), "no stack");
  });
}

Deno.test("--verbose shows the stack, the message still last", () => {
  const text = failureText(
    new StageError("train", "no", "", { cause: new TypeError("why") }),
    true,
  );
  assert.match(text, /TypeError: why\n\s+at /);
  assert.equal(text.split("\n").at(-1), "no");
});
