import assert from "node:assert/strict";
import fc from "fast-check";
import { columnStarts, cut, longestRow, mostBlocks } from "../../pipeline/als/simd_blocks.ts";

const lengths = fc.array(fc.integer({ min: 0, max: 50 }), { minLength: 1, maxLength: 500 });

function startsOf(lengths: readonly number[]): Uint32Array {
  const starts = new Uint32Array(lengths.length + 1);
  for (const [row, length] of lengths.entries()) starts[row + 1] = starts[row]! + length;
  return starts;
}

Deno.test("blocks: every row is in one, none has much more than its share of the work", () => {
  const cases = fc.property(
    lengths,
    fc.integer({ min: 1, max: 40 }),
    fc.integer({ min: 1, max: 9 }),
    (lengths, most, cost) => {
      const starts = startsOf(lengths);
      const bounds = [...cut(starts, most, cost)];
      const work = (row: number) => starts[row]! + cost * row;
      assert.deepEqual([bounds[0], bounds.at(-1)], [0, lengths.length]);
      assert.ok(bounds.length - 1 <= most);
      const count = Math.max(1, Math.min(most, Math.ceil(lengths.length / 16)));
      // A row that is longer than a share leaves less to those after it, never more.
      const share = work(lengths.length) / count + longestRow(starts) + cost;
      for (let block = 0; block + 1 < bounds.length; block++) {
        const [first, last] = [bounds[block]!, bounds[block + 1]!];
        assert.ok(first < last && work(last) - work(first) <= share);
      }
    },
  );
  fc.assert(cases, { seed: 1 });
});

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
