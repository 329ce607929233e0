/** Purchases that were posted to the server, as it hands them to a training: their columns are fixed. */
import { z } from "zod";
import type { Database } from "./duckdb.ts";
import type { IngestReport } from "./report.ts";
import type { RowSource } from "./rows.ts";
import { openSources, type Source } from "./source.ts";
import { textOf } from "./values.ts";

const KEY = "source.events.path";

/**
 * Opens files of events: user, item, quantity (left out: 1), and time, which counts only where those of
 * the purchases are known. Throws `SyntaxError` where a column is missing, and as `openSources` does.
 */
export async function openEvents(
  db: Database,
  files: readonly string[],
  timed: boolean,
): Promise<(Source & RowSource)[]> {
  const needed = ["user", "item", ...timed ? ["time"] : []];
  const sources = await openSources(db, files, "utf-8", ["user", "item", "quantity", "time"]);
  return sources.map((source) => {
    const missing = needed.filter((column) => !source.columns.has(column));
    if (missing.length > 0) {
      throw new SyntaxError(
        `${source.files[0]} has no column "${
          missing.join('" and no "')
        }": files of ${KEY} have the ` +
          "columns user, item, quantity and time",
      );
    }
    const quantity = source.columns.has("quantity") ? "quantity" : null;
    const time = timed ? "time" : null;
    return { ...source, interactions: { user: "user", item: "item", quantity, time } };
  });
}

/** How many rows the events have, and how far they and the list of the excluded go, by their store. */
export async function eventFacts(
  db: Database,
  events: readonly Source[],
  lists: readonly Source[],
): Promise<NonNullable<IngestReport["events"]>> {
  let rows = 0;
  const through = new Map<string, number>();
  for (const source of [...events, ...lists]) {
    const { columns } = source;
    const known = columns.has("store") && columns.has("seq");
    const found = await db.query(
      `SELECT ${known ? textOf(columns, "store") : "NULL"} AS store,
         ${known ? `max(TRY_CAST(${textOf(columns, "seq")} AS BIGINT))` : "NULL"} AS seq,
         count(*) AS "rows" FROM ${source.scan()} GROUP BY 1 ORDER BY 1`,
      z.object({ store: z.string().nullable(), seq: z.number().nullable(), rows: z.number() }),
    );
    for (const { store, seq, rows: n } of found) {
      if (events.includes(source)) rows += n;
      if (store === null || seq === null) continue;
      through.set(store, Math.max(seq, through.get(store) ?? 0));
    }
  }
  return { rows, through: Object.fromEntries([...through].sort(([a], [b]) => a < b ? -1 : 1)) };
}
