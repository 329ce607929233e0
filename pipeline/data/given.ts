/** A test part of the user's own, in the ids of the training part. */
import { join } from "node:path";
import { z } from "zod";
import { firstBroken } from "./broken.ts";
import type { InteractionColumns } from "./columns.ts";
import type { Encoding } from "./text.ts";
import { countReasons } from "./dropped.ts";
import { openDuckDB } from "./duckdb.ts";
import type { Interactions } from "./interactions.ts";
import { loadLines } from "./lines.ts";
import { interactionFacts, interactionsFormat } from "./parquet.ts";
import { loadPurchases } from "./purchases.ts";
import { copyToParquet, literal } from "./sql.ts";

export interface Given {
  /** Users and items that training does not know stand behind the known ones, in order of id. */
  readonly interactions: Interactions;
  readonly unknown: {
    readonly users: number;
    readonly items: number;
    readonly interactions: number;
  };
  readonly rows: { readonly read: number; readonly dropped: Readonly<Record<string, number>> };
}

/** Where things lie: the test file, users.parquet and items.parquet of ingest, temporary files. */
export interface GivenPaths {
  readonly file: string;
  readonly users: string;
  readonly items: string;
  readonly scratch: string;
}

const figures = z.object({
  rows: z.number(),
  users: z.number(),
  items: z.number(),
  knownUsers: z.number(),
  knownItems: z.number(),
  unknown: z.number(),
});

/** Reads purchases as `ingest` does. Throws what ingest throws, naming the file. */
export async function readGiven(
  paths: GivenPaths,
  columns: InteractionColumns,
  threads: number,
  encoding: Encoding = "utf-8",
): Promise<Given> {
  const { file, scratch } = paths;
  using db = await openDuckDB({ threads, scratch });
  // The catalogue stands for "take no item columns from the rows": only ids are needed here.
  const config = {
    interactions: columns,
    encoding,
    items: { name: "", brand: "" },
    catalogue: true,
  };
  const purchases = await loadPurchases(db, [file], config);
  const indexed = (table: string, column: string, path: string) => `
    CREATE TABLE ${table} AS SELECT "index", id FROM read_parquet(${literal(path)});
    INSERT INTO ${table}
      SELECT (SELECT count(*) FROM ${table}) + row_number() OVER (ORDER BY id) - 1, id
      FROM (SELECT DISTINCT ${column} AS id FROM found
        WHERE ${column} IS NOT NULL AND ${column} NOT IN (SELECT id FROM ${table}));`;
  await db.run(indexed("users", `"user"`, paths.users));
  await db.run(indexed("items", "item", paths.items));
  await loadLines(db, purchases);
  await db.run(`
    CREATE TABLE interactions AS
      SELECT "user", item, "time", CAST(sum(quantity) AS DOUBLE) AS quantity
      FROM "lines" GROUP BY ALL HAVING sum(quantity) <> 0`);
  const known = (path: string) => `(SELECT count(*) FROM read_parquet(${literal(path)}))`;
  const [found] = await db.query(
    `SELECT (SELECT count(*) FROM "lines") AS "rows",
       (SELECT count(*) FROM users) AS users, (SELECT count(*) FROM items) AS items,
       ${known(paths.users)} AS "knownUsers", ${known(paths.items)} AS "knownItems",
       (SELECT count(*) FROM interactions WHERE "user" >= ${known(paths.users)}
         OR item >= ${known(paths.items)}) AS unknown`,
    figures,
  );
  if (found === undefined) throw new TypeError(`${file} gave no figures`);
  const { users, items } = found;
  const copy = join(scratch, "given.parquet");
  await db.run(copyToParquet(
    `SELECT * FROM interactions ORDER BY "user", item, "time"`,
    copy,
    interactionFacts(users, items, purchases.columns.time !== null),
  ));
  const counts = await countReasons(db);
  const { lines } = await firstBroken(db, 1);
  const dropped: Record<string, number> = lines > 0 ? { "broken line": lines } : {};
  for (const { reason, rows } of counts) dropped[reason] = rows;
  return {
    interactions: await interactionsFormat.read(copy),
    unknown: {
      users: users - found.knownUsers,
      items: items - found.knownItems,
      interactions: found.unknown,
    },
    rows: {
      read: found.rows + Object.values(dropped).reduce((sum, n) => sum + n, 0),
      dropped,
    },
  };
}
