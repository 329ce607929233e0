import assert from "node:assert/strict";
import { parseConfig } from "../../pipeline/commands/load_config.ts";
import { resultsOf, summary } from "../../pipeline/commands/summary.ts";
import { definitions, type Evaluation } from "../../pipeline/metrics/evaluation.ts";
import { type BaselineComparison, METHODS } from "../../pipeline/metrics/verdicts.ts";
import type { Example } from "../../pipeline/stages/example.ts";

function compared(
  baseline: string,
  difference: number,
  interval: [number, number],
  adjusted: number,
  verdict: BaselineComparison["verdict"],
): BaselineComparison {
  const [metric, relative, p] = ["ndcg@10", 0.1, adjusted / 2];
  return { metric, baseline, difference, relative, interval, p, adjusted, verdict };
}

const evaluation: Evaluation = {
  model: "als",
  users: 1234,
  coldUsers: 0,
  relevant: 2000,
  unknownTestItems: 0,
  unknownTestPairs: 0,
  catalogue: 50,
  k: [10],
  target: "new",
  models: {
    als: { "ndcg@10": 0.12345, "map@10": 0.1 },
    popularity: { "ndcg@10": 0.05, "map@10": 0.0432 },
  },
  baselines: { popularity: { params: {}, note: null }, ease: { params: {}, note: "on 40 of 50" } },
  intervals: {
    als: { "ndcg@10": [0.11, 0.14] },
    popularity: { "ndcg@10": [0.04, 0.06] },
  },
  comparisons: [
    compared("popularity", 0.0735, [0.06, 0.09], 0.0004, "above"),
    compared("itemKnn", -0.0155, [-0.02, -0.01], 0.012, "below"),
    compared("ease", 0.0034, [-0.001, 0.01], 0.3, "not told apart"),
  ],
  significance: { level: 0.95, resamples: 2000, flips: 2000, seed: 42, ...METHODS },
  ceiling: { note: "These purchases are generated.", figures: { "ndcg@10": 0.5, "map@10": 0.4 } },
  slices: [],
  ...definitions(),
};

const example: Example = {
  customer: "it's me",
  bought: 2,
  purchases: [
    {
      id: "1",
      name: "Merino crew sock, Fjellby",
      brand: "Fjellby",
      quantity: 1,
      date: "2024-05-01",
    },
    { id: "2", name: null, brand: null, quantity: 1, date: null },
  ],
  recommendations: [
    { id: "3", name: "Wool cap", brand: "Nordvik", score: 0.9, hit: true },
    { id: "4", name: "Scarf", brand: null, score: 0.8, hit: false },
  ],
};

Deno.test("a run ends with figures beside the baselines, a customer, and what to do next", () => {
  const text = summary(resultsOf(evaluation, example), parseConfig({ export: { dir: "out" } }));
  assert.deepEqual(text.split("\n"), [
    "Test purchases new to the user, mean over 1,234 users:",
    "            als  popularity  ceiling",
    "ndcg@10  0.1235      0.0500   0.5000",
    "map@10   0.1000      0.0432   0.4000",
    "ease: on 40 of 50.",
    "These purchases are generated.",
    "ndcg@10 with its 95 % interval over users; p adjusted for 3 comparisons:",
    "  als        0.1235 (0.1100 to 0.1400)",
    "  popularity 0.0500 (0.0400 to 0.0600): als is above it by 0.0735 (0.0600 to 0.0900), p < 0.001",
    "",
    "Customer it's me bought 2 items, last:",
    "  2024-05-01 Merino crew sock, Fjellby [Fjellby]",
    "  item 2",
    "Recommended:",
    "  1. Wool cap [Nordvik] (bought in the test part)",
    "  2. Scarf",
    "",
    "The model is in out. Serve it, then ask for this customer's top-5:",
    `  npx -y deno@${Deno.version.deno} task serve --model 'out'`,
    `  curl -d '{"user_id_hash":"it'\\''s me"}' -H "Content-Type:application/json" -X POST http://localhost:5000/reco`,
  ]);
});

Deno.test("the model's figures and the baselines' are told apart", () => {
  const { metrics, baselines } = resultsOf(evaluation, example);
  assert.deepEqual(metrics, { "ndcg@10": 0.12345, "map@10": 0.1 });
  assert.deepEqual(baselines, { popularity: { "ndcg@10": 0.05, "map@10": 0.0432 } });
});

Deno.test("below and not told apart are said as such, never better", () => {
  const models = {
    als: { "ndcg@10": 0.1 },
    itemKnn: { "ndcg@10": 0.1155 },
    ease: { "ndcg@10": 0.0966 },
  };
  const text = summary(
    resultsOf({ ...evaluation, models, intervals: {} }, example),
    parseConfig({}),
  );
  assert.match(
    text,
    /itemKnn 0\.1155: als is below it by 0\.0155 \(0\.0100 to 0\.0200\), p = 0\.012/,
  );
  assert.match(
    text,
    /ease {4}0\.0966: als is not told apart from it: 0\.0034 \(-0\.0010 to 0\.0100\), p = 0\.300/,
  );
  assert.doesNotMatch(text, /better/);
});
