/** The usable rows as numbers, and what is unlikely among them: outlier quantities, bot-like users. */
import { z } from "zod";
import type { sourceSchema } from "../config/source.ts";
import { type Database, numbers } from "./duckdb.ts";
import type { Purchases } from "./purchases.ts";
import { type IngestReport, MAX_EXAMPLES } from "./report.ts";
import { rows, type Rules } from "./rows.ts";

type SourceConfig = z.infer<typeof sourceSchema>;
export type OutlierConfig = SourceConfig["outliers"];
export type BotConfig = SourceConfig["bots"];

/** A threshold that is not given: so many times the 99th percentile, and at least so much. */
const TIMES = 10;
const AT_LEAST = 100;

/**
 * Fills table `lines` ("user", item INTEGER; "time" BIGINT; quantity DECIMAL) with the usable rows of
 * users and items that tables `users` and `items` ("index", id) know. A posted row that equals one of the
 * other sources in all of these is the same purchase; returns how many such were left out. Without times
 * nothing tells them.
 */
export async function loadLines(db: Database, { sources }: Purchases): Promise<number> {
  for (const table of ['"lines"', "posted"]) {
    await db.run(
      `CREATE TABLE ${table} ("user" INTEGER, item INTEGER, "time" BIGINT, quantity DECIMAL(18, 3))`,
    );
  }
  // DuckDB does not know how long a CSV file is: left alone it may hash the file, not the ids.
  await db.run(
    "SET disabled_optimizers = 'join_order,build_side_probe_side'; SET preserve_insertion_order = false",
  );
  for (const source of sources) {
    await db.run(
      `INSERT INTO ${source.posted ? "posted" : '"lines"'}
       SELECT users."index", items."index", r."time", r.quantity
       FROM ${rows(source, source.scan({ serial: source.serial }))} AS r
       JOIN users ON users.id = CASE WHEN r.reason IS NULL THEN r."user" END
       JOIN items ON items.id = r.item`,
    );
  }
  await db.run("SET disabled_optimizers = ''; SET preserve_insertion_order = true");
  // A time that is missing equals none: without times no row is taken for another.
  const both = `"lines" USING ("user", item, "time", quantity)`;
  const { repeated } = await numbers(
    db,
    `SELECT count(*) AS repeated FROM posted SEMI JOIN ${both}`,
    "repeated",
  );
  await db.run(`INSERT INTO "lines" SELECT * FROM posted ANTI JOIN ${both}; DROP TABLE posted`);
  return repeated;
}

/** What was found, and the conditions by which its rows are found again in the input. */
export interface Unlikely {
  readonly outliers: Omit<IngestReport["outliers"], "examples">;
  readonly bots: IngestReport["bots"];
  readonly rules: Rules;
}

/**
 * Judges table `lines`. An outlier has more pieces than `maxQuantity`, bought or returned; a bot-like
 * user (table `bots`: id) has more rows on one day (UTC) than `maxRowsPerDay`. Both are judged on all
 * usable rows, whatever is done about the other.
 */
