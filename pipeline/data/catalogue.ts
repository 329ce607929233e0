/** Users, items and interactions out of the kept purchase rows, in an order that is always the same. */
import { z } from "zod";
import { type ItemColumns, type ItemFields, itemFields, neededOfItems } from "./columns.ts";
import { type Database, numbers } from "./duckdb.ts";
import { insertFrom, itemColumns, itemValues } from "./purchases.ts";
import type { IngestReport } from "./report.ts";
import { identifier } from "./sql.ts";
import { openSource, textOf } from "./source.ts";

const EXAMPLES = 5;

/**
 * Fills table `descriptions` (id, "time", name, brand, a0, …) from a catalogue file; a row without
 * an id is left out. Returns its columns and how many rows were read and dropped.
 */
export async function loadCatalogue(
  db: Database,
  path: string,
  config: { items: ItemColumns; item: string },
): Promise<{ fields: ItemFields; rows: number; dropped: number }> {
  const id = config.items.id ?? config.item;
  const source = await openSource(db, path, neededOfItems(config.items, id));
  const fields = itemFields(config.items, [...source.columns.keys()], [id], false);
  const names = itemColumns(fields.attributes.size);
  await db.run(
    `CREATE TABLE descriptions (id VARCHAR, "time" BIGINT,
       ${names.map((name) => `${name} VARCHAR`).join(", ")})`,
  );
  const values = itemValues(source, fields);
  const { lines } = await insertFrom(
    db,
    source,
    (scan) =>
      `INSERT INTO descriptions SELECT ${textOf(source, id)}, 0, ${values.join(", ")} FROM ${scan}`,
  );
  const { rows, nameless } = await numbers(
    db,
    `SELECT count(*) AS "rows", count(*) - count(id) AS nameless FROM descriptions`,
    "rows",
    "nameless",
  );
  await db.run("DELETE FROM descriptions WHERE id IS NULL");
  return { fields, rows: rows + lines, dropped: lines + nameless };
}

/** Makes `descriptions` a view of the kept purchase rows. */
export async function describeByPurchases(
  db: Database,
  fields: ItemFields,
): Promise<void> {
  await db.run(
    `CREATE VIEW descriptions AS SELECT item AS id, coalesce("time", 0) AS "time",
       ${itemColumns(fields.attributes.size).join(", ")} FROM purchases WHERE reason IS NULL`,
  );
}

/**
 * Makes tables `users` ("index", id), `items` ("index", id, name, brand, attributes) and
 * `interactions` ("user", item, "time", quantity) of all that has a kept row. Ids ascend by their
 * UTF-8 bytes; of several values of an item the latest counts, the greatest of equally late ones.
 */
export async function indexTables(
  db: Database,
  fields: ItemFields,
): Promise<void> {
  const names = itemColumns(fields.attributes.size);
  const stored = ["name", "brand", ...fields.attributes.values()];
  const latest = names.map((name) =>
    `max(struct_pack(t := "time", v := ${name})) FILTER (WHERE ${name} IS NOT NULL).v AS ${name}`
  );
  await db.run(`
    CREATE TABLE users AS SELECT CAST(row_number() OVER (ORDER BY id) - 1 AS INTEGER) AS "index", id
      FROM (SELECT DISTINCT "user" AS id FROM purchases WHERE reason IS NULL);
    CREATE TABLE items AS
      SELECT CAST(row_number() OVER (ORDER BY bought.id) - 1 AS INTEGER) AS "index", bought.id AS id,
        ${names.map((name, at) => `latest.${name} AS ${identifier(stored[at]!)}`).join(", ")}
      FROM (SELECT DISTINCT item AS id FROM purchases WHERE reason IS NULL) AS bought
      LEFT JOIN (SELECT id, ${latest.join(", ")} FROM descriptions GROUP BY id) AS latest
      ON latest.id = bought.id;
    CREATE TABLE interactions AS
      SELECT users."index" AS "user", items."index" AS item, p."time" AS "time",
        CAST(sum(p.quantity) AS DOUBLE) AS quantity
      FROM purchases AS p JOIN users ON users.id = p."user" JOIN items ON items.id = p.item
      WHERE p.reason IS NULL GROUP BY ALL HAVING sum(p.quantity) <> 0`);
}

/** Items with several names: how many, and a few with all their names. */
export async function renamedItems(db: Database): Promise<IngestReport["renamed"]> {
  await db.run(
    `CREATE VIEW renamed AS SELECT id, list(DISTINCT name ORDER BY name) AS names
     FROM descriptions WHERE name IS NOT NULL AND id IN (SELECT id FROM items)
     GROUP BY id HAVING count(DISTINCT name) > 1`,
  );
  const { items } = await numbers(db, "SELECT count(*) AS items FROM renamed", "items");
  const examples = await db.query(
    `SELECT id, items.name AS kept, names[1:${EXAMPLES}] AS names FROM renamed JOIN items USING (id)
     ORDER BY id LIMIT ${EXAMPLES}`,
    z.object({ id: z.string(), kept: z.string(), names: z.array(z.string()) }),
  );
  return { items, examples };
}

/** Figures of the finished tables. */
export async function tableFigures(db: Database) {
  const counts = await numbers(
    db,
    `SELECT (SELECT count(*) FROM purchases) AS "rows",
       (SELECT count(*) FROM purchases WHERE reason IS NULL) AS kept,
       (SELECT count(*) FROM purchases WHERE reason IS NULL AND quantity < 0) AS "returns",
       (SELECT coalesce(sum(n - 1), 0) FROM (SELECT count(*) AS n FROM purchases
         WHERE reason IS NULL GROUP BY "user", item, "time", quantity)) AS duplicates,
       (SELECT count(*) FROM users) AS users, (SELECT count(*) FROM items) AS items,
       (SELECT count(*) FROM interactions) AS interactions,
       (SELECT count(*) FROM (SELECT sum(CAST(quantity AS DECIMAL(38, 3))) AS net FROM interactions
         GROUP BY "user", item) WHERE net > 0) AS pairs,
       (SELECT count(DISTINCT id) FROM descriptions WHERE id NOT IN (SELECT id FROM items)) AS unused,
       (SELECT count(*) FROM items WHERE id NOT IN (SELECT id FROM descriptions)) AS undescribed`,
    "rows",
    "kept",
    "returns",
    "duplicates",
    "users",
    "items",
    "interactions",
    "pairs",
    "unused",
    "undescribed",
  );
  const [facts] = await db.query(
    `SELECT (SELECT min("time") FROM purchases WHERE reason IS NULL) AS first,
       (SELECT max("time") FROM purchases WHERE reason IS NULL) AS last,
       (SELECT coalesce(bool_and(regexp_full_match(id, '0|[1-9][0-9]{0,15}')
         AND TRY_CAST(id AS BIGINT) <= ${Number.MAX_SAFE_INTEGER}), false) FROM items) AS integers`,
    z.object({ first: z.number().nullable(), last: z.number().nullable(), integers: z.boolean() }),
  );
  return { ...counts, ...facts! };
}
