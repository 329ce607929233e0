import assert from "node:assert/strict";
import { pairs } from "../../pipeline/data/interactions.ts";
import { KNOWN_CUSTOMER } from "../../pipeline/data/sample/shop.ts";
import { alignTruth } from "../../pipeline/data/sample/truth.ts";
import { sample } from "../../pipeline/stages/sample.ts";
import { runIngest } from "../support/ingest.ts";
import { runStage } from "../support/run_stage.ts";

const params = { scale: "small", seed: 42 } as const;
const HEADER =
  "user_id_hash,ordered_at,quantity,catalog_item_id,catalog_item_name,brand_name,category";

Deno.test("sample: the same bytes for a seed at any thread count, others for another", async () => {
  await using one = await runStage(sample, { params, inputs: {}, threads: 1 });
  await using eight = await runStage(sample, { params, inputs: {}, threads: 8 });
  await using other = await runStage(sample, { params: { ...params, seed: 1 }, inputs: {} });
  const bytes = await Deno.readFile(one.purchases.path);
  assert.deepEqual(await Deno.readFile(eight.purchases.path), bytes);
  assert.deepEqual(await Deno.readFile(eight.truth.path), await Deno.readFile(one.truth.path));
  assert.notDeepEqual(await Deno.readFile(other.purchases.path), bytes);
  const [header] = new TextDecoder().decode(bytes).split("\n");
  assert.equal(header, HEADER);
});

Deno.test("sample: a shop with a tail, returns, new names, broken rows and the known customer", async () => {
  await using shop = await runStage(sample, { params, inputs: {} });
  await using data = await runIngest(await shop.purchases.read());
  const report = await data.report.read();
  assert.equal(report.users, 2_000);
  assert.ok(report.items > 1_150 && report.items <= 1_200);
  assert.ok(report.rows.read > 45_000 && report.rows.read < 60_000);
  assert.ok(report.returns > 500 && report.renamed.items > 5);
  const reasons = ["broken line", "missing user", "missing item", "bad quantity", "zero quantity"];
  for (const reason of [...reasons, "unparsable time"]) assert.ok(reason in report.dropped, reason);
  assert.ok(report.integerItemIds && report.timed);

  assert.equal(report.bots?.users, 3);
  assert.equal(report.bots.examples.length, 3);

  const [users, catalogue] = [await data.users.read(), await data.items.read()];
  assert.ok(users.every((id) => /^[0-9a-f]{32}$/.test(id)));
  const all = pairs(await data.interactions.read());
  const known = users.indexOf(KNOWN_CUSTOMER);
  assert.ok(all.indptr[known + 1]! - all.indptr[known]! >= 20);

  const bought = new Float64Array(all.cols);
  for (const item of all.indices) bought[item]!++;
  const top = bought.toSorted().slice(-all.cols / 10).reduce((sum, n) => sum + n, 0);
  const share = top / all.indices.length;
  assert.ok(share > 0.25 && share < 0.7, `the most popular tenth has ${share} of the pairs`);

  // What a customer bought is worth more to that customer than to the average one.
  const truth = alignTruth(await shop.truth.read(), users, catalogue.map(({ id }) => id));
  const score = (u: number, i: number) => {
    let sum = 0;
    const { cols } = truth.user;
    for (let f = 0; f < cols; f++) {
      sum += truth.user.data[u * cols + f]! * truth.item.data[i * cols + f]!;
    }
    return sum;
  };
  const row = (u: number) => [...all.indices.subarray(all.indptr[u], all.indptr[u + 1])];
  let own = 0;
  let others = 0;
  for (let u = 0; u + 1 < users.length; u++) {
    for (const item of row(u)) {
      own += score(u, item);
      others += score(u + 1, item);
    }
  }
  assert.ok((own - others) / all.indices.length > 0.5);
});

Deno.test("truth: an id that it does not know is named", () => {
  const empty = { rows: 0, cols: 2, data: new Float32Array(0) };
  const truth = { users: [], items: [], user: empty, item: empty };
  assert.throws(() => alignTruth(truth, ["A"], []), /no user "A"/);
});
