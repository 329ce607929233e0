import { z } from "zod";
import { sourceSchema } from "../config/source.ts";
import { cleanPurchases } from "../data/clean.ts";
import { openDuckDB } from "../data/duckdb.ts";
import { interactionFacts, interactionsFormat, itemsFormat, usersFormat } from "../data/parquet.ts";
import { reportFormat } from "../data/report.ts";
import { reportTable } from "../data/report_table.ts";
import { copyToParquet } from "../data/sql.ts";
import { filesFormat, optional } from "../engine/formats.ts";
import { defineStage } from "../engine/stage.ts";

const { interactions, items, outliers, bots, strict } = sourceSchema.shape;

/**
 * Reads purchases and catalogue with DuckDB, and what was posted to the server; drops what cannot be
 * used and what customers bought who asked to be forgotten (and counts why), numbers users and items, and
 * nets the quantities of each (user, item, time).
 *
 * Throws `SyntaxError` where a file cannot be read or lacks a column, or a row would be dropped though
 * `strict` is set, and `RangeError` where no row is usable; the messages name the file and the config
 * key to set.
 */
export const ingest = defineStage({
  name: "ingest",
  module: import.meta.url,
  summary: "clean the purchases, number users and items",
  params: z.strictObject({
    columns: z.strictObject({
      interactions: interactions.unwrap().shape.columns,
      items: items.unwrap().shape.columns,
    }),
    encoding: interactions.unwrap().shape.encoding,
    catalogueEncoding: items.unwrap().shape.encoding,
    outliers,
    bots,
    strict,
  }),
  inputs: {
    purchases: filesFormat,
    catalogue: optional(filesFormat),
    events: optional(filesFormat),
    excluded: optional(filesFormat),
  },
  outputs: {
    interactions: interactionsFormat,
    users: usersFormat,
    items: itemsFormat,
    report: reportFormat,
  },
  async metrics({ report }) {
    const { rows, users, items, pairs } = await report.read();
    return { rows: rows.read, dropped: rows.dropped, users, items, pairs };
  },
  async run({ params, inputs, outputs, report: reporter, signal, threads, scratch }) {
    using db = await openDuckDB({ threads, scratch });
    // A query cannot be cancelled by the signal alone.
    const interrupt = () => db.interrupt();
    signal.addEventListener("abort", interrupt, { once: true });
    try {
      const files = {
        purchases: await inputs.purchases.read(),
        catalogue: (await inputs.catalogue.read())?.[0],
        events: await filled(await inputs.events.read()),
        excluded: await filled(await inputs.excluded.read()),
      };
      const report = await cleanPurchases(db, files, params);
      const { users, items, timed } = report;
      await db.run(copyToParquet(
        `SELECT "user", item, "time", quantity FROM interactions WHERE quantity <> 0
         ORDER BY "user", item, "time"`,
        outputs.interactions.path,
        interactionFacts(users, items, timed),
      ));
      await db.run(copyToParquet(`SELECT * FROM users ORDER BY "index"`, outputs.users.path));
      await db.run(copyToParquet(`SELECT * FROM described ORDER BY "index"`, outputs.items.path));
      for (const line of reportTable(report)) reporter.log(line);
      return {
        interactions: outputs.interactions.done(),
        users: outputs.users.done(),
        items: outputs.items.done(),
        report: await outputs.report.write(report),
      };
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof Error) {
        const { purchases, catalogue } = inputs;
        error.message = called(error.message, purchases.path, "source.interactions.query");
        error.message = called(error.message, catalogue.path, "source.items.query");
      }
      throw error;
    } finally {
      signal.removeEventListener("abort", interrupt);
    }
  },
});

/** Those of the files that are not empty: nothing was posted, nobody asked. */
async function filled(files: readonly string[] = []): Promise<string[]> {
  const sizes = await Promise.all(files.map((file) => Deno.stat(file)));
  return files.filter((_, at) => sizes[at]?.size !== 0);
}

/** Rows of a database lie in the store, under a digest: a message calls them by what can be set right. */
function called(message: string, path: string, key: string): string {
  return /[/\\][0-9a-f]{64}\.parquet$/.test(path) ? message.replaceAll(path, key) : message;
}
