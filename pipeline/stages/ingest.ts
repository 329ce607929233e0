import { z } from "zod";
import { sourceSchema } from "../config/source.ts";
import {
  describeByPurchases,
  indexTables,
  loadCatalogue,
  renamedItems,
  tableFigures,
} from "../data/catalogue.ts";
import { openDuckDB } from "../data/duckdb.ts";
import { interactionFacts, interactionsFormat, itemsFormat, usersFormat } from "../data/parquet.ts";
import { droppedRows, loadPurchases } from "../data/purchases.ts";
import { type IngestReport, reportFormat } from "../data/report.ts";
import { copyToParquet } from "../data/sql.ts";
import { filesFormat, optional } from "../engine/formats.ts";
import { defineStage } from "../engine/stage.ts";

const { interactions, items } = sourceSchema.shape;

/**
 * Reads purchases and catalogue with DuckDB, drops what cannot be used (and counts why), numbers
 * users and items, and nets the quantities of each (user, item, time).
 *
 * Throws `SyntaxError` where a file cannot be read or lacks a column, `RangeError` where no row is
 * usable; the messages name the file and the config key to set.
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
  }),
  inputs: { purchases: filesFormat, catalogue: optional(filesFormat) },
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
  async run({ params: { columns }, inputs, outputs, report: reporter, signal, threads, scratch }) {
    using db = await openDuckDB({ threads, scratch });
    // A query cannot be cancelled by the signal alone.
    const interrupt = () => db.interrupt();
    signal.addEventListener("abort", interrupt, { once: true });
    try {
      const files = await inputs.purchases.read();
      const catalogue = (await inputs.catalogue.read())?.[0];
      const source = { ...columns, catalogue: catalogue !== undefined };
      const purchases = await loadPurchases(db, files, source);
      const { item } = columns.interactions;
      const described = catalogue === undefined ? undefined : await loadCatalogue(
        db,
        catalogue,
        { items: columns.items, item },
      );
      const fields = described?.fields ?? purchases.fields;
      if (described === undefined) await describeByPurchases(db, fields);
      await indexTables(db, fields);

      const figures = await tableFigures(db);
      const dropped = await droppedRows(db, purchases);
      const read = figures.rows + purchases.broken.lines;
      if (figures.kept === 0) throw nothingUsable(files, read, dropped);
      const timed = purchases.columns.time !== null;
      const report: IngestReport = {
        rows: { read, kept: figures.kept, dropped: read - figures.kept },
        dropped,
        duplicateRows: figures.duplicates,
        users: figures.users,
        items: figures.items,
        interactions: figures.interactions,
        pairs: figures.pairs,
        returns: figures.returns,
        renamed: await renamedItems(db),
        catalogue: described === undefined ? null : {
          rows: described.rows,
          dropped: described.dropped,
          neverBought: figures.unused,
          missing: figures.undescribed,
        },
        columns: {
          ...purchases.columns,
          name: [...fields.name],
          brand: fields.brand,
          attributes: [...fields.attributes.values()],
        },
        timed,
        first: instant(figures.first),
        last: instant(figures.last),
        integerItemIds: figures.integers,
      };

      const { users, items } = report;
      await db.run(copyToParquet(
        `SELECT * FROM interactions ORDER BY "user", item, "time"`,
        outputs.interactions.path,
        interactionFacts(users, items, timed),
      ));
      await db.run(copyToParquet(`SELECT * FROM users ORDER BY "index"`, outputs.users.path));
      await db.run(copyToParquet(`SELECT * FROM items ORDER BY "index"`, outputs.items.path));
      for (const line of summary(report)) reporter.log(line);
      return {
        interactions: outputs.interactions.done(),
        users: outputs.users.done(),
        items: outputs.items.done(),
        report: await outputs.report.write(report),
      };
    } catch (error) {
      signal.throwIfAborted();
      throw error;
    } finally {
      signal.removeEventListener("abort", interrupt);
    }
  },
});

function instant(seconds: number | null): string | null {
  return seconds === null ? null : new Date(seconds * 1000).toISOString();
}

function reasons(dropped: IngestReport["dropped"]): string {
  return Object.entries(dropped).map(([reason, { rows }]) => `${rows} ${reason}`).join(", ");
}

function nothingUsable(files: readonly string[], read: number, dropped: IngestReport["dropped"]) {
  const why = read === 0 ? "it has no rows" : `of ${read} rows none is usable: ${reasons(dropped)}`;
  const example = Object.values(dropped)[0]?.examples[0];
  return new RangeError(
    `${files.join(", ")}: ${why}. Check source.interactions.columns and the values` +
      (example ? `, such as ${JSON.stringify(example)}` : ""),
  );
}

function summary({ rows, dropped, users, items, pairs, renamed, timed }: IngestReport): string[] {
  const lines = [
    `${rows.kept} of ${rows.read} rows kept: ${users} users, ${items} items, ${pairs} pairs`,
  ];
  if (rows.dropped > 0) lines.push(`dropped: ${reasons(dropped)}`);
  if (renamed.items > 0) lines.push(`${renamed.items} items have several names; the latest counts`);
  if (!timed) lines.push("no time column: purchases have no order");
  return lines;
}
