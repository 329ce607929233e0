/** What the export of vectors writes, what it refuses, and what it leaves alone. */
import assert from "node:assert/strict";
import { join } from "node:path";
import type { Model } from "../../pipeline/als/model.ts";
import { UsageError } from "../../pipeline/errors.ts";
import { writeVectors } from "../../pipeline/vectors/write.ts";
import { modelOf } from "../support/shop.ts";

const OPTIONS = { schema: "recommender", index: "hnsw" } as const;

/** Every file of a folder, by name. */
async function contents(dir: string): Promise<Record<string, string>> {
  const files: Record<string, string> = {};
  for await (const { name } of Deno.readDir(dir)) {
    files[name] = await Deno.readTextFile(join(dir, name));
  }
  return files;
}

Deno.test("the same model gives the same bytes, another one takes its place, nothing is left", async () => {
  const root = await Deno.makeTempDir();
  const out = join(root, "deep", "vectors");
  const first = await writeVectors(out, modelOf(), OPTIONS);
  const files = await contents(out);
  assert.deepEqual(Object.keys(files).sort(), [
    ...["index.sql", "items.copy", "load.sql", "schema.sql", "seen.copy", "swap.sql"],
    ...["users.copy", "vectors.json"],
  ]);
  assert.deepEqual(await writeVectors(out, modelOf(), OPTIONS), first);
  assert.deepEqual(await contents(out), files);
  await writeVectors(out, modelOf({ seed: 2 }), OPTIONS);
  assert.notEqual((await contents(out))["items.copy"], files["items.copy"]);
  assert.deepEqual(Array.from(Deno.readDirSync(join(root, "deep")), ({ name }) => name), [
    "vectors",
  ]);
  await Deno.remove(root, { recursive: true });
});

Deno.test("a folder of others is not replaced", async () => {
  const root = await Deno.makeTempDir();
  const out = join(root, "vectors");
  const refused = (pattern: RegExp) =>
    assert.rejects(writeVectors(out, modelOf(), OPTIONS), (error) => {
      assert(error instanceof UsageError);
      assert.match(error.message, pattern);
      assert.match(error.remedy, /--out DIR/);
      return true;
    });
  await Deno.writeTextFile(out, "mine");
  await refused(/it is, or lies in, a file/);
  await Deno.remove(out);
  await Deno.mkdir(out);
  await Deno.writeTextFile(join(out, "schema.sql"), "mine");
  await refused(/no earlier export/);
  await Deno.writeTextFile(join(out, "vectors.json"), '{"kind": "other"}');
  await refused(/no earlier export/);
  await Deno.remove(join(out, "vectors.json"));
  await Deno.writeTextFile(join(out, "thesis.txt"), "mine");
  await refused(/no export made the thesis\.txt/);
  assert.equal(await Deno.readTextFile(join(out, "thesis.txt")), "mine");
  await Deno.remove(root, { recursive: true });
});

Deno.test("an interrupted export leaves the earlier one as it was", async () => {
  const root = await Deno.makeTempDir();
  const out = join(root, "vectors");
  await writeVectors(out, modelOf(), OPTIONS);
  const before = await contents(out);
  const signal = AbortSignal.abort(new DOMException("Interrupted", "AbortError"));
  await assert.rejects(writeVectors(out, modelOf({ seed: 2 }), { ...OPTIONS, signal }), {
    name: "AbortError",
  });
  assert.deepEqual(await contents(out), before);
  assert.deepEqual(Array.from(Deno.readDirSync(root), ({ name }) => name), ["vectors"]);
  await Deno.remove(root, { recursive: true });
});

Deno.test("what a killed export left is removed by the next one", async () => {
  const root = await Deno.makeTempDir();
  for (const end of ["new", "old"]) {
    await Deno.mkdir(join(root, `.vectors.${crypto.randomUUID()}.${end}`, "items.copy"), {
      recursive: true,
    });
  }
  await writeVectors(join(root, "vectors"), modelOf(), OPTIONS);
  assert.deepEqual(Array.from(Deno.readDirSync(root), ({ name }) => name), ["vectors"]);
  await Deno.remove(root, { recursive: true });
});

Deno.test("what PostgreSQL cannot hold is named, with the remedy", async (t) => {
  const model = modelOf();
  const wide = (factors: number) => modelOf({ users: 5, items: 5, factors });
  const withItem = (change: Partial<Model["items"][number]>): Model => ({
    ...model,
    items: model.items.map((item, at) => at === 3 ? { ...item, ...change } : item),
  });
  const huge = (): Model => {
    const large = modelOf();
    large.itemFactors.data[9] = 70_000;
    return large;
  };
  const cases: [string, Model, object, RegExp][] = [
    ["2,001 columns, hnsw", wide(2001), {}, /2001 columns.*at most 2000.*--index halfvec.*none/],
    ["4,001 columns, hnsw", wide(4001), {}, /4001 columns.*at most 2000.*Give --index none/],
    ["4,001 columns, halfvec", wide(4001), { index: "halfvec" }, /at most 4000 .*halfvec/],
    ["16,001 columns", wide(16_001), { index: "none" }, /16001 columns.*at most 16000/],
    ["beyond float16", huge(), { index: "halfvec" }, /factor is 70000.*65504.*--index hnsw/],
    ["NUL in an id", withItem({ id: "a\0b" }), {}, /Item 3, "a\\u0000b", has .*U\+0000.*id/],
    ["half a pair", withItem({ id: "a\ud800" }), {}, /Item 3, .*half of a surrogate pair/],
    ["a long id", withItem({ id: "é".repeat(1400) }), {}, /Item 3, .*2800 bytes.*2600/],
    ["NUL in a user", { ...model, users: ["\0", ...model.users.slice(1)] }, {}, /User 0, /],
    ["an attribute", withItem({ attributes: { "c\0": "x" } }), {}, /attribute "c\\u0000"/],
    ["a schema", model, { schema: "public" }, /--schema public/],
    ["a hostile schema", model, { schema: 'a"; DROP' }, /small letters/],
  ];
  const root = await Deno.makeTempDir();
  for (const [name, of, options, pattern] of cases) {
    await t.step(
      name,
      () =>
        assert.rejects(writeVectors(join(root, "out"), of, { ...OPTIONS, ...options }), (error) => {
          assert(error instanceof UsageError || error instanceof TypeError);
          const remedy = error instanceof UsageError ? error.remedy : "";
          assert.match(`${error.message} ${remedy}`, pattern);
          return true;
        }),
    );
  }
  assert.deepEqual([...Deno.readDirSync(root)], []);
  await Deno.remove(root, { recursive: true });
});

Deno.test("texts that cannot be stored are mended and counted", async () => {
  const root = await Deno.makeTempDir();
  const model = modelOf();
  const items = model.items.map((item) => ({
    ...item,
    brand: "a\0b",
    attributes: { c: "\ud800" },
  }));
  const { replaced } = await writeVectors(join(root, "out"), { ...model, items }, OPTIONS);
  assert.equal(replaced, 2 * items.length);
  const [row] = (await Deno.readTextFile(join(root, "out", "items.copy"))).split("\n");
  assert.match(row ?? "", /\ta\ufffdb\t\{"c":"\ufffd"\}\t/);
  await Deno.remove(root, { recursive: true });
});
