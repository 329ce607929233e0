/** The sample's purchases as the CSV that the replaced service read. DuckDB writes it. */
import { type DuckDBConnection, INTEGER, VARCHAR } from "@duckdb/node-api";
import { literal, openDuckDB } from "../duckdb.ts";
import { append } from "../parquet.ts";
import { FAULTS, type OrderLines } from "./orders.ts";
import type { Shop } from "./shop.ts";
import { CATEGORIES } from "./words.ts";

/** What an interrupted export leaves at the end of a file: a line that breaks off. */
const CUT_OFF = "6f1d0c2b9be84b7c9a0d3c55e2f7a813,2025-06-";

/** Writes `lines` in the order of their times to `path`. */
export async function writePurchases(
  path: string,
  { products, customers }: Shop,
  lines: OrderLines,
): Promise<void> {
  using db = await openDuckDB();
  const { connection } = db;
  await fill(connection, "customers (number INTEGER, id VARCHAR)", customers.length, (at) => [
    at,
    customers[at]!.id,
  ], [INTEGER, VARCHAR]);
  await fill(
    connection,
    "products (number INTEGER, id VARCHAR, name VARCHAR, brand VARCHAR, category VARCHAR, " +
      "new_name VARCHAR, renamed_at INTEGER)",
    products.length,
    (at) => {
      const { id, name, brand, category, newName, renamedAt } = products[at]!;
      const { name: label } = CATEGORIES[category]!;
      return [at, id, name, brand, label, newName ?? name, renamedAt];
    },
    [INTEGER, VARCHAR, VARCHAR, VARCHAR, VARCHAR, VARCHAR, INTEGER],
  );
  const { user, item, time, quantity, fault } = lines;
  await fill(
    connection,
    `lines (number INTEGER, "user" INTEGER, item INTEGER, "time" INTEGER, quantity INTEGER, fault INTEGER)`,
    user.length,
    (at) => [at, user[at]!, item[at]!, time[at]!, quantity[at]!, fault[at]!],
    [INTEGER, INTEGER, INTEGER, INTEGER, INTEGER, INTEGER],
  );
  const unless = (what: (typeof FAULTS)[number], instead: string, value: string) =>
    `CASE WHEN fault = ${FAULTS.indexOf(what)} THEN ${instead} ELSE ${value} END`;
  const stamp = `strftime(make_timestamp(CAST("time" AS BIGINT) * 1000000), '%Y-%m-%dT%H:%M:%SZ')`;
  await connection.run(
    `COPY (SELECT ${unless("no user", "NULL", "customers.id")} AS user_id_hash,
        ${unless("impossible date", "'2025-02-30T00:00:00Z'", stamp)} AS ordered_at,
        ${
      unless(
        "quantity in words",
        "'one'",
        unless("quantity zero", "'0'", "CAST(quantity AS VARCHAR)"),
      )
    } AS quantity,
        ${unless("no item", "NULL", "products.id")} AS catalog_item_id,
        CASE WHEN "time" >= renamed_at THEN new_name ELSE name END AS catalog_item_name,
        brand AS brand_name, category
      FROM lines JOIN customers ON customers.number = "user" JOIN products ON products.number = item
      ORDER BY "time", lines.number)
    TO ${literal(path)} (FORMAT csv, HEADER)`,
  );
  await Deno.writeTextFile(path, CUT_OFF + "\n", { append: true });
}

async function fill(
  connection: DuckDBConnection,
  table: string,
  rows: number,
  row: Parameters<typeof append>[4],
  types: Parameters<typeof append>[2],
): Promise<void> {
  await connection.run(`CREATE TABLE ${table}`);
  await append(connection, table.split(" ")[0]!, types, rows, row);
}
