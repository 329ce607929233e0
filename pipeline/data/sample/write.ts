/** The sample's purchases as the CSV that the replaced service read. DuckDB writes it. */
import { join } from "node:path";
import type { Database } from "../duckdb.ts";
import { writeTable } from "../parquet.ts";
import { literal } from "../sql.ts";
import { FAULTS, type OrderLines } from "./orders.ts";
import type { Shop } from "./shop.ts";
import { CATEGORIES } from "./words.ts";

/** What an interrupted export leaves at the end of a file: a line that breaks off. */
const CUT_OFF = "6f1d0c2b9be84b7c9a0d3c55e2f7a813,2025-06-";

/** Writes `lines` in the order of their times to `path`. */
export async function writePurchases(
  db: Database,
  path: string,
  { products, customers }: Shop,
  lines: OrderLines,
): Promise<void> {
  const table = (name: string) => join(db.scratch, `${name}.parquet`);
  await writeTable(table("customers"), [
    whole("number", customers.map((_, at) => at)),
    text("id", customers.map(({ id }) => id)),
  ]);
  await writeTable(table("products"), [
    whole("number", products.map((_, at) => at)),
    text("id", products.map(({ id }) => id)),
    text("name", products.map(({ name }) => name)),
    text("brand", products.map(({ brand }) => brand)),
    text("category", products.map(({ category }) => CATEGORIES[category]!.name)),
    text("new_name", products.map(({ newName, name }) => newName ?? name)),
    whole("renamed_at", products.map(({ renamedAt }) => renamedAt)),
  ]);
  await writeTable(table("lines"), [
    whole("number", lines.user.map((_, at) => at)),
    ...(["user", "item", "time", "quantity", "fault"] as const).map((name) =>
      whole(name, lines[name])
    ),
  ]);
  const unless = (what: (typeof FAULTS)[number], instead: string, value: string) =>
    `CASE WHEN fault = ${FAULTS.indexOf(what)} THEN ${instead} ELSE ${value} END`;
  const stamp = `strftime(make_timestamp(CAST("time" AS BIGINT) * 1000000), '%Y-%m-%dT%H:%M:%SZ')`;
  const quantity = unless("quantity zero", "'0'", "CAST(quantity AS VARCHAR)");
  const read = (name: string) => `read_parquet(${literal(table(name))})`;
  await db.run(
    `COPY (SELECT ${unless("no user", "NULL", "customers.id")} AS user_id_hash,
        ${unless("impossible date", "'2025-02-30T00:00:00Z'", stamp)} AS ordered_at,
        ${unless("quantity in words", "'one'", quantity)} AS quantity,
        ${unless("no item", "NULL", "products.id")} AS catalog_item_id,
        CASE WHEN "time" >= renamed_at THEN new_name ELSE name END AS catalog_item_name,
        brand AS brand_name, category
      FROM ${read("lines")} AS lines
      JOIN ${read("customers")} AS customers ON customers.number = "user"
      JOIN ${read("products")} AS products ON products.number = item
      ORDER BY "time", lines.number)
    TO ${literal(path)} (FORMAT csv, HEADER)`,
  );
  await Deno.writeTextFile(path, CUT_OFF + "\n", { append: true });
}

function whole(name: string, values: readonly number[]) {
  return { name, type: "INT32" as const, data: Int32Array.from(values), nullable: false };
}

function text(name: string, values: readonly string[]) {
  return { name, type: "STRING" as const, data: [...values], nullable: false };
}
