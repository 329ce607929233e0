import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import type { Io } from "../../pipeline/commands/command.ts";
import { main } from "../../pipeline/main.ts";
import { buildPipeline } from "../../pipeline/pipeline.ts";
import { groups } from "../support/groups.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url)).replace(/\/$/, "");

const SPACE = {
  als: {
    ...{ factors: [2, 3, 4], iterations: 3, weight: "binary", popularityExponent: 0 },
    ...{ alpha: { min: 1, max: 10 }, lambda: { min: 0.1, max: 10 }, regularization: "constant" },
  },
};

const foundSchema = z.object({
  models: z.array(z.object({
    parts: z.string(),
    trials: z.int(),
    users: z.int(),
    failed: z.array(z.object({ message: z.string() })),
    rungs: z.array(z.object({ trials: z.int(), correlation: z.number().nullable() })),
    finalists: z.array(z.object({ trial: z.int(), figure: z.number(), params: z.unknown() })),
    winner: z.object({
      trial: z.int(),
      figure: z.number(),
      params: z.record(z.string(), z.unknown()),
    }),
    present: z.object({ trial: z.int(), figure: z.number() }),
  })),
  changes: z.array(z.object({ key: z.string(), before: z.unknown(), after: z.unknown() })),
  written: z.boolean(),
});

/** A shop, a config and a store in a temporary folder; the code is the project's own. */
class Shop implements AsyncDisposable {
  readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  static async create(tune: object = {}, timed = true): Promise<Shop> {
    const shop = new Shop(await Deno.realPath(await Deno.makeTempDir({ prefix: "tune-" })));
    const { user, item, quantity, time } = groups(timed);
    const rows = Array.from(
      user,
      (u, n) => `${[u, item[n], quantity[n]].join()}${time ? `,${isoOf(time[n] ?? 0)}` : ""}`,
    );
    const head = `user_id_hash,catalog_item_id,quantity${timed ? ",ordered_at" : ""}`;
    await Deno.writeTextFile(shop.path("purchases.csv"), [head, ...rows].join("\n") + "\n");
    await shop.config({ tune: { trials: 9, rungs: 2, space: SPACE, ...tune } });
    return shop;
  }

  async config(more: object): Promise<void> {
    await Deno.writeTextFile(
      this.path("pipeline.json"),
      JSON.stringify(
        {
          source: { interactions: { path: this.path("purchases.csv") } },
          split: { days: 15 },
          train: { solver: "reference", factors: 2, alpha: 1, lambda: 30 },
          ...more,
        },
        null,
        2,
      ) + "\n",
    );
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  async tune(...args: string[]): Promise<{ code: number; out: string; err: string }> {
    const [out, err]: [string[], string[]] = [[], []];
    const io: Io = {
      root: ROOT,
      out: (text) => out.push(text),
      err: (text) => err.push(text),
      terminal: false,
      signal: new AbortController().signal,
      build: buildPipeline,
    };
    const places = ["--config", this.path("pipeline.json"), "--store", this.path("store")];
    const code = await main(["tune", ...args, ...places], io);
    return { code, out: out.join("\n"), err: err.join("\n") };
  }

  async json(...args: string[]): Promise<z.infer<typeof foundSchema>> {
    const { code, out, err } = await this.tune("--json", ...args);
    assert.equal(code, 0, err);
    return foundSchema.parse(JSON.parse(out));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.folder, { recursive: true });
  }
}

function isoOf(seconds: number): string {
  return new Date(seconds * 1000 + Date.UTC(2020, 0, 1)).toISOString();
}

