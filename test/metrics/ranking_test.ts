import assert from "node:assert/strict";
import fc from "../support/fast_check.ts";
import { rankingMetricNames, rankingMetrics } from "../../pipeline/metrics/ranking.ts";

/** A list's hits with a number of relevant items that they can come from. */
const judged = fc.record({
  hits: fc.array(fc.boolean(), { maxLength: 30 }).map((hits) => Uint8Array.from(hits, Number)),
  missed: fc.nat(10),
  k: fc.integer({ min: 1, max: 40 }),
}).map(({ hits, missed, k }) => ({ hits, k, relevant: Math.max(1, total(hits) + missed) }));

const EPSILON = 1e-12;

function total(hits: Uint8Array): number {
  return hits.reduce((sum, hit) => sum + hit, 0);
}

for (const [name, metric] of Object.entries(rankingMetrics)) {
  Deno.test(`${name} lies between 0 and 1, and is 0 just where nothing is hit`, () => {
    fc.assert(fc.property(judged, ({ hits, relevant, k }) => {
      const value = metric.of(hits, relevant, k);
      assert.ok(value >= 0 && value <= 1 + EPSILON, String(value));
      assert.equal(value > 0, total(hits.subarray(0, k)) > 0);
    }));
  });

  Deno.test(`${name} sees only the first k places`, () => {
    fc.assert(fc.property(judged, ({ hits, relevant, k }) => {
      assert.equal(metric.of(hits, relevant, k), metric.of(hits.subarray(0, k), relevant, k));
    }));
  });

  Deno.test(`${name} never falls when a hit moves up by a place`, () => {
    fc.assert(fc.property(judged, fc.nat(), ({ hits, relevant, k }, drawn) => {
      const places = [...hits.keys()].filter((at) => hits[at] === 0 && hits[at + 1] === 1);
      if (places.length === 0) return;
      const better = hits.slice();
      better.set([1, 0], places[drawn % places.length]);
      assert.ok(metric.of(better, relevant, k) >= metric.of(hits, relevant, k) - EPSILON);
    }));
  });

  Deno.test(`${name} of all relevant items first is 1, or as high as its denominator lets it`, () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 30 }), fc.integer({ min: 1, max: 40 }), (n, k) => {
        const perfect = new Uint8Array(n).fill(1);
        const highest = { recall: Math.min(1, k / n), precision: Math.min(1, n / k) };
        const expected = name === "recall" || name === "precision" ? highest[name] : 1;
        assert.ok(Math.abs(metric.of(perfect, n, k) - expected) < EPSILON);
      }),
    );
  });
}

Deno.test("k beyond the list changes nothing but precision", () => {
  fc.assert(fc.property(judged, ({ hits, relevant }) => {
    const k = Math.max(hits.length, relevant);
    for (const name of rankingMetricNames.filter((name) => name !== "precision")) {
      const { of } = rankingMetrics[name];
      assert.equal(of(hits, relevant, k), of(hits, relevant, k + 1000));
    }
  }));
});

Deno.test("the names of the metrics are those of their definitions, in one order", () => {
  assert.deepEqual(rankingMetricNames, Object.keys(rankingMetrics));
});

Deno.test("discounts and ideals are those of the formula, far beyond the first ones kept", () => {
  const hits = new Uint8Array(3000).fill(1, 2900);
  const wanted = (places: number, from = 0) => {
    let sum = 0;
    for (let r = from; r < places; r++) sum += 1 / Math.log2(r + 2);
    return sum;
  };
  const { of } = rankingMetrics.ndcg;
  assert.equal(of(Uint8Array.of(0, 1), 1, 2), 1 / Math.log2(3));
  assert.ok(Math.abs(of(hits, 100, 3000) - wanted(3000, 2900) / wanted(100)) < EPSILON);
});
