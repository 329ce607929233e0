import assert from "node:assert/strict";
import fc from "../support/fast_check.ts";
import { newEntry, resultOf } from "./train/entry.ts";
import { caseSchema, median, type Point, ratios, reached } from "./train/results.ts";
import { caseTable, scaleTable } from "./train/table.ts";
import { chartPoints } from "./train/chart.ts";
import { madeUpCase } from "./made_up.ts";
import { sharesOf, sweepBytes, sweepFlops } from "./train/shares.ts";

const program = { command: "true", args: [], env: {} };
const point = (iteration: number, objective: number, ndcg: number | null = null): Point => ({
  ...{ iteration, seconds: iteration / 10, objective, ndcg },
});

Deno.test("median is the middle, whatever the order", () => {
  assert.equal(median([5, 1, 3]), 3);
  assert.equal(median([4, 1, 2, 3]), 2.5);
  assert.throws(() => median([]), RangeError);
  // Seconds: the sum of two is finite.
  const seconds = fc.double({ min: -1e300, max: 1e300, noNaN: true });
  fc.assert(fc.property(fc.array(seconds, { minLength: 1 }), (values) => {
    const middle = median(values);
    const below = values.filter((value) => value < middle).length;
    const above = values.filter((value) => value > middle).length;
    assert.ok(below <= values.length / 2 && above <= values.length / 2);
  }));
});

Deno.test("ratios are seconds over those of simd, without those that failed", () => {
  const seconds = [
    { name: "implicit", seconds: 3 },
    { name: "irspack", seconds: null },
    { name: "simd", seconds: 0.5 },
  ];
  assert.deepEqual(ratios(seconds), { implicit: 6 });
  assert.deepEqual(ratios(seconds.slice(0, 2)), {});
});

Deno.test("reached finds the first iteration at the goal or beyond", () => {
  const trace = [point(1, 9, 0.1), point(2, 7, 0.3), point(3, 8, 0.2), point(4, 5, 0.3)];
  assert.equal(reached(trace, { objective: 7 })?.iteration, 2);
  assert.equal(reached(trace, { ndcg: 0.3 })?.iteration, 2);
  assert.equal(reached(trace, { objective: 4 }), undefined);
  assert.equal(reached([point(1, 9)], { ndcg: 0.1 }), undefined);
});

Deno.test("a result has the median of the runs of as many iterations as the target takes", () => {
  const entry = newEntry("simd", program);
  entry.trace.push(point(1, 9), point(2, 7), point(3, 5));
  entry.timings.set(2, [0.3, 0.1, 0.2]);
  entry.timings.set(3, [9]);
  entry.laps.push([0.1, 0.3], [0.05, 0.1], [0.06, 0.2]);
  const result = resultOf(entry, { objective: 7.5, ndcg: null });
  assert.deepEqual(
    { ...result, trace: [] },
    {
      ...{ name: "simd", seconds: 0.2, objective: 7, peakMiB: null, iterations: 2 },
      ...{ runs: [0.3, 0.1, 0.2], coldSeconds: null, laps: [0.06, 0.2], memory: null },
      ...{ quality: null, trace: [], runtime: null, error: null },
    },
  );
});

Deno.test("a solver that was too slow to run again is reported by its traced run", () => {
  const entry = newEntry("reference", program);
  entry.trace.push(point(1, 9), point(2, 7));
  const { seconds, runs } = resultOf(entry, { objective: 7, ndcg: null });
  assert.deepEqual({ seconds, runs }, { seconds: 0.2, runs: [0.2] });
});

Deno.test("one that failed or missed the target has an error and no seconds", () => {
  const missed = newEntry("simd", program);
  missed.trace.push(point(1, 9), point(2, 8.5));
  const one = resultOf(missed, { objective: 7, ndcg: null });
  assert.equal(one.seconds, null);
  assert.equal(one.objective, 8.5);
  assert.match(one.error ?? "", /has not reached the target in 2 iterations/);
  const failed = newEntry("irspack", new Error("no wheel"));
  failed.trace.push(point(1, 5));
  failed.error = "no wheel";
  const other = resultOf(failed, { objective: 7, ndcg: null });
  assert.deepEqual([other.seconds, other.error], [null, "no wheel"]);
});

Deno.test("the table has a row a solver, its ratio, and the errors below", () => {
  const text = caseTable(madeUpCase, undefined);
  const lines = text.split("\n");
  assert.match(lines[0] ?? "", /^a: 30 users x 20 items, 100 interactions, 8 factors; target 500 /);
  const row = (name: string) => (lines.find((line) => line.startsWith(name)) ?? "").split(/ {2,}/);
  assert.deepEqual(row("implicit"), [
    ...["implicit", "3.000", "2.900 to 3.200 (3)", "15", "3.500", "500", "310", "6.00"],
  ]);
  assert.equal(row("simd").at(1), "0.500");
  assert.ok(lines.includes("irspack FAILED: irspack could not be installed: no wheel"));
});

Deno.test("made-up results pass the schema, others do not", () => {
  assert.deepEqual(caseSchema.parse(madeUpCase), madeUpCase);
  assert.ok(!caseSchema.safeParse({ ...madeUpCase, ratios: { implicit: "6" } }).success);
});

Deno.test("the chart shows every solver above the best objective", () => {
  const points = chartPoints([madeUpCase]);
  assert.deepEqual([...new Set(points.map(({ solver }) => solver))], ["implicit", "simd"]);
  assert.equal(points.length, 3);
  assert.ok(points.every(({ above }) => above > 0));
});

Deno.test("sizes that agree print one digest, others all", () => {
  const size = {
    ...{ name: "5M", users: 2, items: 2, interactions: 5, factors: 8, sweepSeconds: 1 },
    ...{ nanoseconds: 10, seconds: 6, sweeps: 6, peakMiB: 100, memory: null },
  };
  assert.match(scaleTable([{ ...size, digests: { 1: "ab", 2: "ab" } }]), /5M: sha256:ab by 1, 2/);
  assert.match(scaleTable([{ ...size, digests: { 1: "ab", 2: "cd" } }]), /5M DIFFERS: .*cd/);
  const both = [{ ...size, digests: {} }, { ...size, nanoseconds: 15, digests: {} }];
  assert.match(scaleTable(both), /within a factor of 1\.50/);
});

Deno.test("shares count sweeps after the first, and the start apart", () => {
  const machine = { threads: 2, gigaflops: 1e-3, gigabytes: 1e-3 };
  const shares = sharesOf(madeUpCase, machine);
  assert.ok(shares);
  const close = (a: number, b: number) => assert.ok(Math.abs(a - b) < 1e-9 * b, `${a} is not ${b}`);
  close(shares.sweepSeconds, 0.1);
  close(shares.startSeconds, 0.2);
  const work = { users: 30, items: 20, interactions: 100, factors: 8, steps: 2 };
  // 2 halves x 100 entries x 3 passes of 32 flops, the last of 16, and 50 rows x 4 products of 64.
  assert.equal(sweepFlops(work), 16_000 + 12_800);
  assert.equal(sweepBytes(work), 2 * 100 * 3 * 24);
  close(shares.flops, 28_800 / 0.1 / 1e6);
  close(shares.flopsOfRun, 28_800 * 3 / 0.5 / 1e6);
  close(shares.bandwidth, 14_400 / 0.1 / 1e6);
  assert.equal(sharesOf({ ...madeUpCase, solvers: [] }, machine), undefined);
});
