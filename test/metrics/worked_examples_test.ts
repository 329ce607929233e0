/** Worked by hand: the arithmetic stands beside each figure. */
import assert from "node:assert/strict";
import { csrFromEntries } from "../../pipeline/data/matrix.ts";
import { coverage, exposure } from "../../pipeline/metrics/exposure.ts";
import {
  hitsOf,
  mean,
  meanNdcg,
  perUserMetrics,
  rankingMetrics,
} from "../../pipeline/metrics/ranking.ts";
import { testSet } from "../../pipeline/metrics/test_set.ts";
import { listsOf as lists } from "../support/lists.ts";

const { map, ndcg, recall, truncatedRecall, precision, hitRate, mrr } = rankingMetrics;

function near(actual: number | undefined, expected: number): void {
  assert.ok(
    actual !== undefined && Math.abs(actual - expected) < 1e-12,
    `${actual} is not ${expected}`,
  );
}

Deno.test("hits at ranks 1 and 3 of 5, three relevant items", () => {
  const hits = Uint8Array.of(1, 0, 1, 0, 0);
  // AP@5 = (1/1 + 2/3) / min(5, 3) = (5/3) / 3 = 5/9
  near(map.of(hits, 3, 5), 5 / 9);
  // DCG@5 = 1/log2(2) + 1/log2(4) = 1 + 0.5 = 1.5
  // IDCG  = 1/log2(2) + 1/log2(3) + 1/log2(4) = 1 + 0.6309297535714575 + 0.5 = 2.1309297535714575
  near(ndcg.of(hits, 3, 5), 1.5 / 2.1309297535714575);
  // Two of three relevant items; two of five places; the first hit at rank 1.
  near(recall.of(hits, 3, 5), 2 / 3);
  near(precision.of(hits, 3, 5), 2 / 5);
  near(mrr.of(hits, 3, 5), 1);
  near(truncatedRecall.of(hits, 3, 5), 2 / 3);
  near(hitRate.of(hits, 3, 5), 1);
});

Deno.test("more relevant items than k: AP and NDCG are cut at k, recall is not", () => {
  const hits = Uint8Array.of(0, 1, 1);
  // AP@2 = (1/2) / min(2, 4) = 1/4: the hit at rank 3 is beyond k.
  near(map.of(hits, 4, 2), 1 / 4);
  // DCG@2 = 1/log2(3) = 0.6309297535714575; IDCG = 1 + 0.6309297535714575
  near(ndcg.of(hits, 4, 2), 0.6309297535714575 / 1.6309297535714575);
  near(recall.of(hits, 4, 2), 1 / 4);
  near(precision.of(hits, 4, 2), 1 / 2);
  near(mrr.of(hits, 4, 2), 1 / 2);
  // The denominator that is cut at k: two of four can be reached.
  near(truncatedRecall.of(hits, 4, 2), 1 / 2);
  near(hitRate.of(hits, 4, 1), 0);
});

Deno.test("a list shorter than k: precision still divides by k", () => {
  const hits = Uint8Array.of(1);
  near(precision.of(hits, 1, 10), 1 / 10);
  near(recall.of(hits, 1, 10), 1);
  near(map.of(hits, 1, 10), 1);
  near(ndcg.of(hits, 1, 10), 1);
});

Deno.test("no list and no hit score 0 in every metric", () => {
  for (const metric of Object.values(rankingMetrics)) {
    assert.equal(metric.of(new Uint8Array(0), 3, 5), 0);
    assert.equal(metric.of(new Uint8Array(5), 3, 5), 0);
  }
});

