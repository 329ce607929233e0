import assert from "node:assert/strict";
import { join } from "node:path";
import fc from "../support/fast_check.ts";
import { beforeAt } from "../../notebooks/report/before.ts";
import type { Section } from "../../notebooks/report/blocks.ts";
import { markdownReport } from "../../notebooks/report/markdown.ts";
import { FEW, shapeOf } from "../../notebooks/report/shape.ts";
import { inlined } from "../../notebooks/report/svg.ts";
import { pairs } from "../../pipeline/data/interactions.ts";
import { parseLock } from "../../pipeline/engine/lockfile.ts";
import { openGit } from "../../pipeline/revisions/git.ts";
import { purchases, shop as shops } from "../support/parts.ts";
import { noGit } from "../support/repository.ts";
import { HOSTILE, runShop } from "./report_shop.ts";

Deno.test({
  name: `a git revision's lock file is found by the config's path, or its absence is said${
    noGit === undefined ? "" : ` (skipped: ${noGit})`
  }`,
  ignore: noGit !== undefined,
  async fn() {
    await using shop = await runShop({}, { only: "split" });
    const { root, lockPath } = shop.workspace;
    const lock = await Deno.readTextFile(lockPath);
    const git = (...args: string[]) =>
      openGit(root)("-c", "user.name=Test", "-c", "user.email=test@example.org", ...args);
    await git("init", "--quiet", "--initial-branch=main");
    await Deno.mkdir(join(root, "examples"));
    await Deno.writeTextFile(join(root, "examples", "shop.lock.json"), lock);
    await git("add", "examples");
    await git("commit", "--quiet", "--message", "A run");
    const { name, stages } = await beforeAt(shop.workspace, "examples/shop.json", "main");
    assert.match(name, /^[0-9a-f]{12} \(main\)$/);
    assert.deepEqual(stages, parseLock(lock, "lock"));
    const asked = (config: string, revision: string) => beforeAt(shop.workspace, config, revision);
    await assert.rejects(
      asked("pipeline.json", "main"),
      /^UsageError: [0-9a-f]{12} has no pipeline\.lock/,
    );
    await assert.rejects(
      asked("../shop.json", "main"),
      /^UsageError: [0-9a-f]{12} has no \.\.\/shop\.lock/,
    );
    await assert.rejects(asked("examples/shop.json", "--all"), /"--all" is no revision/);
  },
});

Deno.test("an inlined drawing has ids of its own, and words for who cannot see it", () => {
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" class="marks"><clipPath id="clip0"/>` +
    `<g clip-path="url(#clip0)" aria-roledescription="axis"><text>role="x" &lt;b&gt;</text></g></svg>`;
  assert.equal(
    inlined(svg, "figure1", `a "b" <c>`),
    `<svg role="img" aria-label="a &quot;b&quot; &lt;c&gt;"><clipPath id="figure1-clip0"/>` +
      `<g clip-path="url(#figure1-clip0)"><text>role="x" &lt;b&gt;</text></g></svg>`,
  );
});

Deno.test("hostile names are text in Markdown", () => {
  const block = (text: string): Section => ({
    id: "a",
    title: text,
    blocks: [
      { kind: "text", text },
      { kind: "table", caption: text, columns: ["name"], rows: [[text]] },
      { kind: "details", summary: text, blocks: [{ kind: "list", items: [text] }] },
    ],
  });
  const text = markdownReport("x", [block(HOSTILE.markdown), block(HOSTILE.name)]);
  assert.doesNotMatch(text, /@admin|http:\/\/|(?<!\\)<(?:img|!--)/);
  // A summary is HTML, in which Markdown means nothing.
  assert.doesNotMatch(text.replace(/<summary>.*/g, ""), /(?<!\\)[[`]/);
  for (const line of text.split("\n")) {
    if (line.startsWith("|")) assert.equal(line.match(/(?<!\\)\|/g)?.length, 2, line);
  }
});

Deno.test("a long list is cut in Markdown, which must fit into a comment", () => {
  const items = Array.from({ length: 30 }, (_, n) => `part ${n}`);
  const text = markdownReport("x", [{ id: "a", title: "a", blocks: [{ kind: "list", items }] }]);
  assert.match(text, /- part 19\n- and 10 more: the page has them\n$/);
});

Deno.test("the shape of purchases adds up to them", () => {
  fc.assert(fc.property(shops, (bought) => {
    const { tail, customers, weeks } = shapeOf(bought);
    const { indptr, indices } = pairs(bought);
    assert.equal(
      customers.reduce((sum, { customers }) => sum + customers, 0),
      [...indptr].slice(1).filter((end, user) => end > indptr[user]!).length,
    );
    assert.equal(
      weeks.reduce((sum, { purchases }) => sum + purchases, 0),
      bought.quantity.filter((quantity) => quantity > 0).length,
    );
    assert.equal(tail.items, new Set(indices).size);
    // There are no more customers than would make a product a common one.
    assert.ok(bought.users < FEW && tail.rare === tail.items);
    assert.deepEqual(
      tail.ranks.map(({ buyers }) => buyers),
      tail.ranks.map(({ buyers }) => buyers)
        .toSorted((a, b) => b - a),
    );
  }));
});

Deno.test("seasons are told from whole years alone", () => {
  // One purchase a day: 366 days of 2024, then January and February of 2025 again.
  const days = (count: number) =>
    purchases(Array.from({ length: count }, (_, n) => [0, n, 19_723 + n, 1]));
  assert.deepEqual(shapeOf(days(200)).months, []);
  const { months } = shapeOf(days(366 + 59));
  assert.deepEqual(months.map(({ month }) => month), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
  for (const { month, relative } of months) {
    assert.ok(Math.abs(relative - 1) < 0.1, `month ${month}: ${relative}`);
  }
  assert.deepEqual(shapeOf(purchases([[0, 0, 0, 1]], { timed: false })).weeks, []);
});
