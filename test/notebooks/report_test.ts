import assert from "node:assert/strict";
import { keepReported, previousOf, reported } from "../../notebooks/report/before.ts";
import type { Block, Figure, Section, TableBlock } from "../../notebooks/report/blocks.ts";
import { differenceFrom } from "../../notebooks/report/difference.ts";
import { htmlReport } from "../../notebooks/report/html.ts";
import { markdownReport } from "../../notebooks/report/markdown.ts";
import { readRun, type RunData } from "../../notebooks/report/read_run.ts";
import { reportSections } from "../../notebooks/report/sections.ts";
import { parseLock } from "../../pipeline/engine/lockfile.ts";
import { runShop, type ShopRun } from "./report_shop.ts";

const SIGNIFICANCE = { resamples: 100 };
const NO_BASELINES = { recentPopularity: null, itemKnn: null, ease: null };

const read = ({ workspace }: ShopRun, customers = true) =>
  readRun(workspace, "pipeline.json", customers);

/** A picture that says what it was drawn from. */
const draw = (figure: Figure) =>
  Promise.resolve(
    `<svg xmlns="http://www.w3.org/2000/svg"><text id="a">${figure.kind}</text></svg>`,
  );

const page = (sections: readonly Section[]) => htmlReport("Report of a shop", sections, draw);

function tables(blocks: readonly Block[]): TableBlock[] {
  return blocks.flatMap((block) =>
    block.kind === "table" ? [block] : block.kind === "details" ? tables(block.blocks) : []
  );
}

function tableOf(sections: readonly Section[], caption: RegExp): TableBlock {
  const found = tables(sections.flatMap(({ blocks }) => blocks))
    .filter((table) => caption.test(table.caption));
  assert.equal(found.length, 1, `one table ${caption}`);
  return found[0]!;
}

const row = ({ rows }: TableBlock, name: string) => rows.find(([first]) => first === name);

