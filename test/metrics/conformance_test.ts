import assert from "node:assert/strict";
import {
  type Case,
  ownValues,
  randomCases,
  ranked,
  tiedScores,
  workedExamples,
} from "../conformance/cases.ts";
import { conformity, reported, TOLERANCE } from "../conformance/compare.ts";
import { GOLDEN_CASES, readGolden } from "../conformance/golden.ts";
import { cut, libraries } from "../conformance/libraries.ts";
import { conforms, reportText, type Result } from "../conformance/report.ts";
import { rankingMetricNames } from "../../pipeline/metrics/ranking.ts";

Deno.test("every ranking metric equals its oracles on the committed cases", async () => {
  const { cases, oracles } = await readGolden();
  assert.equal(cases.length, GOLDEN_CASES);
  const own = cases.map(([k, relevant, list]) => ownValues({ k, relevant, list }));
  const judged = new Set<string>();
  for (const { name, values } of oracles) {
    for (const metric of rankingMetricNames) {
      const theirs = values[metric];
      if (!theirs) continue;
      judged.add(metric);
      assert.equal(theirs.length, cases.length);
      theirs.forEach((value, at) => {
        const difference = Math.abs(value - own[at]![metric]);
        assert.ok(difference <= TOLERANCE, `${name}, ${metric}, case ${at}: off by ${difference}`);
      });
    }
  }
  assert.deepEqual([...judged].sort(), rankingMetricNames.toSorted());
});

Deno.test("the committed cases are those of the seed, and hold what is hard", async () => {
  const { cases } = await readGolden();
  const made = randomCases(1000, 42);
  assert.deepEqual(
    cases,
    made.slice(0, GOLDEN_CASES).map(({ k, relevant, list }) => [k, relevant, list]),
  );
  const count = (of: (one: Case) => boolean) => made.filter(of).length;
  assert.ok(count(({ list }) => list.length === 0) > 30, "empty lists");
  assert.ok(count(({ list, k }) => list.length > 0 && list.length < k) > 100, "short lists");
  assert.ok(count(({ list, k }) => list.length > k) > 100, "lists beyond k");
  assert.ok(count(({ relevant, k }) => relevant.length > k) > 200, "more relevant than k");
  assert.ok(count(({ relevant, k }) => relevant.length < k) > 200, "fewer relevant than k");
  assert.ok(count(({ relevant }) => relevant.length > 0) === 1000);
  assert.ok(count((one) => ownValues(one).hitRate === 1) > 300, "hits");
  assert.ok(count(({ list }) => new Set(list).size === list.length) === 1000);
});

Deno.test("worked examples by hand", () => {
  const [many, few] = workedExamples.map(ownValues);
  // Hits at ranks 1 and 3, 7 relevant: (1 + 2/3) / 5; two of 7 and of 5.
  assert.ok(Math.abs((many?.map ?? 0) - (1 + 2 / 3) / 5) < 1e-15);
  assert.deepEqual([many?.recall, many?.precision, many?.truncatedRecall], [2 / 7, 2 / 5, 2 / 5]);
  // A hit at rank 2, 2 relevant: (1/2) / 2.
  assert.deepEqual([few?.map, few?.precision, few?.mrr], [1 / 4, 1 / 5, 1 / 2]);
});

Deno.test("what differs by little or is left out is seen and told", () => {
  const cases = randomCases(50, 7);
  const own = cases.map(ownValues);
  const given = (change: (value: number, at: number) => number | null) => ({
    ndcg: own.map(({ ndcg }, at) => change(ndcg, at)),
  });
  const library = { ...libraries[0]!, oracleOf: { ndcg: "ndcg" } as const, differs: {} };
  const same = conformity(library, given((value) => value + 1e-10), own);
  assert.deepEqual(same.map(({ above }) => above), [0]);
  const off = conformity(library, given((value, at) => at === 3 ? value + 2e-9 : value), own);
  assert.deepEqual(off.map(({ above }) => above), [1]);
  const left = conformity(library, given((value, at) => at === 3 ? null : value), own);
  assert.deepEqual(left.map(({ above, largest }) => [above, largest]), [[1, null]]);
  assert.throws(() => conformity(library, {}, own), /says nothing of ndcg/);
  const [column] = reported(library, {}, given((value, at) => at < 2 ? null : value), own);
  assert.deepEqual([column?.others, column?.why], [2, "not known"]);
  const mean = own.slice(2).reduce((sum, { ndcg }) => sum + ndcg, 0) / 48;
  assert.ok(Math.abs((column?.mean ?? NaN) - mean) < 1e-12);

  const result: Result = {
    ...{ cases: 50, seed: 7, conformity: same, libraries: [], brought: [], missing: [] },
    ties: [{ library: "this project", order: ranked(tiedScores) }],
  };
  assert.ok(conforms(result));
  assert.match(reportText(result), /this project: 5 1 2 3 0 4\n\n0 differences: conforms$/);
  assert.ok(!conforms({ ...result, conformity: off }));
  const missing = [{ library: "ranx", needed: true, reason: "no wheel" }];
  assert.ok(!conforms({ ...result, missing }));
  assert.ok(conforms({ ...result, missing: [{ ...missing[0]!, needed: false }] }));
});

Deno.test("lists come to each library cut, and as it can take them", () => {
  const one = cut({ k: 3, relevant: [1], list: [4, 5, 6, 7] });
  assert.deepEqual(one.list, [4, 5, 6]);
  for (const { brought, name } of libraries) {
    assert.deepEqual(brought(one.list, 3), one.list, name);
    const empty = brought([], 3);
    assert.ok(empty.every((item) => item >= 100_000), name);
  }
});
