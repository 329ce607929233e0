import assert from "node:assert/strict";
import {
  changedText,
  changeLine,
  changes,
  writeChanges,
} from "../../pipeline/commands/config_file.ts";

const TEXT = `{
  "$schema": "../pipeline.schema.json",
  "split": { "strategy": "temporal", "days": 35 },
  "train": {
    "solver": "simd",
    "factors": 64,
    "trend": { "halfLife": 14, "weight": 1 },
    "lambda": 20
  }
}
`;

Deno.test("changes: one for each plain value that is another", () => {
  const before = { factors: 64, trend: { halfLife: 14, weight: 1 }, halfLife: null, x: 1 };
  const after = { factors: 64, trend: { halfLife: 7, weight: 1 }, halfLife: 30 };
  const list = changes(["train"], before, after);
  assert.deepEqual(list.map(changeLine), [
    "train.trend.halfLife 14 -> 7",
    "train.halfLife null -> 30",
  ]);
  assert.deepEqual(changes(["train"], before, before), []);
  assert.deepEqual(changes(["trend"], null, after.trend).length, 1);
});

Deno.test("changedText: values change, order and layout stay", () => {
  const list = changes(
    ["train"],
    { factors: 64, trend: { halfLife: 14, weight: 1 }, lambda: 20 },
    { factors: 128, trend: { halfLife: 7.5, weight: 1 }, lambda: 0.012 },
  );
  assert.equal(
    changedText(TEXT, list),
    TEXT.replace("64", "128").replace("14", "7.5").replace("20", "0.012"),
  );
});

Deno.test("changedText: a new key comes last in its section, a new section last of all", () => {
  const one = changedText(TEXT, [{ path: ["train", "alpha"], before: 1, after: 2.4 }]);
  assert.equal(one, TEXT.replace('"lambda": 20', '"lambda": 20,\n    "alpha": 2.4'));
  const path = ["evaluate", "k"];
  assert.deepEqual(JSON.parse(changedText("{}", [{ path, before: [5], after: [3] }])), {
    evaluate: { k: [3] },
  });
  assert.ok(
    changedText(TEXT, [{ path: ["train", "trend"], before: {}, after: null }])
      .includes('"trend": null'),
  );
});

Deno.test("writeChanges: again, nothing changes; through a link, the file itself is written", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/real.json`, TEXT);
    await Deno.symlink(`${folder}/real.json`, `${folder}/pipeline.json`);
    const list = [{ path: ["train", "lambda"], before: 20, after: 3 }];
    for (let times = 0; times < 2; times++) {
      await writeChanges(`${folder}/pipeline.json`, list, "pipeline.json");
      assert.equal(await Deno.readTextFile(`${folder}/real.json`), TEXT.replace("20", "3"));
    }
    assert.ok((await Deno.lstat(`${folder}/pipeline.json`)).isSymlink);
    const bad = [{ path: ["train", "lambda"], before: 20, after: -3 }];
    await assert.rejects(writeChanges(`${folder}/real.json`, bad, "pipeline.json"), /train.lambda/);
    await Deno.writeTextFile(`${folder}/real.json`, "{");
    await assert.rejects(
      writeChanges(`${folder}/real.json`, list, "it"),
      /it is not JSON any more/,
    );
    assert.deepEqual([...Deno.readDirSync(folder)].map(({ name }) => name).sort(), [
      "pipeline.json",
      "real.json",
    ]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
