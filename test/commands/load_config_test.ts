import assert from "node:assert/strict";
import fc from "../support/fast_check.ts";
import { configKeys, loadConfig, parseConfig } from "../../pipeline/commands/load_config.ts";
import { UsageError } from "../../pipeline/errors.ts";

const ROOT = new URL("../../", import.meta.url);

async function withFile(text: string, sets: readonly string[]) {
  const path = await Deno.makeTempFile({ suffix: ".json" });
  try {
    await Deno.writeTextFile(path, text);
    return await loadConfig(path, sets, "my.json");
  } finally {
    await Deno.remove(path);
  }
}

Deno.test("the committed config's values are the defaults, but for the sample's fewer factors", async () => {
  const { $schema: _, ...config } = await loadConfig(new URL("pipeline.json", ROOT).pathname);
  assert.deepEqual(config, parseConfig({ train: { factors: 16 } }));
});

Deno.test("--set: JSON where it parses, else a string; the last one wins", async () => {
  const config = await withFile('{"train": {"factors": 8, "alpha": 2}}', [
    "train.factors=16",
    "train.factors=32",
    "train.halfLife=null",
    "source.interactions.path=a=b.csv",
    'source.items.columns.name=["a", "b"]',
    "evaluate.k=[1]",
    "train.earlyStopping=false",
  ]);
  assert.equal(config.train.factors, 32);
  assert.equal(config.train.alpha, 2);
  assert.equal(config.train.halfLife, null);
  assert.equal(config.train.earlyStopping, false);
  assert.equal(config.source.interactions.path, "a=b.csv");
  assert.deepEqual(config.source.items.columns.name, ["a", "b"]);
  assert.deepEqual(config.evaluate.k, [1]);
});

Deno.test("bytes of memory: powers of 1024 or of 1000, or a number", async () => {
  const written: [string, number][] = [
    ["1GiB", 2 ** 30],
    ["1.5 GiB", 1.5 * 2 ** 30],
    ["500MB", 5e8],
    ["500m", 5e8],
    ["64kib", 65_536],
    ["1000", 1000],
  ];
  for (const [text, bytes] of written) {
    assert.equal((await withFile("{}", [`train.memory=${text}`])).train.memory, bytes, text);
  }
});

const WRONG: readonly [string, string, RegExp][] = [
  ["{}", "train.factor=8", /unknown key "train\.factor" \(did you mean "train\.factors"\?\)/],
  ["{}", "factors=8", /unknown key "factors" \(did you mean "train\.factors"\?\)/],
  ["{}", "evaluate.kk=[1]", /did you mean "evaluate\.k"/],
  ["{}", "train.factors=many", /my\.json: train\.factors: .*number/],
  ["{}", "train.factors=0", /train\.factors: .*>=1/],
  ["{}", "train.solver=magic", /train\.solver: .*"reference"/],
  ["{}", "train.memory=lots", /train\.memory: .*write it as "1GiB"/],
  ["{}", 'train.trend={"days":3}', /unknown key "train\.trend\.days"/],
  ["{}", "train=3", /train: .*object/],
  ["{}", "train", /--set train: write it as/],
  ["{}", "=3", /write it as/],
  ["{}", "a.__proto__.b=3", /write it as/],
  ["{", "train.factors=8", /my\.json is not JSON/],
];
for (const [text, set, message] of WRONG) {
  Deno.test(`config ${text} --set ${set} is a usage error: ${message}`, async () => {
    await assert.rejects(
      withFile(text, [set]),
      (error: unknown) =>
        error instanceof UsageError && message.test(error.message) && !error.message.includes("\n"),
    );
  });
}

Deno.test("a key with one letter changed is found again", () => {
  const keys = configKeys().filter((key) => key.length > 6);
  fc.assert(fc.property(fc.constantFrom(...keys), fc.nat(), (key, at) => {
    const i = key.lastIndexOf(".") + 1 + at % (key.length - key.lastIndexOf(".") - 1);
    const wrong = `${key.slice(0, i)}Q${key.slice(i)}`.split(".");
    const value = wrong.reduceRight<unknown>((inner, name) => ({ [name]: inner }), 1);
    assert.throws(
      () => parseConfig(value),
      (error: unknown) =>
        error instanceof UsageError && error.message.includes(`did you mean "${key}"`),
    );
  }));
});

Deno.test("a missing config is named", async () => {
  await assert.rejects(loadConfig("/nowhere/x.json", [], "x.json"), {
    name: "UsageError",
    message: "The config x.json does not exist",
  });
});