Deno.test("tune: the same seed, the same trials and winner; again, all of it from the store", async () => {
  await using shop = await Shop.create();
  const first = await shop.tune("--json");
  const again = await shop.tune("--json");
  const plain = (text: string) => foundSchema.parse(JSON.parse(text));
  assert.deepEqual(plain(again.out), plain(first.out));
  const { models: [found] } = plain(first.out);
  assert.ok(found);
  assert.equal(found.trials, 9);
  assert.equal(found.rungs[0]?.trials, 9);
  assert.ok(found.winner.figure >= found.present.figure);
  assert.match(first.err, /(\d+) trials judged, 0 of them from the store/);
  const [, judged, cached] = /(\d+) trials judged, (\d+) of them from/.exec(again.err) ?? [];
  assert.ok(judged !== undefined && judged === cached);

  await using other = await Shop.create();
  assert.deepEqual(await other.json(), plain(first.out));
  const reseeded = await shop.json("--set", "tune.seed=7");
  assert.notDeepEqual(reseeded.models[0]?.finalists, found.finalists);
});

Deno.test("tune --write: tuned keys alone, layout kept, and again there is nothing to write", async () => {
  // In one round, so that the same trials are drawn whatever the present params are.
  await using shop = await Shop.create({ rounds: 1 });
  const before = await Deno.readTextFile(shop.path("pipeline.json"));
  const { changes, models } = await shop.json();
  assert.equal(await Deno.readTextFile(shop.path("pipeline.json")), before);
  assert.ok(changes.length > 0 && changes.every(({ key }) => key.startsWith("train.")));

  const { code, out } = await shop.tune("--write", "--set", "train.seed=42");
  assert.equal(code, 0);
  assert.match(out, /Written into .*pipeline\.json:\n {2}train\./);
  assert.match(out, /Not written: --set train\.seed=42/);
  assert.match(out, /optimistic; the test part was not looked at/);
  const after = await Deno.readTextFile(shop.path("pipeline.json"));
  assert.equal(JSON.parse(after).train.alpha, models[0]?.winner.params.alpha);
  assert.equal(JSON.parse(after).train.seed, undefined);
  assert.deepEqual(Object.keys(JSON.parse(after)), Object.keys(JSON.parse(before)));

  const more = await shop.json("--write");
  assert.deepEqual(more.changes, []);
  assert.equal(more.models[0]?.winner.figure, models[0]?.winner.figure);
  assert.equal(await Deno.readTextFile(shop.path("pipeline.json")), after);
});

Deno.test("tune: purchases without times are tuned without decay and trend", async () => {
  await using shop = await Shop.create({}, false);
  const { models: [found] } = await shop.json();
  assert.ok(found && found.finalists.length > 0 && found.failed.length === 0);
  assert.equal(found.winner.params.halfLife, null);
  assert.equal(found.winner.params.trend, null);
});

Deno.test("tune: a trial that fails is counted, and the others go on", async () => {
  await using shop = await Shop.create();
  const { out, code } = await shop.tune("--set", "train.memory=1000");
  assert.equal(code, 2);
  assert.equal(out, "");
  const { err } = await shop.tune("--set", "train.memory=1000");
  assert.match(err, /No trial could be judged in full; 9 failed, the first one so: .* memory/);
});

Deno.test("tune: Spark tells of its last sweep alone, so nothing can be tuned with it", async () => {
  await using shop = await Shop.create();
  const settings = ["solver=spark", "regularization=weighted", "earlyStopping=false"];
  const { code, err } = await shop.tune(...settings.flatMap((each) => ["--set", `train.${each}`]));
  assert.equal(code, 2);
  assert.match(err, /judged by every sweep.*--set train\.solver=simd/);
});

Deno.test("tune: too little time says so, and the project's lock file is not touched", async () => {
  await using shop = await Shop.create();
  const { code, err } = await shop.tune("--minutes", "0.00001");
  assert.equal(code, 2);
  assert.match(err, /0\.00001 minutes were too short to judge a trial in full/);
  await assert.rejects(Deno.stat(shop.path("store/pipeline.lock.json")), Deno.errors.NotFound);
});

