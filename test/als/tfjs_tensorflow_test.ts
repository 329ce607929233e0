import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import { openBackend } from "../../pipeline/als/tfjs_backends.ts";
import { ADDON, build, connect, tensorflow } from "../../pipeline/als/tfjs_tensorflow.ts";

const there = await tensorflow.there();

/** A test that needs TensorFlow's build. */
function test(name: string, fn: () => Promise<void>): void {
  const reason = there ? "" : " (skipped: no build; run `deno task setup:tfjs-node`)";
  Deno.test({ name: `tensorflow: ${name}${reason}`, ignore: !there, fn });
}

test("it is the backend of the one tfjs there is, on as many threads as were asked for", async () => {
  const opened = await openBackend(tensorflow, 1);
  assert.equal(opened.engine(), tf.engine());
  assert.equal(tf.getBackend(), "tensorflow");
  assert.equal(Deno.env.get("TF_NUM_INTRAOP_THREADS"), "1");
  // Once in a process: whoever comes later finds it as it is.
  await connect(tf, "nowhere", 2);
  assert.equal(Deno.env.get("TF_NUM_INTRAOP_THREADS"), "1");
});

test("what it computes is what the plain backend computes", async () => {
  const compute = async (backend: string) => {
    assert.ok(await tf.setBackend(backend));
    const a = tf.tensor3d(Array.from({ length: 24 }, (_, at) => Math.sin(at)), [2, 3, 4]);
    const indices = tf.tensor2d([[1, 0], [1, 1]], [2, 2], "int32");
    const values = tf.tidy(() => [
      tf.matMul(a, a, false, true),
      tf.gather(a, indices),
      tf.rsqrt(tf.add(tf.square(a), 1)),
      tf.concat([a, tf.zeros([0, 3, 4])]),
    ]);
    return await Promise.all(values.map((value) => value.data()));
  };
  await import("@tensorflow/tfjs-backend-cpu");
  await openBackend(tensorflow, 1);
  const expected = await compute("cpu");
  const found = await compute("tensorflow");
  found.forEach((values, at) => {
    assert.equal(values.length, expected[at]?.length);
    values.forEach((value, i) => assert.ok(Math.abs(value - (expected[at]?.[i] ?? NaN)) < 1e-6));
  });
});

test("its key part is the digest of the addon that is loaded", async () => {
  const { addon, tensorflow: version } = await tensorflow.runtime();
  const digest = createHash("sha256").update(await Deno.readFile(join(build, ADDON))).digest("hex");
  assert.ok(addon !== undefined && addon.length >= 32 && digest.startsWith(addon));
  assert.match(version ?? "", /^\d+\.\d+\.\d+$/);
});
