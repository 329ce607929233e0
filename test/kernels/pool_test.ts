import assert from "node:assert/strict";
import { fusedMultiplyAdd, simdKernels } from "../../pipeline/als/simd_kernels.ts";
import { Layout } from "../../pipeline/kernels/layout.ts";
import { type Blocks, checkMemory, KernelPool, type Turns } from "../../pipeline/kernels/pool.ts";

const never: Turns = { due: () => false, pass: () => Promise.resolve() };

/** A matrix of rows x 16 in a pool's memory, and blocks of `size` rows. */
async function matrix(rows: number, size: number, threads: number) {
  const layout = new Layout();
  const count = Math.ceil(rows / size);
  const at = layout.take(rows * 64);
  const grams = layout.take(count * 1024);
  const blocks: Blocks = { count, bounds: layout.take(4 * (count + 1)) };
  const pool = KernelPool.start(await simdKernels(), layout.bytes, threads);
  const { buffer } = pool.memory;
  const values = new Float32Array(buffer, at, rows * 16);
  values.forEach((_, i) => values[i] = i * 7919 % 13 - 6);
  const bounds = Array.from({ length: count + 1 }, (_, block) => Math.min(rows, block * size));
  new Uint32Array(buffer, blocks.bounds, count + 1).set(bounds);
  const sums = new Float32Array(buffer, grams, count * 256);
  return { pool, at, values, blocks, grams, sums };
}

Deno.test("every block is done once, by any number of threads", async () => {
  for (const threads of [1, 2, 4]) {
    const { pool, at, values, blocks, grams, sums } = await matrix(1000, 7, threads);
    using _ = pool;
    for (let again = 0; again < 30; again++) {
      sums.fill(NaN);
      await pool.run("gram", blocks, [at, grams, 16], never);
      let [found, expected] = [0, 0];
      for (let block = 0; block < blocks.count; block++) found += sums[block * 256 + 2]!;
      for (let r = 0; r < 1000; r++) expected += values[r * 16]! * values[r * 16 + 2]!;
      assert.equal(found, expected);
    }
  }
});

Deno.test("a job ends with what a turn throws, in the middle", async () => {
  const { pool, at, blocks, grams, sums } = await matrix(1000, 1, 1);
  using _ = pool;
  sums.fill(NaN);
  let asked = 0;
  const turns: Turns = {
    due: () => ++asked > 10,
    pass: () => Promise.reject(new Error("stop now")),
  };
  await assert.rejects(pool.run("gram", blocks, [at, grams, 16], turns), /stop now/);
  assert.ok(!Number.isNaN(sums[0]!), "the first block was done");
  assert.ok(Number.isNaN(sums[999 * 256]!), "the last was not");
});

Deno.test("a kernel that leaves its memory fails the job, in every thread", async () => {
  for (const threads of [1, 3]) {
    const { pool, blocks, grams } = await matrix(1000, 1, threads);
    using _ = pool;
    await assert.rejects(pool.run("gram", blocks, [2 ** 31, grams, 16], never), Error);
  }
});

Deno.test("more memory than can be addressed is refused, with the remedy", () => {
  checkMemory(2 ** 31, "A fit");
  assert.throws(() => checkMemory(5 * 2 ** 30, "A fit of 9 users"), {
    name: "RangeError",
    message: /A fit of 9 users needs 5,120 MiB.*lower train\.factors/,
  });
});

Deno.test("whether multiply-add is fused is the same every time", async () => {
  assert.equal(await fusedMultiplyAdd(), await fusedMultiplyAdd());
});
