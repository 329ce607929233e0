/** The entries of the problem, by user and by item, put where the simd solver has them. */
import type { Csr } from "../data/matrix.ts";
import { cut } from "../kernels/blocks.ts";
import type { Turns } from "../kernels/pool.ts";
import { FEWEST_ROWS } from "./simd_blocks.ts";
import type { SimdMemory } from "./simd_memory.ts";

/** Entries that a thread transposes at a time at least; and parts at most, since each part looks at every row. */
const TRANSPOSED = 1 << 17;
const MOST_PARTS = 16;

/** Fills in the entries of both sides. */
export async function writeEntries(memory: SimdMemory, byUser: Csr, turns: Turns): Promise<void> {
  const { pool, users, items } = memory;
  const entries = byUser.indices.length;
  pool.uints(users.index, entries).set(byUser.indices);
  pool.floats(users.extra, entries).set(byUser.values);
  if (typeof items.index === "number") await transposeInside(memory, turns);
  else await transposeOutside(memory, byUser, turns);
}

async function transposeInside(memory: SimdMemory, turns: Turns): Promise<void> {
  const { pool, users, items, grams, itemScale } = memory;
  const count = Math.min(MOST_PARTS, Math.ceil(items.starts.at(-1)! / TRANSPOSED));
  const bounds = cut(items.starts, count, FEWEST_ROWS, 0);
  // Neither the place of Gram matrices nor that of scales is in use yet.
  pool.uints(grams, bounds.length).set(bounds);
  const blocks = { count: bounds.length - 1, bounds: grams };
  const from = [users.rows, users.indptr, users.index, users.extra];
  const to = [items.indptr, items.index, items.extra, itemScale];
  await pool.run("transpose", blocks, [...from, ...to], turns);
}

/** The kernel would need all entries inside; once a fit, this takes little beside its sweeps. */
async function transposeOutside(
  { pool, items }: SimdMemory,
  { rows, indptr, indices, values }: Csr,
  turns: Turns,
): Promise<void> {
  const toIndex = pool.uints(items.index, indices.length);
  const toValue = pool.floats(items.extra, indices.length);
  const next = items.starts.slice();
  for (let row = 0; row < rows; row++) {
    if (row % 1024 === 0 && turns.due()) await turns.pass();
    for (let entry = indptr[row]!; entry < indptr[row + 1]!; entry++) {
      const at = next[indices[entry]!]!++;
      toIndex[at] = row;
      toValue[at] = values[entry]!;
    }
  }
}