Deno.test("a report has all sections, and the figures of the artifacts", async () => {
  await using shop = await runShop({
    split: { strategy: "temporal", days: 28, rolling: { cuts: 2, everyDays: 28 } },
    evaluate: { baselines: { ...NO_BASELINES, itemKnn: {} }, significance: SIGNIFICANCE },
  }, { only: "rolling" });
  const run = await read(shop);
  const sections = reportSections(run, undefined);
  assert.deepEqual(sections.map(({ id }) => id), [
    ...["summary", "changes", "data", "split", "metrics", "slices", "beyond"],
    ...["rolling", "customers", "training", "provenance"],
  ]);
  figuresAgree(run, sections);
  const html = await page(sections);
  for (const { id } of sections) {
    assert.ok(html.includes(`<a href="#${id}">`) && html.includes(`<h2 id="${id}">`), id);
  }
  assertHarmless(html);
  assert.ok(html.includes("&lt;script&gt;alert('brand')&lt;/script&gt;"));
  assert.match(html, /<th scope="col"/);
  assert.match(html, /<th scope="row"/);
  assert.equal(html.match(/<table>/g)?.length, html.match(/<caption>/g)?.length);
  assert.equal(await page(sections), html);

  const markdown = markdownReport("Report", sections);
  assert.doesNotMatch(markdown, /<(?!\/?(?:details|summary)>)(?<!\\<)/);
  assert.doesNotMatch(markdown, /(?<!\w)@admin|\]\(http|http:\/\//);
  for (const { example: { customer } } of run.customers) {
    assert.ok(html.includes(customer) && !markdown.includes(customer), customer);
  }
  const alone = await read(shop, false);
  const without = reportSections(alone, undefined);
  assert.deepEqual(
    sections.map(({ id }) => id).filter((id) => id !== "customers"),
    without.map(({ id }) => id),
  );
  assert.ok(run.ingest.rows.dropped > 0 && html.includes("Dropped rows"));
  assert.ok(!(await page(without)).includes("Dropped rows"));
  await comparesWithThePrevious(shop, run);
});

function figuresAgree(run: RunData, sections: readonly Section[]): void {
  const { evaluation, ingest, rolling, history } = run;
  const ingested = tableOf(sections, /^What ingest read/);
  assert.equal(row(ingested, "rows read")?.[1], ingest.rows.read);
  assert.equal(row(ingested, "rows dropped")?.[1], ingest.rows.dropped);
  for (const [reason, { rows }] of Object.entries(ingest.dropped)) {
    assert.equal(row(ingested, `… ${reason}`)?.[1], rows, reason);
  }
  const names = [
    evaluation.model,
    ...Object.keys(evaluation.models)
      .filter((name) => name !== evaluation.model),
  ];
  const ranking = tableOf(sections, /^All ranking metrics/);
  assert.deepEqual(
    row(ranking, "NDCG@10")?.slice(1),
    names.map((name) => evaluation.models[name]?.["ndcg@10"]),
  );
  const beyond = tableOf(sections, /^What the lists are like/);
  assert.equal(row(beyond, "Catalogue coverage@10")?.[1], evaluation.models.als?.["coverage@10"]);
  // Every figure of the trained model stands in one of the two.
  assert.equal(
    ranking.rows.length + beyond.rows.length,
    Object.keys(evaluation.models.als ?? {}).length,
  );
  const said = tableOf(sections, /^NDCG@10, and what/);
  const [low, high] = evaluation.intervals.als?.["ndcg@10"] ?? [];
  assert.equal(
    row(said, "als")?.[1],
    `${evaluation.models.als?.["ndcg@10"]?.toFixed(4)} (${low?.toFixed(4)} to ${high?.toFixed(4)})`,
  );
  assert.equal(
    tableOf(sections, /^als beside each baseline$/).rows.length,
    evaluation.comparisons.length,
  );
  for (const { baseline, metric, verdict } of evaluation.comparisons) {
    if (metric !== "ndcg@10") continue;
    const words = row(said, baseline)?.[4];
    assert.ok(typeof words === "string" && words.includes(verdict) && words.endsWith(baseline));
  }
  const cuts = tableOf(sections, /^NDCG@10 by cut$/);
  assert.deepEqual(
    cuts.rows.slice(0, 2).map(([, users, leak]) => [users, leak]),
    rolling?.cuts.map(({ users, leak }) => [users, leak]),
  );
  const sweeps = tableOf(sections, /^Objective and validation/);
  assert.equal(
    sweeps.rows.length,
    Math.max(history.sweeps.length, history.selection?.sweeps.length ?? 0),
  );
  const chain = tableOf(sections, /^The chain$/);
  assert.deepEqual(chain.rows.map(([stage]) => stage), [...run.stages.keys()]);
  assert.match(String(row(chain, "train")?.[2]), /train: split\.train/);
}

function assertHarmless(html: string): void {
  assert.doesNotMatch(html, /<(?:script|img|link|iframe|object|embed|form)\b/i);
  // Text may be an address; nothing may lead there.
  assert.doesNotMatch(
    html,
    /(?:src|srcset|action|data|xmlns|(?:xlink:)?href)="(?!#)|url\((?!#)|@import/,
  );
  assert.match(html, /http-equiv="Content-Security-Policy" content="default-src 'none'/);
}

async function comparesWithThePrevious(shop: ShopRun, before: RunData): Promise<void> {
  const { workspace } = shop;
  const text = await Deno.readTextFile(workspace.lockPath);
  const first = await reported(workspace, "pipeline.json", text);
  assert.equal(previousOf(first), undefined);
  await keepReported(workspace, "pipeline.json", first);
  assert.deepEqual(await reported(workspace, "pipeline.json", text), first);

  await shop.again({ "train.lambda": 300 });
  const changed = await Deno.readTextFile(workspace.lockPath);
  const second = await reported(workspace, "pipeline.json", changed);
  await keepReported(workspace, "pipeline.json", second);
  // Made again, the report is compared with what it was compared with before.
  assert.deepEqual(await reported(workspace, "pipeline.json", changed), second);
  const previous = previousOf(second);
  assert.ok(previous);
  assert.deepEqual(previous.stages, parseLock(text, "lock"));

  const run = await read(shop);
  const { significance } = run.evaluation;
  const difference = await differenceFrom(previous, run.stages, significance, workspace.store);
  const kinds = new Map(difference.stages.map(({ stage, kind }) => [stage, kind]));
  assert.equal(kinds.get("ingest"), "same");
  assert.equal(kinds.get("train"), "outputs");
  const ndcg = difference.metrics?.metrics.find(({ metric }) => metric === "ndcg@10");
  // With several cuts all of them are pooled.
  const pooled = ({ rolling }: RunData) => rolling?.pooled.models.als?.["ndcg@10"]?.pooled ?? NaN;
  assert.ok(Math.abs((ndcg?.old ?? 0) - pooled(before)) < 1e-12);
  assert.ok(Math.abs((ndcg?.new ?? 0) - pooled(run)) < 1e-12);
  const sections = reportSections(run, difference);
  const lines = JSON.stringify(sections.find(({ id }) => id === "changes"));
  assert.match(lines, /param lambda: 3 -> 300/);
  assert.match(JSON.stringify(sections[0]), /train lambda: 3 -> 300/);
  assertHarmless(await page(sections));

  // Where the store lost the values by user, nothing is said of how sure a difference is.
  const lost = previous.stages.get("evaluate")?.outputs.perUser;
  assert.ok(lost);
  await Deno.remove(workspace.store.path(lost));
  const bare = await differenceFrom(previous, run.stages, significance, workspace.store);
  assert.equal(bare.metrics, undefined);
  assert.equal(
    bare.figures.find(({ metric }) => metric === "ndcg@10")?.new,
    run.evaluation.models.als?.["ndcg@10"],
  );
  const verdicts = tableOf(reportSections(run, bare), /Figures of als in both runs/);
  assert.deepEqual(verdicts.columns.length, 3);
}

Deno.test("a report of lmf without times, slices, baselines or early stopping", async () => {
  await using shop = await runShop({
    train: { model: "lmf", factors: 2, iterations: 2, threads: 1, earlyStopping: false },
    evaluate: {
      k: [5],
      slices: null,
      baselines: { ...NO_BASELINES, popularity: null },
      significance: SIGNIFICANCE,
    },
  }, { timed: false });
  const run = await read(shop);
  const sections = reportSections(run, undefined);
  assert.deepEqual(sections.map(({ id }) => id), [
    ...["summary", "changes", "data", "split", "metrics", "beyond"],
    ...["customers", "training", "provenance"],
  ]);
  assert.match(JSON.stringify(sections[0]), /lmf reaches NDCG@5/);
  assertHarmless(await page(sections));
  markdownReport("Report", sections);
});

Deno.test("customers that are held out are shown by what is folded in", async () => {
  await using shop = await runShop({
    split: { strategy: "held-out-users" },
    evaluate: { baselines: NO_BASELINES, significance: SIGNIFICANCE },
  });
  const run = await read(shop);
  assert.ok(run.customers.length >= 3);
  for (const { example } of run.customers) assert.ok(example.recommendations.length > 0);
  const best = run.customers.find(({ why }) => why === "Served best");
  assert.ok((best?.ndcg ?? 0) > 0 && best?.example.recommendations.length === 5);
  const leak = reportSections(run, undefined).find(({ id }) => id === "split");
  assert.ok(leak?.blocks.some(({ kind }) => kind === "warning"));
});

Deno.test("what is missing is said with the remedy", async () => {
  await using shop = await runShop({
    evaluate: { baselines: NO_BASELINES, significance: SIGNIFICANCE, slices: null },
  });
  const { workspace } = shop;
  const { stages } = await read(shop);
  const metrics = stages.get("evaluate")?.outputs.metrics;
  assert.ok(metrics);
  const path = workspace.store.path(metrics);
  await Deno.chmod(path, 0o644);
  await Deno.writeTextFile(path, "{}");
  await assert.rejects(read(shop), /store lacks evaluate\.metrics of the last run .* damaged/);
  const lock = JSON.parse(await Deno.readTextFile(workspace.lockPath));
  delete lock.stages.evaluate;
  await Deno.writeTextFile(workspace.lockPath, JSON.stringify(lock));
  await assert.rejects(read(shop), /has no evaluate\.metrics: there is nothing to report/);
});
