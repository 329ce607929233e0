/** What DuckDB refuses while it reads: it keeps that in two tables of its own. */
import type { Database } from "./duckdb.ts";

/** SQL: each refusal with its file. */
export const REJECTS = "reject_errors JOIN reject_scans USING (scan_id, file_id)";

/** Forgets what DuckDB has refused so far. */
export async function clearRejects(db: Database): Promise<void> {
  for (const table of ["reject_errors", "reject_scans"]) {
    await db.run(`DROP TABLE IF EXISTS ${table}`);
  }
}
