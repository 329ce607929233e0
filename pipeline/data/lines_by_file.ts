/** Where the unlikely rows stand. */
import { z } from "zod";
import type { ReasonCount } from "./dropped.ts";
import type { Database } from "./duckdb.ts";
import type { Purchases } from "./purchases.ts";
import { dropReason } from "./report.ts";
import { rows, type Rules } from "./rows.ts";

/** How many rows `rules` concern, file by file: one more scan, for which only few columns are read. */
export async function countByFile(
  db: Database,
  { sources }: Purchases,
  rules: Rules,
): Promise<ReasonCount[]> {
  const counts: ReasonCount[] = [];
  for (const [source, purchases] of sources.entries()) {
    const { scan, serial } = purchases;
    const keep = ["file_index AS f"];
    const found = await db.query(
      `SELECT f AS file, reason, count(*) AS "rows"
       FROM ${rows(purchases, scan({ serial }), { rules, keep })}
       WHERE reason IN ('outlier quantity', 'bot-like user') GROUP BY ALL ORDER BY ALL`,
      z.object({ file: z.number(), reason: dropReason, rows: z.number() }),
    );
    counts.push(...found.map((count) => ({ source, ...count })));
  }
  return counts;
}
