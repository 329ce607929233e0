import assert from "node:assert/strict";
import { columnStarts, longestRow, mostBlocks } from "../../pipeline/als/simd_blocks.ts";

Deno.test("blocks: more of them where a thread could not keep a copy of one", () => {
  assert.equal(mostBlocks(33_000, 600_000, 64), 128);
  assert.equal(mostBlocks(1_000_000, 50_000_000, 64), 128);
  assert.equal(mostBlocks(33_000, 600_000, 256), 32);
  const mebibytes = (rows: number, entries: number, k: number) =>
    (8 * k * rows + 8 * entries) / mostBlocks(rows, entries, k) / 2 ** 20;
  assert.ok(mebibytes(5_000_000, 100_000_000, 192) <= 16);
  // Gram matrices of 4 MiB: no more than 64 of them.
  assert.equal(mostBlocks(10_000_000, 100_000_000, 1024), 64);
});

Deno.test("blocks: where columns start, and the longest row", () => {
  assert.deepEqual([...columnStarts(Uint32Array.of(2, 0, 2, 2), 4)], [0, 1, 1, 4, 4]);
  assert.equal(longestRow(Uint32Array.of(0, 1, 1, 4, 4)), 3);
});
