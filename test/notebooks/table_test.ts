import assert from "node:assert/strict";
import { table } from "../../notebooks/lib/table.ts";

Deno.test("table aligns numbers to the right and escapes markup", () => {
  const { html, text } = table(["name", "NDCG"], [["<Wool & silk>", 0.12345], ["cap", null]]);
  assert.equal(
    text,
    "name             NDCG\n" +
      "-------------  ------\n" +
      "<Wool & silk>  0.1235\n" +
      "cap",
  );
  assert.ok(html.includes(`<td align="left">&lt;Wool &amp; silk&gt;</td>`));
  assert.ok(html.includes(`<td align="right">0.1235</td>`));
});

Deno.test("table refuses a row of another length", () => {
  assert.throws(() => table(["a", "b"], [[1]]), /^RangeError: Row 0 has 1 cells for 2 columns/);
});
