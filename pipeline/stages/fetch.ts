import { z } from "zod";
import { databaseQuery, databaseUrl } from "../config/database.ts";
import { fetchTables } from "../data/databases/fetch.ts";
import { openDuckDB } from "../data/duckdb.ts";
import { filesFormat } from "../engine/formats.ts";
import { defineStage, type Format, type Stage } from "../engine/stage.ts";

/** What can come from a database. */
export const TABLES = ["interactions", "items"] as const;
export type Table = (typeof TABLES)[number];

/** One Parquet file, read by path; every column is text. */
const rowsFormat: Format<readonly string[]> = {
  ...filesFormat,
  name: "rows",
  extension: ".parquet",
};

const questionSchema = z.strictObject({ url: databaseUrl, query: databaseQuery });
const paramsSchema = z.strictObject({
  interactions: questionSchema.optional(),
  items: questionSchema.optional(),
});
type Params = z.infer<typeof paramsSchema>;

/**
 * The stage that reads `tables` out of databases: a stage says what its outputs are, so there is one for
 * each choice of them. Those of one URL are of one snapshot; equal rows give equal bytes, in whatever
 * order the database hands them out. Where nothing changed, nothing after it runs. `refresh` "manual":
 * what was read once is taken from the store, until the stage is forced to run.
 *
 * Throws as `fetchTables` does.
 */
export function fetchFrom<T extends Table>(
  tables: readonly T[],
  refresh: "always" | "manual",
): Stage<Params, Record<never, never>, { readonly [K in T]: Format<readonly string[]> }> {
  const formats = Object.fromEntries(tables.map((table) => [table, rowsFormat]));
  return defineStage({
    name: "fetch",
    module: import.meta.url,
    summary: "read the database",
    params: paramsSchema,
    inputs: {},
    outputs: formats as { readonly [K in T]: Format<readonly string[]> },
    // No param: what one run read serves another that is not to read.
    unseen: () => refresh === "always" ? "what is in a database only reading tells" : undefined,
    tolerance: () => "the rows that the database holds now",
    async run({ params, outputs, report, signal, threads, scratch }) {
      using db = await openDuckDB({ threads, scratch });
      // A query of DuckDB cannot be cancelled by the signal alone.
      const interrupt = () => db.interrupt();
      signal.addEventListener("abort", interrupt, { once: true });
      try {
        const asked = tables.map((name) => {
          const question = params[name];
          if (question === undefined) throw new TypeError(`Stage fetch has no query of ${name}`);
          return { name, ...question, path: outputs[name].path };
        });
        await fetchTables(db, asked, { environment: (name) => Deno.env.get(name), report, signal });
        const written = tables.map((name) => [name, outputs[name].done()]);
        return Object.fromEntries(written);
      } catch (error) {
        signal.throwIfAborted();
        throw error;
      } finally {
        signal.removeEventListener("abort", interrupt);
      }
    },
  });
}
