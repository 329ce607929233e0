import assert from "node:assert/strict";
import { FoldIn, type FoldInParams } from "../../pipeline/als/foldin.ts";
import type { Model } from "../../pipeline/als/model.ts";
import { Pause } from "../../pipeline/kernels/pause.ts";
import { solveRows } from "../../pipeline/als/reference.ts";
import type { Problem } from "../../pipeline/als/solver.ts";
import { buildProblem } from "../../pipeline/als/weights.ts";
import type { Interactions } from "../../pipeline/data/interactions.ts";
import { rowIndices, transpose } from "../../pipeline/data/matrix.ts";
import { type Purchase, tablesOf } from "../../pipeline/data/memory.ts";
import { fit, type RecommenderOptions } from "../../pipeline/fitting.ts";
import { purchases } from "../support/shop.ts";

const plain: FoldInParams = {
  alpha: 3,
  weight: "log1p",
  cap: 2,
  halfLife: null,
  popularityExponent: 0,
  regularization: "constant",
  lambda: 0.7,
  nu: 0.5,
  alpha0: 0.2,
};

const variants: Readonly<Record<string, Partial<FoldInParams>>> = {
  "log1p, constant": {},
  "binary, weighted": { weight: "binary", regularization: "weighted" },
  "capped, frequency": { weight: "capped", regularization: "frequency" },
  "log1p, scaled by popularity": { popularityExponent: 0.5 },
  "binary, decayed, scaled by popularity": {
    weight: "binary",
    halfLife: 9,
    popularityExponent: 0.8,
  },
  "linear, decayed": { weight: "linear", halfLife: 20 },
  "binary, decayed, weighted": { weight: "binary", halfLife: 5, regularization: "weighted" },
};

/** Purchases of unlike quantities and times, some of one pair, some returned in part. */
const list: readonly Purchase[] = purchases(40, 24).flatMap((purchase, n) => {
  const time = (days: number) => new Date(Date.UTC(2024, 0, 1 + days % 60));
  const bought = { ...purchase, quantity: 1 + n % 4, time: time(7 * n) };
  return n % 4 === 3 ? [bought, { ...bought, quantity: -1.5, time: time(7 * n + 3) }] : [bought];
});

async function fitted(change: Partial<FoldInParams>, more: RecommenderOptions = {}) {
  const params = { ...plain, ...change };
  const { model } = await fit(list, {
    ...params,
    solver: "reference",
    factors: 6,
    iterations: 4,
    ...more,
  });
  return { params, model, problem: buildProblem(tablesOf(list).interactions, params) };
}

/** The half-sweep of all users, in float64. */
async function halfSweep(model: Model, problem: Problem): Promise<Float64Array> {
  const { cols, data } = model.itemFactors;
  const users = new Float64Array(model.users.length * cols);
  const items = Float64Array.from(data);
  const { confidence, userLambda } = problem;
  await solveRows(confidence, userLambda, items, users, cols, new Pause(undefined));
  return users;
}

/** All purchases of one user or item, as those of one user whose items are the other side. */
function rowOf(side: "user" | "item", index: number): Interactions {
  const { interactions } = tablesOf(list);
  const { users, items, user, item, quantity, time } = interactions;
  const [own, others] = side === "user" ? [user, item] : [item, user];
  const at = [...own.keys()].filter((n) => own[n] === index);
  return {
    users: 1,
    items: side === "user" ? items : users,
    user: new Uint32Array(at.length),
    item: Uint32Array.from(at, (n) => others[n]!),
    quantity: Float64Array.from(at, (n) => quantity[n]!),
    time: Float64Array.from(at, (n) => time![n]!),
  };
}

/** When the latest purchase of the fit was, in seconds. */
function latest({ manifest }: Model): number {
  return Date.parse(manifest.fittedUntil!) / 1000;
}

function farthest(found: ArrayLike<number>, expected: ArrayLike<number>): number {
  assert.equal(found.length, expected.length);
  return Math.max(...Array.from(expected, (value, f) => Math.abs(value - found[f]!)));
}

