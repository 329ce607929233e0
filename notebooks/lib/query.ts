/** SQL over the pipeline's Parquet files. */
import { z } from "zod";
import { openDuckDB } from "../../pipeline/data/duckdb.ts";

/**
 * Runs one SELECT of DuckDB and parses its rows with `schema`. `tables` are Parquet files by the name
 * that the query calls them. End it with an ORDER BY: rows have no order of their own.
 */
export async function query<T>(
  sql: string,
  schema: z.ZodType<T>,
  tables: Readonly<Record<string, string>>,
): Promise<T[]> {
  const scratch = await Deno.makeTempDir();
  try {
    using db = await openDuckDB({ threads: 1, scratch });
    for (const [name, path] of Object.entries(tables)) {
      await db.run(
        `CREATE VIEW "${name}" AS SELECT * FROM read_parquet('${path.replaceAll("'", "''")}')`,
      );
    }
    return await db.query(sql, schema);
  } finally {
    await Deno.remove(scratch, { recursive: true });
  }
}
