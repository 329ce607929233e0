/** Users, items and interactions out of what was found, in an order that is always the same. */
import { z } from "zod";
import { createBroken } from "./broken.ts";
import { type ItemColumns, type ItemFields, itemFields, neededOfItems } from "./columns.ts";
import type { Encoding } from "./text.ts";
import { type Database, numbers } from "./duckdb.ts";
import { brokenRows, rowWithoutId } from "./dropped.ts";
import { readOnce } from "./purchases.ts";
import { type IngestReport, MAX_EXAMPLES } from "./report.ts";
import { itemColumns, itemValues } from "./rows.ts";
import { identifier } from "./sql.ts";
import { openSources, requireColumns } from "./source.ts";
import { refuse } from "./strict.ts";
import { textOf } from "./values.ts";

export interface Catalogue {
  readonly fields: ItemFields;
  readonly rows: number;
  readonly dropped: number;
}

/** Number of the catalogue among the sources of table `broken`: apart from those of purchases. */
const CATALOGUE = -1;

/**
 * Fills table `descriptions` (id, "time", name, brand, a0, …) from a catalogue file; a row without
 * an id is left out. Returns its columns and how many rows were read and dropped. Throws as
 * `loadPurchases` does, and `SyntaxError` where a row is left out though `strict` is set.
 */
export async function loadCatalogue(
  db: Database,
  path: string,
  config: { items: ItemColumns; item: string; encoding: Encoding; strict: boolean },
): Promise<Catalogue> {
  const id = config.items.id ?? config.item;
  const needed = neededOfItems(config.items, id);
  const wanted = needed.map(({ column }) => column);
  const [source] = await openSources(db, [path], config.encoding, wanted);
  if (source === undefined) throw new TypeError(`${path} gave no source`);
  requireColumns(source, needed);
  const fields = itemFields(config.items, [...source.columns.keys()], [id], false);
  const names = itemColumns(fields.attributes.size);
  await db.run(
    `CREATE TABLE descriptions (id VARCHAR, "time" BIGINT,
       ${names.map((name) => `${name} VARCHAR`).join(", ")})`,
  );
  await createBroken(db);
  const values = [textOf(source.columns, id), "0", ...itemValues(source.columns, fields)];
  await readOnce(
    db,
    source,
    CATALOGUE,
    (scan) => `INSERT INTO descriptions SELECT ${values.join(", ")} FROM ${scan}`,
  );
  const { rows, nameless, broken } = await numbers(
    db,
    `SELECT count(*) AS "rows", count(*) - count(id) AS nameless,
       (SELECT count(*) FROM broken WHERE source = ${CATALOGUE}) AS broken FROM descriptions`,
    "rows",
    "nameless",
    "broken",
  );
  if (config.strict && broken + nameless > 0) {
    const counts = { "broken line": broken, "row without an id": nameless };
    const named = { sources: [{ ...source, serial: true }], label: () => path };
    const [line] = broken > 0 ? (await brokenRows(db, named)).rows : [];
    const unnamed = nameless > 0 ? await rowWithoutId(db, source, id) : undefined;
    const first = [line, unnamed].filter((row) => row !== undefined)
      .sort((a, b) => a.place - b.place)[0];
    if (first !== undefined) refuse(first, counts);
  }
  await db.run(`DELETE FROM descriptions WHERE id IS NULL;
    DELETE FROM broken WHERE source = ${CATALOGUE}`);
  return { fields, rows: rows + broken, dropped: broken + nameless };
}

/** Makes `descriptions` a view of the items' texts in the usable purchase rows. */
export async function describeByPurchases(
  db: Database,
  fields: ItemFields,
): Promise<void> {
  await db.run(
    `CREATE VIEW descriptions AS SELECT item AS id, coalesce("time", 0) AS "time",
       ${itemColumns(fields.attributes.size).join(", ")} FROM found WHERE item IS NOT NULL`,
  );
}

/** Makes tables `users` and `items` ("index", id) of table `found`: ids ascend by their UTF-8 bytes. */
export async function numberIds(db: Database): Promise<void> {
  for (const [table, column] of [["users", `"user"`], ["items", "item"]]) {
    await db.run(
      `CREATE TABLE ${table} AS SELECT CAST(row_number() OVER (ORDER BY id) - 1 AS INTEGER) AS "index", id
       FROM (SELECT DISTINCT ${column} AS id FROM found WHERE ${column} IS NOT NULL)`,
    );
  }
}