for (const [name, change] of Object.entries(variants)) {
  Deno.test(`folding in what a user was fitted on is their half-sweep: ${name}`, async () => {
    const { params, model, problem } = await fitted(change);
    const foldIn = new FoldIn(model, params);
    const expected = await halfSweep(model, problem);
    const k = model.itemFactors.cols;
    model.users.forEach((_, u) => {
      const row = foldIn.userRow(u);
      assert.ok(row.indices.length > 0);
      const { indptr, values } = problem.confidence;
      assert.deepEqual(row.extra, values.slice(indptr[u]!, indptr[u + 1]!));
      assert.equal(row.lambda, problem.userLambda[u]);
      const own = expected.subarray(u * k, (u + 1) * k);
      assert.ok(farthest(foldIn.users.solve(row), own) < 1e-9);
      assert.ok(farthest(foldIn.userFactors(row), own) < 1e-6);
    });
  });

  Deno.test(`an item folded in from its buyers is what its entries say: ${name}`, async () => {
    const { params, model, problem } = await fitted(change);
    const foldIn = new FoldIn(model, params);
    const byItem = transpose(problem.confidence);
    for (let item = 0; item < model.items.length; item++) {
      const row = foldIn.buyersRow(rowOf("item", item), latest(model));
      assert.deepEqual(row.indices, rowIndices(byItem, item));
      assert.deepEqual(
        row.extra,
        byItem.values.slice(byItem.indptr[item]!, byItem.indptr[item + 1]!),
      );
      assert.equal(row.lambda, problem.itemLambda[item]);
      assert.equal(foldIn.itemFactors(row).length, model.itemFactors.cols);
    }
  });
}

for (const [name, change] of Object.entries(variants)) {
  Deno.test(`a basket of a user's purchases is that user's half-sweep: ${name}`, async () => {
    const { params, model, problem } = await fitted(change);
    const foldIn = new FoldIn(model, params);
    const expected = await halfSweep(model, problem);
    const k = model.itemFactors.cols;
    model.users.forEach((_, u) => {
      const row = foldIn.basketRow(rowOf("user", u), latest(model));
      const { indptr, values } = problem.confidence;
      assert.deepEqual(row.indices, rowIndices(problem.confidence, u));
      assert.deepEqual(row.extra, values.slice(indptr[u]!, indptr[u + 1]!));
      assert.equal(row.lambda, problem.userLambda[u]);
      assert.ok(farthest(foldIn.users.solve(row), expected.subarray(u * k, (u + 1) * k)) < 1e-9);
    });
  });
}

Deno.test("users of a converged model are where folding them in puts them", async () => {
  const { params, model } = await fitted({ halfLife: 20 }, { iterations: 400 });
  const foldIn = new FoldIn(model, params);
  const { cols, data } = model.userFactors;
  model.users.forEach((_, u) => {
    const own = data.subarray(u * cols, (u + 1) * cols);
    assert.ok(farthest(foldIn.userFactors(foldIn.userRow(u)), own) < 1e-3, `user ${u}`);
  });
});

Deno.test("a trend column is no part of the solution; users get its constant, a new item none", async () => {
  const { params, model } = await fitted({});
  const withTrend = trended(model, 0.25);
  const [without, foldIn] = [new FoldIn(model, params), new FoldIn(withTrend, params)];
  const row = foldIn.userRow(3);
  assert.deepEqual([...foldIn.userFactors(row)], [...without.userFactors(row), 0.25]);
  assert.deepEqual([...foldIn.itemFactors(row)], [...without.itemFactors(row), 0]);
});

/** The model with a column of item popularity and of the users' constant, zero for the first. */
function trended(model: Model, constant: number): Model {
  const widen = ({ rows, cols, data }: Model["userFactors"], last: (row: number) => number) => ({
    rows,
    cols: cols + 1,
    data: Float32Array.from(
      { length: rows * (cols + 1) },
      (_, at) => {
        const row = Math.floor(at / (cols + 1));
        const column = at % (cols + 1);
        return column < cols ? data[row * cols + column]! : last(row);
      },
    ),
  });
  const indptr = Uint32Array.from(
    model.seen.indptr,
    (end) => Math.max(0, end - model.seen.indptr[1]!),
  );
  return {
    ...model,
    // The first user has bought nothing: no trend either.
    seen: {
      ...model.seen,
      indptr,
      indices: model.seen.indices.slice(model.seen.indptr[1]!),
      values: model.seen.values.slice(model.seen.indptr[1]!),
    },
    userFactors: widen(model.userFactors, (user) => user === 0 ? 0 : constant),
    itemFactors: widen(model.itemFactors, (item) => 0.5 + item),
    manifest: { ...model.manifest, trendColumns: 1 },
  };
}