Deno.test("tune: gc keeps what the last search of a config made", async () => {
  await using shop = await Shop.create();
  await shop.json();
  const io: Io = {
    ...{ root: ROOT, out() {}, err() {}, terminal: false, build: buildPipeline },
    signal: new AbortController().signal,
  };
  const places = ["--config", shop.path("pipeline.json"), "--store", shop.path("store")];
  assert.equal(await main(["gc", "--max-bytes", "0", ...places], io), 0);
  const { err } = await shop.tune();
  const [, judged, cached] = /(\d+) trials judged, (\d+) of them from/.exec(err) ?? [];
  assert.ok(judged !== undefined && judged === cached);
});

Deno.test("tune: what is wrong with a space is said, with its key", async () => {
  await using shop = await Shop.create();
  const cases: readonly [string, RegExp][] = [
    ['tune.space.als.lambda={"min":10,"max":1}', /tune\.space\.als\.lambda.*range/],
    ["tune.space.als.lambda=-1", /tune\.space\.als\.lambda: Too small/],
    ['tune.space.als.lambda="much"', /tune\.space\.als\.lambda: write a value .* range/],
    ['tune.space.als.weight="heavy"', /tune\.space\.als\.weight/],
    ["tune.space.als.latent=3", /unknown key "tune\.space\.als\.latent"/],
    ["tune.metric=ndcg", /tune\.metric.*ndcg@10/],
    ["tune.eta=1", /tune\.eta/],
  ];
  for (const [set, message] of cases) {
    const { code, err } = await shop.tune("--set", set);
    assert.equal(code, 2);
    assert.match(err, message);
  }
  for (
    const args of [["--trials", "0"], ["--trials", "x"], ["--minutes", "0"], ["--model", "x"]]
  ) {
    const { code, err } = await shop.tune(...args);
    assert.equal(code, 2);
    assert.ok(err.includes(`${args[0]} ${args[1]}`), err);
  }
});

Deno.test("tune --rolling: each cut gets params of its own, from what lies before it", async () => {
  await using shop = await Shop.create();
  const rolling = {
    split: { strategy: "temporal", days: 10, rolling: { cuts: 3, everyDays: 10 } },
  };
  const tune = { trials: 4, rungs: 1, rounds: 1, space: SPACE };
  await shop.config({ ...rolling, tune });
  const found = await shop.json("--rolling", "--write");
  assert.deepEqual(found.models.map(({ parts }) => parts), ["split@1", "split@2", "split"]);
  const read = async () => JSON.parse(await Deno.readTextFile(shop.path("pipeline.json")));
  const written = await read();
  const { overrides } = written.split.rolling;
  assert.equal(overrides.length, 2);
  for (const [n, { train }] of overrides.entries()) {
    assert.equal(train.alpha, found.models[n]?.winner.params.alpha);
    assert.equal(train.model, undefined);
  }
  assert.equal(written.train.alpha, found.models[2]?.winner.params.alpha);
  assert.deepEqual((await shop.json("--rolling", "--write")).changes, []);
  assert.deepEqual(await read(), written);

  const one = await shop.json("--cut", "2");
  assert.deepEqual(one.models.map(({ parts }) => parts), ["split@2"]);
  assert.match((await shop.tune("--cut", "4")).err, /--cut 4: there are 3 cuts/);
  await shop.config({ tune });
  assert.match((await shop.tune("--rolling")).err, /this config has none/);
});

Deno.test("tune: users who were held out are folded in, whatever is tuned", async () => {
  await using shop = await Shop.create();
  await shop.config({
    split: { strategy: "held-out-users", heldOut: { users: 0.3, foldIn: 0.6 } },
    tune: { trials: 4, rungs: 1, space: SPACE },
  });
  for (const model of ["als", "itemKnn", "ease"]) {
    const { models: [found] } = await shop.json("--model", model);
    assert.ok(found && found.failed.length === 0 && found.winner.figure > 0);
  }
});
