/** Real purchases as they are published: Amazon's review lists, dunnhumby's Complete Journey. */
import { z } from "zod";
import { csrFromEntries } from "../../../pipeline/data/matrix.ts";
import { literal } from "../../../pipeline/data/sql.ts";
import { select, type Split } from "./matrix.ts";

/** A file of real purchases, by its path below the folder that holds them. */
export interface RealSource {
  readonly kind: "amazon" | "complete-journey";
  readonly file: string;
  /** complete-journey: the first weeks are for training, what comes later is held out. */
  readonly weeks?: number;
}

/** Lines of `user item item …` in the order of time, ids from 1: each user's last item is held out. */
export function amazon(text: string): Split {
  const lists = text.trim().split("\n").map((line) => line.split(" ").slice(1).map(Number));
  const items = lists.flat().reduce((most, item) => Math.max(most, item), 0);
  const part = (of: (list: readonly number[]) => readonly number[]) => {
    const row = lists.flatMap((list, user) => of(list).map(() => user));
    return csrFromEntries(lists.length, items, row, lists.flatMap(of).map((item) => item - 1));
  };
  return { train: part((list) => list.slice(0, -1)), held: part((list) => list.slice(-1)) };
}

const pair = z.object({ user: z.int(), item: z.int(), early: z.boolean(), late: z.boolean() });

/**
 * Households x products with a net quantity above zero up to week `weeks`, and those new to the
 * household that have one later.
 */
export async function completeJourney(file: string, weeks = 48, scratchIn: string): Promise<Split> {
  const { openDuckDB } = await import("../../../pipeline/data/duckdb.ts");
  const scratch = await Deno.makeTempDir({ dir: scratchIn, prefix: ".duckdb-" });
  try {
    using db = await openDuckDB({ threads: 2, scratch });
    const early = `coalesce(sum(quantity) FILTER (week <= ${weeks}), 0) > 0`;
    const late = `coalesce(sum(quantity) FILTER (week > ${weeks}), 0) > 0`;
    const rows = await db.query(
      `SELECT CAST(dense_rank() OVER (ORDER BY household_id) - 1 AS INTEGER) AS "user",
         CAST(dense_rank() OVER (ORDER BY product_id) - 1 AS INTEGER) AS item, early, late
       FROM (SELECT household_id, product_id, ${early} AS early, ${late} AS late
         FROM read_parquet(${literal(file)}) GROUP BY ALL)
       WHERE early OR late ORDER BY "user", item`,
      pair,
    );
    const last = rows.at(-1);
    if (!last) throw new RangeError(`${file} holds no purchases`);
    const items = rows.reduce((most, { item }) => Math.max(most, item), 0) + 1;
    const { values: _, ...all } = csrFromEntries(
      last.user + 1,
      items,
      rows.map(({ user }) => user),
      rows.map(({ item }) => item),
    );
    const marks = Uint8Array.from(rows, ({ early }) => early ? 0 : 1);
    return { train: select(all, marks, 0), held: select(all, marks, 1) };
  } finally {
    await Deno.remove(scratch, { recursive: true });
  }
}

/** What tells one version of a file from another. Throws `Deno.errors.NotFound` with the remedy. */
export async function stampOf(file: string): Promise<string> {
  try {
    const { size, mtime } = await Deno.stat(file);
    return `${size} ${mtime?.getTime()}`;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new Deno.errors.NotFound(
      `${file} is missing: say with --shared where the folder of real purchases is`,
      { cause: error },
    );
  }
}
