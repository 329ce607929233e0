import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { sourceSchema } from "../../pipeline/config/source.ts";
import { pairs } from "../../pipeline/data/interactions.ts";
import { runIngest } from "../support/ingest.ts";

const journey = fileURLToPath(
  new URL("../../../shared/data/complete-journey/", import.meta.url),
);
const missing = await Deno.stat(journey).then(() => false, () => true);

Deno.test({
  name: `ingest: Complete Journey${missing ? " (skipped: ../shared/data is not there)" : ""}`,
  ignore: missing,
  async fn() {
    const example = new URL("../../examples/complete-journey.json", import.meta.url);
    const { interactions, items } = sourceSchema.parse(
      JSON.parse(await Deno.readTextFile(example)).source,
    );
    await using out = await runIngest([join(journey, "transactions.parquet")], {
      catalogue: join(journey, "products.parquet"),
      interactions: interactions.columns,
      items: items.columns,
    });
    const report = await out.report.read();
    assert.equal(report.rows.read, 1_469_307);
    assert.deepEqual(Object.keys(report.dropped), ["zero quantity"]);
    assert.equal(report.rows.dropped, 8_869);
    // Fuel, in thousandths of a gallon. Nobody shops like a machine.
    assert.deepEqual([report.outliers.maxQuantity, report.outliers.rows], [120, 13_508]);
    assert.equal(report.bots?.users, 0);
    assert.equal(report.users, 2_469);
    // 68,509 products in 867,688 pairs, less those with no row of any quantity.
    assert.deepEqual([report.items, report.pairs], [68_260, 863_378]);
    assert.equal(report.catalogue?.rows, 92_331);
    assert.equal(pairs(await out.interactions.read()).indices.length, report.pairs);
  },
});