Deno.test("three users through the whole computation", () => {
  // Items 0..6. User 0: list 4 2 0, relevant {2, 5}; user 1: no list, relevant {1};
  // user 2: list 1 3, relevant {1, 3}.
  const ranked = lists(3, [[4, 2, 0], [], [1, 3]]);
  const relevant = csrFromEntries(3, 7, [0, 0, 1, 2, 2], [2, 5, 1, 1, 3]);
  const values = perUserMetrics(ranked, relevant, [1, 3]);
  // User 0: one hit at rank 2. AP@3 = (1/2)/2; user 2: hits at ranks 1, 2: (1 + 1)/2.
  assert.deepEqual([...values["map@3"] ?? []], [0.25, 0, 1]);
  assert.deepEqual([...values["map@1"] ?? []], [0, 0, 1]);
  // User 0: DCG = 1/log2(3), IDCG = 1 + 1/log2(3).
  near(values["ndcg@3"]?.[0], 0.6309297535714575 / 1.6309297535714575);
  near(values["ndcg@3"]?.[2], 1);
  assert.deepEqual([...values["recall@3"] ?? []], [0.5, 0, 1]);
  assert.deepEqual([...values["recall@1"] ?? []], [0, 0, 0.5]);
  assert.deepEqual([...values["precision@3"] ?? []], [1 / 3, 0, 2 / 3]);
  assert.deepEqual([...values["mrr@3"] ?? []], [0.5, 0, 1]);
  near(meanNdcg(ranked, relevant, 3), (0.6309297535714575 / 1.6309297535714575 + 0 + 1) / 3);
  // Distinct items shown: {4, 2, 0, 1, 3} of 7; at 1: {4, 1}. The padding of user 1 is not item 0.
  near(coverage(exposure(ranked, 3, 7)), 5 / 7);
  near(coverage(exposure(ranked, 1, 7)), 2 / 7);
});

Deno.test("who and what is tested, by target", () => {
  // Training: user 0 {0, 1}, user 1 {2}, user 2 nothing.
  const train = csrFromEntries(3, 5, [0, 0, 1], [0, 1, 2]);
  // Test: user 0 {1, 3, 4}, user 1 {2}, user 2 {0}; user 3 is of the test file alone, item 5 too.
  const test = csrFromEntries(4, 6, [0, 0, 0, 0, 1, 2, 3], [1, 3, 4, 5, 2, 0, 0]);
  const plain = (target: "new" | "repeat" | "all") => {
    const { users, relevant, ...counts } = testSet(train, test, target);
    return {
      users: [...users],
      rows: [...relevant.indptr],
      items: [...relevant.indices],
      ...counts,
    };
  };
  assert.deepEqual(plain("new"), {
    users: [0],
    rows: [0, 3],
    items: [3, 4, 5],
    coldUsers: 2,
    unknownItems: 3,
    unknownPairs: 3,
  });
  assert.deepEqual(plain("repeat"), {
    users: [0, 1],
    rows: [0, 1, 2],
    items: [1, 2],
    coldUsers: 0,
    unknownItems: 0,
    unknownPairs: 0,
  });
  assert.deepEqual(plain("all"), {
    users: [0, 1],
    rows: [0, 4, 5],
    items: [1, 3, 4, 5, 2],
    coldUsers: 2,
    unknownItems: 3,
    unknownPairs: 3,
  });
});

Deno.test("what cannot be measured is refused", () => {
  const relevant = csrFromEntries(2, 3, [0], [1]);
  const two = lists(2, [[0, 1], [2]]);
  assert.throws(() => perUserMetrics(two, relevant, [2]), /Row 1 has no relevant item/);
  assert.throws(
    () => perUserMetrics(two, relevant, [3]),
    /Lists of 2 items say nothing about k = 3/,
  );
  assert.throws(() => meanNdcg(lists(2, [[0]]), relevant, 2), /1 lists for 2 users/);
  assert.throws(() => mean(new Float64Array(0)), /no mean over no users/);
  assert.throws(() => exposure(two, 2, 2), /List 1 holds item 2 of 2/);
  assert.deepEqual([...hitsOf(Uint32Array.of(3, 1), Uint32Array.of(1, 2))], [0, 1]);
});
