import assert from "node:assert/strict";
import { simdKernels } from "../../pipeline/als/simd_kernels.ts";
import { Layout } from "../../pipeline/kernels/layout.ts";
import { KernelPool, type Turns } from "../../pipeline/kernels/pool.ts";
import { stagedRoom } from "../../pipeline/kernels/staging.ts";

const never: Turns = { due: () => false, pass: () => Promise.resolve() };

/** Two matrices of `rows` x 16 outside, of whose rows only the last 20 are worked on, by blocks of 10. */
async function matrices(rows: number, threads: number, staging: number) {
  const layout = new Layout();
  const bounds = Uint32Array.of(rows - 20, rows - 10, rows);
  const blocks = { count: 2, bounds: layout.take(bounds.byteLength) };
  const grams = layout.take(2 * 1024);
  const staged = layout.take(threads * staging);
  const shape = { length: rows, bytes: 64 };
  const pool = KernelPool.start(await simdKernels(), layout.bytes, threads, [shape, shape]);
  pool.setStaging(staged, staging);
  pool.uints(blocks.bounds, 3).set(bounds);
  return { pool, blocks, grams, x: { outside: 0 }, e: { outside: 1 } };
}

const enough = 2 * stagedRoom(640);

Deno.test("staging: rows beyond and across 2^32 bytes", async () => {
  const rows = 2 ** 26 + 15;
  for (const threads of [1, 3]) {
    const { pool, blocks, grams, x, e } = await matrices(rows, threads, enough);
    using _ = pool;
    const [xs, es] = [pool.floats(x, rows * 16), pool.floats(e, rows * 16)];
    for (let at = (rows - 20) * 16; at < rows * 16; at++) {
      const before = at % 13 - 6;
      xs[at] = at % 7;
      es[at] = xs[at]! + 0.5 * (xs[at]! - before);
    }
    await pool.run("restart", blocks, [x, e, 0.5, grams, 16], never);
    const squares = [0, 0];
    for (let at = (rows - 20) * 16; at < rows * 16; at++) {
      assert.deepEqual([xs[at], es[at]], [at % 13 - 6, at % 13 - 6]);
      if (at % 16 === 0) squares[at < (rows - 10) * 16 ? 0 : 1]! += xs[at]! ** 2;
    }
    assert.deepEqual([0, 1].map((block) => pool.floats(grams + block * 1024, 1)[0]), squares);
    assert.equal(xs[(rows - 20) * 16 - 1], 0);
  }
});

Deno.test("staging: what a kernel only reads stays; one copy serves two arguments", async () => {
  const { pool, blocks, grams, x } = await matrices(100, 2, stagedRoom(640));
  using _ = pool;
  const values = pool.floats(x, 1600);
  values.forEach((_, at) => values[at] = at % 5);
  const before = values.slice();
  await pool.run("gram", blocks, [x, grams, 16], never);
  assert.deepEqual(values.slice(), before);
  // X and E the same: x becomes x - (x - x) / momentum.
  await pool.run("restart", blocks, [x, x, 1, grams, 16], never);
  assert.deepEqual(values.slice(), before);
});

Deno.test("staging: too little room, or an array that is not there, fails the job", async () => {
  const { pool, blocks, grams, x, e } = await matrices(100, 1, enough - 64);
  using _ = pool;
  await pool.run("gram", blocks, [x, grams, 16], never);
  await assert.rejects(pool.run("restart", blocks, [x, e, 1, grams, 16], never), {
    name: "RangeError",
    message: "Rows 80 to 90 outgrow their staging",
  });
  assert.throws(() => pool.floats({ outside: 2 }, 1), /There are 2 arrays outside, no 2/);
});

Deno.test("staging: more than the machine has is refused with the remedy", async () => {
  const shape = { length: 2 ** 40, bytes: 64 };
  const kernels = await simdKernels();
  assert.throws(() => KernelPool.start(kernels, 65_536, 1, [shape]), {
    name: "RangeError",
    message: /^No 67,108,865 MiB of memory: free some, or lower train\.factors/,
  });
});
