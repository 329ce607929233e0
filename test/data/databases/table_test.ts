import assert from "node:assert/strict";
import { join } from "node:path";
import fc from "../../support/fast_check.ts";
import { asyncBufferFromFile, parquetReadObjects } from "hyparquet";
import { writeRows } from "../../../pipeline/data/databases/table.ts";

type Row = readonly (string | null)[];

async function written(columns: readonly string[], rows: readonly Row[]): Promise<Row[]> {
  const folder = await Deno.makeTempDir();
  try {
    const path = join(folder, "table.parquet");
    const writer = writeRows(path, "query", () => {});
    writer.open(columns);
    for (const row of rows) writer.add(row);
    writer.finish();
    assert.equal(writer.rows, rows.length);
    const found = await parquetReadObjects({ file: await asyncBufferFromFile(path) });
    return found.map((row) => columns.map((name) => row[name]));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("every text and every null comes back, in order", async () => {
  const value = fc.option(fc.string({ unit: "grapheme" }).filter((text) => text.isWellFormed()));
  const rows = fc.array(fc.tuple(value, value, value), { maxLength: 30 });
  await fc.assert(
    fc.asyncProperty(rows, async (rows) => {
      assert.deepEqual(await written(["a", "b", "Ä c"], rows), rows);
    }),
    { numRuns: 30 },
  );
});

Deno.test("more rows than a group, and texts longer than one", async () => {
  const rows = Array.from({ length: 100_001 }, (_, at) => [String(at), at % 3 === 0 ? null : "x"]);
  assert.deepEqual(await written(["a", "b"], rows), rows);
  const long = "ä".repeat(5_000_000);
  assert.deepEqual(await written(["a"], [[long], ["b"], [long]]), [[long], ["b"], [long]]);
});

Deno.test("columns that cannot be told apart are refused, with what to do", () => {
  const open = (columns: readonly string[]) =>
    writeRows("/nonexistent/x", "source.items.query", () => {}).open(columns);
  assert.throws(() => open([]), /source\.items\.query gives no columns/);
  assert.throws(() => open(["id", "ID"]), /several columns "ID": tell them apart by AS/);
  assert.throws(() => open(["id", ""]), /without a name: name it by AS/);
});
