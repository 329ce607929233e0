import assert from "node:assert/strict";
import { fit, type FitOptions, type FitParams, fitProblem } from "../../pipeline/als/fit.ts";
import type { Interactions } from "../../pipeline/data/interactions.ts";
import { reference } from "../../pipeline/als/reference.ts";
import { problemOf } from "./dense.ts";

const problem = problemOf(4, 3, [[0, 0, 1], [0, 1, 2], [1, 1, 1], [2, 0, 3], [3, 2, 1]]);
const params = { solver: "reference", factors: 2, iterations: 8, seed: 1 } as const;

/** A validation that gives `figures`, one a sweep. */
function figures(...of: number[]): FitOptions & { calls: number } {
  const options = { calls: 0, validate: () => of[options.calls++] ?? 0 };
  return options;
}

async function factorsAfter(sweeps: number): Promise<Float32Array> {
  for await (const { sweep, itemFactors } of reference.solve(problem, { ...params, threads: 1 })) {
    if (sweep === sweeps) return itemFactors;
  }
  throw new RangeError(`There is no sweep ${sweeps}`);
}

Deno.test("fit: without validation all sweeps are done and the last one is kept", async () => {
  const { factors, history } = await fitProblem(problem, params);
  assert.equal(history.chosen, 8);
  assert.equal(history.stopped, "iterations");
  assert.equal(history.solver, "reference");
  assert.deepEqual(history.runtime, await reference.runtime());
  assert.deepEqual(history.sweeps.map(({ validation }) => validation), new Array(8).fill(null));
  assert.deepEqual(factors.item, { rows: 3, cols: 2, data: await factorsAfter(8) });
  assert.equal(factors.user.data.length, 4 * 2);
});

Deno.test("fit: the best sweep is kept, of equal ones the first", async () => {
  const options = figures(0.1, 0.3, 0.3, 0.2, 0.25, 0.9);
  const { factors, history } = await fitProblem(problem, params, options);
  assert.equal(history.chosen, 2);
  assert.equal(history.stopped, "validation");
  assert.deepEqual(history.sweeps.map(({ validation }) => validation), [0.1, 0.3, 0.3, 0.2, 0.25]);
  assert.deepEqual(factors.item.data, await factorsAfter(2));
});

Deno.test("fit: patience is counted in sweeps that are no better", async () => {
  const early = await fitProblem(problem, params, { ...figures(0.3, 0.1, 0.9), patience: 1 });
  assert.equal(early.history.sweeps.length, 2);
  const late = await fitProblem(problem, params, { ...figures(0.3, 0.1, 0.9), patience: 2 });
  assert.equal(late.history.chosen, 3);
});

Deno.test("fit: `sweeps` takes the place of the params' iterations", async () => {
  const { factors, history } = await fitProblem(problem, params, { sweeps: 3 });
  assert.equal(history.chosen, 3);
  assert.deepEqual(factors.item.data, await factorsAfter(3));
});

Deno.test("fit: a start is gone on from", async () => {
  const { factors: start } = await fitProblem(problem, params, { sweeps: 2 });
  const { factors } = await fitProblem(problem, params, { sweeps: 1, start });
  const expected = await factorsAfter(3);
  factors.item.data.forEach((v, at) => assert.ok(Math.abs(v - expected[at]!) < 1e-5));
});

Deno.test("fit: every sweep is reported with its objective and validation", async () => {
  const lines: string[] = [];
  const progress = (done: number, total: number, unit: string, note = "") =>
    void lines.push(`${done}/${total} ${unit} ${note}`);
  await fitProblem(problem, params, { ...figures(0.5, 0.75), sweeps: 2, report: { progress } });
  assert.equal(lines.length, 3);
  assert.match(lines[2]!, /^2\/2 sweep objective \d+\.\d+, validation 0\.7500$/);
});

Deno.test("fit: a validation that is never a number is refused", async () => {
  const validate = () => NaN;
  await assert.rejects(fitProblem(problem, params, { validate }), /none has a validation figure/);
});

Deno.test("fit: an abort throws the signal's reason", async () => {
  const signal = AbortSignal.abort(new Error("enough"));
  await assert.rejects(fitProblem(problem, params, { signal }), /enough/);
});

Deno.test("fit: from purchases to factors that rank what was bought first", async () => {
  // Two groups of users, each with two items of its own.
  const rows = Array.from({ length: 8 }, (_, u) => [[u, u % 2], [u, 2 + u % 2]]).flat();
  const interactions: Interactions = {
    users: 8,
    items: 4,
    user: Uint32Array.from(rows, ([u]) => u!),
    item: Uint32Array.from(rows, ([, i]) => i!),
    quantity: new Float64Array(rows.length).fill(1),
    time: undefined,
  };
  const weights = {
    alpha: 5,
    weight: "log1p",
    cap: 10,
    halfLife: null,
    popularityExponent: 0,
  } as const;
  const regularization = { regularization: "constant", lambda: 0.1, nu: 1, alpha0: 0.1 } as const;
  const all: FitParams = { ...params, ...weights, ...regularization, trend: null };
  const { factors: { user, item } } = await fit(interactions, all);
  const score = (u: number, i: number) =>
    user.data[u * 2]! * item.data[i * 2]! + user.data[u * 2 + 1]! * item.data[i * 2 + 1]!;
  for (const [u, i] of rows) {
    assert.ok(score(u!, i!) > 0.8 && Math.abs(score(u!, 1 - i! % 2)) < 0.2);
  }
});
