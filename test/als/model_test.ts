import assert from "node:assert/strict";
import { join } from "node:path";
import { learnedColumns, loadModel, type Model, saveModel } from "../../pipeline/als/model.ts";
import { modelOf } from "../support/shop.ts";

async function withFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "model_" });
  try {
    await run(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("a model comes back as it was saved, and equal models give equal bytes", () =>
  withFolder(async (folder) => {
    const model = modelOf();
    const manifest = await saveModel(join(folder, "a"), model);
    const loaded = await loadModel(join(folder, "a"));
    assert.deepEqual(loaded, { ...model, manifest });
    assert.match(manifest.model, /^sha256:[0-9a-f]{64}$/);
    assert.deepEqual(await saveModel(join(folder, "b"), loaded), manifest);
    assert.deepEqual(
      await Deno.readFile(join(folder, "a", "manifest.json")),
      await Deno.readFile(join(folder, "b", "manifest.json")),
    );
  }));

Deno.test("columns of trend and biases are no learned ones", () => {
  const model = modelOf({ factors: 8 });
  assert.equal(learnedColumns(model), 8);
  const trended = { ...model.manifest, trendColumns: 1 } as const;
  assert.equal(learnedColumns({ ...model, manifest: trended }), 7);
  const manifest = { ...trended, biasColumns: 2 } as const;
  assert.equal(learnedColumns({ ...model, manifest }), 5);
});

Deno.test("saving replaces a model, leaves nothing beside it, and spares other folders", () =>
  withFolder(async (folder) => {
    const dir = join(folder, "model");
    const first = await saveModel(dir, modelOf({ seed: 1 }));
    const second = await saveModel(dir, modelOf({ seed: 2 }));
    assert.notEqual(first.model, second.model);
    assert.equal((await loadModel(dir)).manifest.model, second.model);
    assert.deepEqual([...Deno.readDirSync(folder)].map(({ name }) => name), ["model"]);
    await Deno.writeTextFile(join(dir, "thesis.txt"), "mine");
    await assert.rejects(saveModel(dir, modelOf()), /thesis\.txt is no part of one/);
    assert.equal(await Deno.readTextFile(join(dir, "thesis.txt")), "mine");
  }));

Deno.test("files that only have a model's names, or a file, are not replaced", () =>
  withFolder(async (folder) => {
    for (const [name, text] of [["users.parquet", "mine"], ["manifest.json", '{"name":"app"}']]) {
      const dir = join(folder, "tables");
      await Deno.mkdir(dir);
      await Deno.writeTextFile(join(dir, name!), text!);
      await assert.rejects(saveModel(dir, modelOf()), Deno.errors.AlreadyExists);
      assert.equal(await Deno.readTextFile(join(dir, name!)), text);
      await Deno.remove(dir, { recursive: true });
    }
    const file = join(folder, "file");
    await Deno.writeTextFile(file, "mine");
    await assert.rejects(saveModel(file, modelOf()), /file. Name another folder/);
    const empty = join(folder, "empty");
    await Deno.mkdir(empty);
    await saveModel(empty, modelOf());
    // A damaged model is still one: saving mends it.
    await Deno.writeTextFile(join(empty, "users.parquet"), "");
    await saveModel(empty, modelOf());
    await loadModel(empty);
  }));

Deno.test("a manifest that takes other ids for integers is refused", () =>
  withFolder(async (folder) => {
    const model = modelOf({ integerItemIds: false });
    await saveModel(join(folder, "model"), model);
    const path = join(folder, "model", "manifest.json");
    const text = await Deno.readTextFile(path);
    await Deno.writeTextFile(
      path,
      text.replace('"integerItemIds": false', '"integerItemIds": true'),
    );
    await assert.rejects(loadModel(join(folder, "model")), /integers, but one is "sku100000"/);
  }));

Deno.test("an export from before there was a trend has none; a trend alone is no model", () =>
  withFolder(async (folder) => {
    const dir = join(folder, "model");
    const model = modelOf();
    await saveModel(dir, { ...model, manifest: { ...model.manifest, trendColumns: 1 } });
    assert.equal(learnedColumns(await loadModel(dir)), 7);
    const path = join(dir, "manifest.json");
    const text = await Deno.readTextFile(path);
    await Deno.writeTextFile(path, text.replace(/ *"(trend|bias)Columns": .,\n/g, ""));
    const old = await loadModel(dir);
    assert.equal(old.manifest.trendColumns, 0);
    assert.equal(old.manifest.biasColumns, 0);
    assert.equal(learnedColumns(old), 8);
    await Deno.writeTextFile(path, text.replace('"trendColumns": 1', '"trendColumns": 2'));
    await assert.rejects(loadModel(dir), /manifest\.json is no manifest/);
    const { manifest } = model;
    const one = modelOf({ factors: 1 });
    await assert.rejects(
      saveModel(dir, { ...one, manifest: { ...manifest, trendColumns: 1 } }),
      /a trend but no learned factor/,
    );
  }));

Deno.test("a flipped byte in any file is found, and the file named", () =>
  withFolder(async (folder) => {
    for (const { name } of await saved(folder)) {
      const path = join(folder, "model", name);
      const bytes = await Deno.readFile(path);
      const middle = bytes.length >> 1;
      const broken = bytes.slice();
      broken[middle] = broken[middle]! ^ 1;
      await Deno.writeFile(path, broken);
      await assert.rejects(loadModel(join(folder, "model")), (error: Error) => {
        assert(error instanceof SyntaxError);
        assert(error.message.includes(name), error.message);
        assert.match(error.message, /deno task pipeline/);
        return true;
      });
      await Deno.writeFile(path, bytes);
    }
    await loadModel(join(folder, "model"));
  }));

Deno.test("a missing file or folder is named, with the remedy", () =>
  withFolder(async (folder) => {
    await assert.rejects(loadModel(join(folder, "none")), Deno.errors.NotFound);
    await assert.rejects(loadModel(join(folder, "none")), /There is no model in .*none.*pipeline/);
    for (const { name } of await saved(folder)) {
      const path = join(folder, "model", name);
      await Deno.rename(path, path + ".away");
      const expected = new RegExp(`${name.replace(".", "\\.")} is missing`);
      await assert.rejects(loadModel(join(folder, "model")), expected);
      await Deno.rename(path + ".away", path);
    }
  }));

Deno.test("files of two models do not pass for one", () =>
  withFolder(async (folder) => {
    await saveModel(join(folder, "a"), modelOf({ seed: 1 }));
    await saveModel(join(folder, "b"), modelOf({ seed: 2 }));
    await Deno.copyFile(
      join(folder, "b", "model.safetensors"),
      join(folder, "a", "model.safetensors"),
    );
    await assert.rejects(loadModel(join(folder, "a")), /model\.safetensors is not the file/);
  }));

Deno.test("parts that do not fit together are refused before anything is written", () =>
  withFolder(async (folder) => {
    const model = modelOf();
    const faults: [Partial<Model>, RegExp][] = [
      [{ users: model.users.slice(1) }, /40 rows of user factors, but 39 users/],
      [{ popularity: new Float32Array(3) }, /3 popularity counts, but 30 items/],
      [{ userFactors: { rows: 40, cols: 1, data: new Float32Array(40) } }, /columns of user/],
      [{ users: model.users.map(() => "same") }, /two users with the same id/],
      [
        { seen: { ...model.seen, indices: model.seen.indices.map(() => 99) } },
        /has seen item 99 of 30/,
      ],
      [{ confidence: new Float32Array(2) }, /2 confidences, but 117 entries/],
      [{ confidence: new Float32Array(117).fill(-1) }, /a confidence is 1 \+ -1/],
      [
        { itemFactors: { ...model.itemFactors, data: model.itemFactors.data.map(() => NaN) } },
        /item factor is not finite/,
      ],
    ];
    for (const [part, message] of faults) {
      await assert.rejects(saveModel(join(folder, "model"), { ...model, ...part }), message);
    }
    assert.deepEqual([...Deno.readDirSync(folder)], []);
  }));

async function saved(folder: string): Promise<Deno.DirEntry[]> {
  await saveModel(join(folder, "model"), modelOf());
  const files = [...Deno.readDirSync(join(folder, "model"))];
  assert.equal(files.length, 5);
  return files;
}
