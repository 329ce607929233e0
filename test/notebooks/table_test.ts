import assert from "node:assert/strict";
import { percent, signed } from "../../notebooks/lib/numbers.ts";
import { escapeMarkdown, table } from "../../notebooks/lib/table.ts";

Deno.test("table aligns numbers to the right and escapes markup", () => {
  const { html, text } = table(["name", "NDCG"], [["<Wool & silk>", 0.12345], ["cap", null]]);
  assert.equal(
    text,
    "name             NDCG\n" +
      "-------------  ------\n" +
      "<Wool & silk>  0.1235\n" +
      "cap",
  );
  assert.ok(
    html.includes(`<td align="left" style="text-align: left">&lt;Wool &amp; silk&gt;</td>`),
  );
  assert.ok(
    html.includes(`<td align="right" style="text-align: right; white-space: nowrap">0.1235</td>`),
  );
});

Deno.test("table refuses a row of another length", () => {
  assert.throws(() => table(["a", "b"], [[1]]), /^RangeError: Row 0 has 1 cells for 2 columns/);
});

Deno.test("a column's numbers have the same decimals, as many as are worth reading", () => {
  const text = (rows: readonly (readonly (number | string | null)[])[]) =>
    table(["n"], rows).text.split("\n").slice(2);
  assert.deepEqual(text([[49028], [3]]), ["49,028", "     3"]);
  assert.deepEqual(text([[0.5], [2]]), ["0.5000", "2.0000"]);
  assert.deepEqual(text([[12.345], [2]]), ["12.35", " 2.00"]);
  assert.deepEqual(text([[1234.5], [0.25]]), ["1,235", "    0"]);
});

Deno.test("a column with a format shows its numbers by it", () => {
  const { text } = table(
    ["group", { name: "share", format: percent }, { name: "change", format: signed }],
    [["new", 0.1234, -0.5], ["old", 1, 0.25]],
  );
  assert.deepEqual(text.split("\n").slice(2), [
    "new     12.3%  −0.5000",
    "old    100.0%  +0.2500",
  ]);
});

Deno.test("a table with a caption says which cells are headings", () => {
  const { html, markdown } = table(["model", "a|b"], [["als <i>", 2]], {
    caption: "How <good>",
    rowHeaders: true,
  });
  assert.match(html, /^<table>\n<caption>How &lt;good&gt;<\/caption>\n<thead><tr><th scope="col" /);
  assert.match(html, /<tr><th scope="row" [^>]*>als &lt;i&gt;<\/th><td /);
  assert.equal(markdown, "| model | a\\|b |\n|---|--:|\n| als \\<i> | 2 |");
});

Deno.test("escaped text calls nobody and links nowhere in Markdown", () => {
  const shown = (text: string) => escapeMarkdown(text).replaceAll("\u200b", "·");
  assert.equal(shown("NDCG@10 of a_b"), "NDCG@10 of a\\_b");
  assert.equal(shown("@team, mail@shop.example"), "@·team, mail@·shop.example");
  assert.equal(shown("https://x.example www.x.example"), "https:·//x.example www.·x.example");
  assert.equal(
    shown("two\nlines [a](b) <b> `c` $d$"),
    "two lines \\[a\\](b) \\<b> \\`c\\` \\$d\\$",
  );
});
