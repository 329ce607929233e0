/** The solvers on the sample shop, by the command line: what train.solver is set to must not matter. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";

const root = fileURLToPath(new URL("../../", import.meta.url));
const lockSchema = z.object({
  stages: z.object({
    train: z.object({ metrics: z.object({ objective: z.number(), sweeps: z.number() }) }),
  }),
});

/** Trains the sample with a fixed number of sweeps; stages before training are cached in `store`. */
async function train(solver: string, store: string) {
  const settings = [
    `train.solver=${solver}`,
    "train.earlyStopping=false",
    "train.iterations=8",
  ];
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["task", "--quiet", "pipeline", "run", "--only", "train", "--store", store],
      ...settings.flatMap((setting) => ["--set", setting]),
    ],
    cwd: root,
    stdin: "null",
    env: { NO_COLOR: "1" },
  }).output();
  assert.ok(success, new TextDecoder().decode(stderr));
  const lock = lockSchema.parse(
    JSON.parse(await Deno.readTextFile(join(store, "pipeline.lock.json"))),
  );
  return lock.stages.train.metrics;
}

Deno.test("tfjs and simd reach the same objective on the sample, to 0.1 %", async () => {
  const store = await Deno.makeTempDir({ prefix: "agreement_" });
  try {
    const simd = await train("simd", store);
    const tfjs = await train("tfjs", store);
    assert.deepEqual([simd.sweeps, tfjs.sweeps], [8, 8]);
    const off = Math.abs(tfjs.objective / simd.objective - 1);
    assert.ok(off <= 1e-3, `${tfjs.objective} by tfjs, ${simd.objective} by simd`);
    // Else both had loaded the same stage from the cache.
    assert.notEqual(tfjs.objective, simd.objective);
  } finally {
    await Deno.remove(store, { recursive: true });
  }
});
