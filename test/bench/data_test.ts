import assert from "node:assert/strict";
import { join } from "node:path";
import fc from "../support/fast_check.ts";
import { csrFromEntries } from "../../pipeline/data/matrix.ts";
import { openData, sources } from "./train/data.ts";
import { type Drawn, generate } from "./train/generate.ts";
import { holdOut, type Pairs, problemOf } from "./train/matrix.ts";
import { readNpy, writeNpy } from "./train/npy.ts";
import { amazon } from "./train/real.ts";

const pairsOf = fc.array(fc.tuple(fc.nat(19), fc.nat(9)), { maxLength: 120 }).map((list): Pairs => {
  const { values: _, ...pairs } = csrFromEntries(
    20,
    10,
    list.map(([row]) => row),
    list.map(([, column]) => column),
  );
  return pairs;
});
const listed = (pairs: Pairs) =>
  Array.from({ length: pairs.rows }, (_, r) => [
    ...pairs.indices.subarray(pairs.indptr[r]!, pairs.indptr[r + 1]!),
  ]);

Deno.test("what is held out and what is left are the whole; nobody is left without anything", () => {
  fc.assert(fc.property(pairsOf, fc.double({ min: 0, max: 1, noNaN: true }), (all, share) => {
    const { train, held } = holdOut(all, share, 7);
    const [whole, kept, out] = [listed(all), listed(train), listed(held)];
    whole.forEach((row, r) => {
      assert.deepEqual([...kept[r]!, ...out[r]!].sort((a, b) => a - b), row);
      assert.ok(row.length === 0 || kept[r]!.length > 0);
    });
  }));
});

Deno.test("weighted regularization is lambda times the entries of a row", () => {
  const train = {
    rows: 2,
    cols: 3,
    indptr: Uint32Array.of(0, 2, 2),
    indices: Uint32Array.of(0, 2),
  };
  const weights = { alpha: 30, lambda: 5 };
  const weighted = problemOf(train, { ...weights, regularization: "weighted" });
  assert.deepEqual([...weighted.userLambda], [10, 5]);
  assert.deepEqual([...weighted.itemLambda], [5, 5, 5]);
  assert.deepEqual([...weighted.confidence.values], [30, 30]);
  const constant = problemOf(train, { ...weights, regularization: "constant" });
  assert.deepEqual([...constant.userLambda, ...constant.itemLambda], [5, 5, 5, 5, 5]);
});

Deno.test("both generators give distinct pairs in order, the same for the same seed", () => {
  const drawn: Drawn = {
    kind: "drawn",
    ...{ users: 200, items: 500, pairs: 4000, fewest: 3, heldOut: 0.1, seed: 1 },
  };
  for (const params of [sources.tiny, drawn]) {
    const { train, held } = generate(params);
    for (const row of listed(train)) {
      assert.ok(row.every((item, at) => at === 0 || item > row[at - 1]!));
    }
    assert.deepEqual(generate(params), { train, held });
    assert.notDeepEqual(generate({ ...params, seed: 2 }).train, train);
  }
  const { train, held } = generate(drawn);
  const pairs = train.indices.length + held.indices.length;
  assert.ok(Math.abs(pairs / drawn.pairs - 1) < 0.03, `${pairs} pairs`);
});

Deno.test("drawn purchases have a popular head and tastes", () => {
  const { train } = generate({
    kind: "drawn",
    ...{ users: 2000, items: 1000, pairs: 40_000, fewest: 3, heldOut: 0, seed: 1 },
  });
  const sold = new Uint32Array(train.cols);
  for (const item of train.indices) sold[item]!++;
  const head = sold.toSorted((a, b) => b - a).slice(0, 100).reduce((a, b) => a + b, 0);
  assert.ok(head > 0.25 * train.indices.length, "a tenth of the products sells a quarter");
  // Products are ordered by category: of two that a customer buys, more are close than by chance.
  const near = (rows: number[][]) =>
    rows.flatMap((row) => row.slice(1).map((item, at) => item - row[at]! < 10 ? 1 : 0))
      .reduce((a: number, b) => a + b, 0);
  const rows = listed(train);
  const columns = [...train.indices];
  for (let n = 0; n < columns.length; n++) {
    const other = (n * 7919) % columns.length;
    [columns[n], columns[other]] = [columns[other]!, columns[n]!];
  }
  let at = 0;
  const shuffled = rows.map((row) => columns.slice(at, at += row.length).sort((a, b) => a - b));
  assert.ok(near(rows) > 1.2 * near(shuffled), `${near(rows)} beside ${near(shuffled)}`);
});

Deno.test("each user's last item of an Amazon list is held out", () => {
  const { train, held } = amazon("1 3 1 2\n2 2 4\n");
  assert.deepEqual(listed(train), [[0, 2], [1]]);
  assert.deepEqual(listed(held), [[1], [3]]);
  assert.equal(train.cols, 4);
});

Deno.test("a data set is made once, and said to be missing where its file is", async () => {
  const work = await Deno.makeTempDir();
  try {
    const lines: string[] = [];
    const options = { work, shared: join(work, "shared"), log: (line: string) => lines.push(line) };
    const first = await openData("tiny", sources.tiny, options);
    const second = await openData("tiny", sources.tiny, options);
    assert.deepEqual(second, first);
    assert.equal(lines.length, 1);
    await assert.rejects(
      openData("beauty", sources.beauty, options),
      /Beauty\.txt is missing: say with --shared/,
    );
  } finally {
    await Deno.remove(work, { recursive: true });
  }
});

Deno.test(".npy files keep type, shape and values, and refuse another type or a cut", async () => {
  const path = await Deno.makeTempFile({ suffix: ".npy" });
  try {
    for (const data of [Float32Array.of(1.5, -2, 3, 4, 5, 6), new Float32Array(0)]) {
      const shape = data.length > 0 ? [2, 3] : [0, 3];
      await writeNpy(path, data, shape);
      assert.deepEqual(await readNpy(path, Float32Array), { data, shape });
    }
    await writeNpy(path, Uint32Array.of(7, 2 ** 32 - 1));
    assert.deepEqual([...(await readNpy(path, Uint32Array)).data], [7, 2 ** 32 - 1]);
    await assert.rejects(readNpy(path, Float32Array), /holds <u4, not a Float32Array/);
    await Deno.truncate(path, 130);
    await assert.rejects(readNpy(path, Uint32Array), /2 bytes of data for 2 values/);
    await Deno.writeTextFile(path, "no array");
    await assert.rejects(readNpy(path, Uint32Array), /is no \.npy file/);
  } finally {
    await Deno.remove(path);
  }
});