export async function judge(
  db: Database,
  config: { readonly outliers: OutlierConfig; readonly bots: BotConfig },
  timed: boolean,
): Promise<Unlikely> {
  const { outliers, bots } = config;
  const maxQuantity = outliers.maxQuantity ??
    await threshold(db, `SELECT abs(quantity) AS v, count(*) AS n FROM "lines" GROUP BY 1`);
  const outlier = `abs(quantity) > ${maxQuantity}`;
  const found = await numbers(
    db,
    `SELECT count(*) AS "rows" FROM "lines" WHERE ${outlier}`,
    "rows",
  );
  const report = { action: outliers.action, maxQuantity, rows: found.rows };
  if (!timed) return { outliers: report, bots: null, rules: { outlier } };

  await db.run(
    `CREATE TABLE days AS SELECT "user", CAST(floor("time" / 86400) AS BIGINT) AS day, count(*) AS n
     FROM "lines" GROUP BY ALL`,
  );
  const maxRowsPerDay = bots.maxRowsPerDay ??
    await threshold(db, "SELECT n AS v, count(*) AS n FROM days GROUP BY 1");
  await db.run(
    `CREATE TABLE bots AS SELECT users."index" AS "index", id, max(n) AS n,
       max(struct_pack(n := n, day := -day)).day AS day
     FROM days JOIN users ON users."index" = days."user" WHERE n > ${maxRowsPerDay}
     GROUP BY users."index", id`,
  );
  const examples = await db.query(
    `SELECT id AS "user", strftime(make_timestamp(-day * 86400000000), '%Y-%m-%d') AS day, n AS "rows"
     FROM bots ORDER BY n DESC, id LIMIT ${MAX_EXAMPLES}`,
    z.object({ user: z.string(), day: z.string(), rows: z.number() }),
  );
  const counts = await numbers(
    db,
    `SELECT (SELECT count(*) FROM bots) AS users, (SELECT count(*) FROM "lines"
       WHERE "user" IN (SELECT "index" FROM bots)) AS "rows"`,
    "users",
    "rows",
  );
  return {
    outliers: report,
    bots: { action: bots.action, maxRowsPerDay, ...counts, examples },
    rules: { outlier, bot: `"user" IN (SELECT id FROM bots)` },
  };
}

/**
 * Caps or drops, as the config says. What has no line left is no user and no item: then `users`,
 * `items` and `lines` are numbered anew. Returns how many rows were dropped as bots'.
 */
export async function act(db: Database, { outliers, bots }: Unlikely): Promise<void> {
  const outlier = `abs(quantity) > ${outliers.maxQuantity}`;
  const drop: string[] = [];
  if (outliers.rows > 0 && outliers.action === "cap") {
    await db.run(
      `UPDATE "lines" SET quantity = sign(quantity) * CAST(${outliers.maxQuantity} AS DECIMAL(18, 3))
       WHERE ${outlier}`,
    );
  }
  if (outliers.rows > 0 && outliers.action === "drop") drop.push(outlier);
  if (bots !== null && bots.users > 0 && bots.action === "drop") {
    drop.push(`"user" IN (SELECT "index" FROM bots)`);
  }
  if (drop.length === 0) return;
  await db.run(`DELETE FROM "lines" WHERE ${drop.join(" OR ")}`);
  const renumber = (table: string, column: string) => `
    CREATE TABLE kept_${table} AS SELECT "index" AS old,
      CAST(row_number() OVER (ORDER BY "index") - 1 AS INTEGER) AS "index", id
      FROM ${table} WHERE "index" IN (SELECT ${column} FROM "lines");`;
  await db.run(`
    ${renumber("users", '"user"')}
    ${renumber("items", "item")}
    CREATE TABLE kept_lines AS SELECT u."index" AS "user", i."index" AS item, l."time", l.quantity
      FROM "lines" AS l JOIN kept_users AS u ON u.old = l."user" JOIN kept_items AS i ON i.old = l.item;
    DROP TABLE users; DROP TABLE items; DROP TABLE "lines";
    CREATE TABLE users AS SELECT "index", id FROM kept_users;
    CREATE TABLE items AS SELECT "index", id FROM kept_items;
    ALTER TABLE kept_lines RENAME TO "lines"`);
}

/** `values` gives v and how often (n): a multiple of its 99th percentile. */
async function threshold(db: Database, values: string): Promise<number> {
  const { q } = await numbers(
    db,
    `SELECT coalesce(CAST(min(v) AS DOUBLE), 0) AS q FROM (
       SELECT v, sum(n) OVER (ORDER BY v) AS below, sum(n) OVER () AS total FROM (${values}))
     WHERE below >= 0.99 * total`,
    "q",
  );
  return Math.max(AT_LEAST, TIMES * q);
}
