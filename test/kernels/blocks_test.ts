import assert from "node:assert/strict";
import fc from "../support/fast_check.ts";
import { longestRow } from "../../pipeline/als/simd_blocks.ts";
import { cut } from "../../pipeline/kernels/blocks.ts";

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
      const bounds = [...cut(starts, most, 16, cost)];
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