/**
 * Makes table `described` ("index", id, name, brand, attributes) of the items, of several values of one
 * the latest, the greatest of equally late ones; and `interactions` ("user", item, "time", quantity, n)
 * of table `lines`, n being how many of them.
 */
export async function describeAndNet(
  db: Database,
  fields: ItemFields,
): Promise<void> {
  const names = itemColumns(fields.attributes.size);
  const stored = ["name", "brand", ...fields.attributes.values()];
  const latest = names.map((name) =>
    `max(struct_pack(t := "time", v := ${name})) FILTER (WHERE ${name} IS NOT NULL).v AS ${name}`
  );
  await db.run(`
    CREATE TABLE several AS SELECT id FROM descriptions GROUP BY id HAVING count(*) > 1;
    CREATE TABLE described AS
      SELECT items."index" AS "index", items.id AS id,
        ${names.map((name, at) => `latest.${name} AS ${identifier(stored[at]!)}`).join(", ")}
      FROM items LEFT JOIN (
        SELECT id, ${names.join(", ")} FROM descriptions WHERE id NOT IN (SELECT id FROM several)
        UNION ALL
        SELECT id, ${latest.join(", ")} FROM descriptions
        WHERE id IN (SELECT id FROM several) GROUP BY id) AS latest ON latest.id = items.id;
    CREATE TABLE interactions AS
      SELECT "user", item, "time", CAST(sum(quantity) AS DOUBLE) AS quantity, count(*) AS n
      FROM "lines" GROUP BY "user", item, "time"`);
}

/** Items with several names: how many, and a few with all their names. */
export async function renamedItems(db: Database): Promise<IngestReport["renamed"]> {
  await db.run(
    `CREATE VIEW renamed AS SELECT id, list(DISTINCT name ORDER BY name) AS names
     FROM descriptions WHERE name IS NOT NULL AND id IN (SELECT id FROM items)
     GROUP BY id HAVING min(name) <> max(name)`,
  );
  const { items } = await numbers(db, "SELECT count(*) AS items FROM renamed", "items");
  const examples = await db.query(
    `SELECT id, described.name AS kept, names[1:${MAX_EXAMPLES}] AS names
     FROM renamed JOIN described USING (id) ORDER BY id LIMIT ${MAX_EXAMPLES}`,
    z.object({ id: z.string(), kept: z.string(), names: z.array(z.string()) }),
  );
  return { items, examples };
}

/** Figures of the finished tables. */
export async function tableFigures(db: Database) {
  const counts = await numbers(
    db,
    `SELECT (SELECT count(*) FROM "lines") AS kept,
       (SELECT count(*) FROM "lines" WHERE quantity < 0) AS "returns",
       (SELECT coalesce(sum(n - 1), 0) FROM (SELECT count(*) AS n FROM "lines" SEMI JOIN
           (SELECT * FROM interactions WHERE n > 1) AS several
           USING ("user", item) GROUP BY "user", item, "time", "lines".quantity)) AS duplicates,
       (SELECT count(*) FROM users) AS users, (SELECT count(*) FROM items) AS items,
       (SELECT count(*) FROM interactions WHERE quantity <> 0) AS interactions,
       (SELECT count(*) FROM (SELECT sum(quantity) AS net FROM "lines" GROUP BY "user", item)
         WHERE net > 0) AS pairs,
       (SELECT count(DISTINCT id) FROM descriptions WHERE id NOT IN (SELECT id FROM items)) AS unused,
       (SELECT count(*) FROM items WHERE id NOT IN (SELECT id FROM descriptions)) AS undescribed`,
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
    `SELECT (SELECT min("time") FROM "lines") AS first, (SELECT max("time") FROM "lines") AS last,
       (SELECT coalesce(bool_and(regexp_full_match(id, '0|[1-9][0-9]{0,15}')
         AND TRY_CAST(id AS BIGINT) <= ${Number.MAX_SAFE_INTEGER}), false) FROM items) AS integers`,
    z.object({ first: z.number().nullable(), last: z.number().nullable(), integers: z.boolean() }),
  );
  return { ...counts, ...facts! };
}
