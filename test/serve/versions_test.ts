import assert from "node:assert/strict";
import { join } from "node:path";
import { MANIFEST } from "../../pipeline/als/manifest.ts";
import { saveModel } from "../../pipeline/als/model.ts";
import { createApp } from "../../serve/app.ts";
import { CurrentRecommender } from "../../serve/recommender.ts";
import { modelsSchema } from "../../serve/schemas/models.ts";
import { Versions } from "../../serve/versions.ts";
import { answerOf, assertProblem } from "../support/http.ts";
import { modelOf } from "../support/shop.ts";

/** A folder with an export, and servers that start on it. */
async function shop(keep = 3) {
  const folder = await Deno.makeTempDir({ prefix: "versions_" });
  const model = join(folder, "model");
  const dir = join(folder, "model.versions");
  const lines: string[] = [];
  return {
    model,
    dir,
    lines,
    /** Exports the model of a seed; returns its version. What was kept before is clearly older. */
    async export(seed: number) {
      await age(dir);
      const { model: version } = await saveModel(model, modelOf({ seed, users: 12, items: 10 }));
      return version;
    },
    async start() {
      const live = new CurrentRecommender();
      const { versions, why } = await Versions.open({
        ...{ dir, model, keep },
        serve: (recommender) => live.swap(recommender),
        log: (line) => lines.push(line),
      });
      const app = createApp(live, { versions, access: { loopback: true } });
      const active = () => live.snapshot()?.version;
      const activate = (version: string) =>
        app.request(`/v1/models/${version}/activate`, { method: "POST" });
      return { live, versions, why, app, active, activate };
    },
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}

/** Makes all that is kept a second older: two files written in one tick of the clock have no order. */
async function age(dir: string): Promise<void> {
  for (const { name, isDirectory } of await entries(dir)) {
    if (!isDirectory) continue;
    const path = join(dir, name, MANIFEST);
    const { mtime } = await Deno.stat(path);
    assert(mtime);
    const earlier = new Date(mtime.getTime() - 1000);
    await Deno.utime(path, earlier, earlier);
  }
}

async function entries(dir: string): Promise<Deno.DirEntry[]> {
  try {
    return await Array.fromAsync(Deno.readDir(dir));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

Deno.test("an export is kept and served; an earlier one can be activated, also after a restart", async () => {
  await using place = await shop();
  const first = await place.export(1);
  const server = await place.start();
  assert.equal(server.active(), first);
  const second = await place.export(2);
  assert.equal(await server.versions.adopt(), second);
  assert.equal(server.active(), second);

  const response = await server.activate(first);
  assert.deepEqual(await response.json(), { active: first, previous: second });
  assert.equal(server.active(), first);
  const { active, models } = modelsSchema.parse(await answerOf(server.app, "/v1/models"));
  assert.equal(active, first);
  assert.deepEqual(models.map(({ version, active }) => [version, active]), [
    [second, false],
    [first, true],
  ]);
  assert.deepEqual(models[0]?.metrics, { "ndcg@10": 0.25 });

  assert.equal((await place.start()).active(), first);
  // A later export is a later decision.
  const third = await place.export(3);
  assert.equal((await place.start()).active(), third);
  assert.equal((await place.start()).active(), third);
});

Deno.test("training to the same model as before a rollback serves it again", async () => {
  await using place = await shop();
  const server = await place.start();
  assert.match(String(server.why), /no model/);
  const first = await place.export(1);
  await server.versions.adopt();
  const second = await place.export(2);
  await server.versions.adopt();
  await server.versions.activate(first);
  await server.versions.adopt();
  assert.equal(server.active(), second);
});

Deno.test("as many as said are kept; the active one and the latest export always", async () => {
  await using place = await shop(2);
  const first = await place.export(1);
  const { versions, active, activate } = await place.start();
  const exported = [first];
  for (const seed of [2, 3, 4]) {
    exported.push(await place.export(seed));
    await versions.adopt();
  }
  const kept = () => versions.list().map(({ manifest }) => manifest.model);
  assert.deepEqual(kept(), exported.slice(2).reverse());
  await activate(exported[2]!);
  exported.push(await place.export(5));
  await versions.adopt();
  assert.deepEqual(kept(), [exported[4], exported[3]]);
  assert.equal(active(), exported[4]);
  assert.equal([...Deno.readDirSync(place.dir)].length, 3);
});

Deno.test("what is not kept is a 404, what is damaged a 409; the active one goes on", async () => {
  await using place = await shop();
  const first = await place.export(1);
  const server = await place.start();
  const second = await place.export(2);
  await server.versions.adopt();
  await assertProblem(await server.activate(`sha256:${"0".repeat(64)}`), 404, /not kept/);
  await assertProblem(await server.activate("latest"), 422, /version/);
  const path = join(place.dir, first.slice(7), "model.safetensors");
  const bytes = await Deno.readFile(path);
  bytes[bytes.length - 1]! ^= 1;
  await Deno.writeFile(path, bytes);
  await assertProblem(await server.activate(first), 409, /damaged/);
  assert.equal(server.active(), second);
  await Deno.remove(join(place.dir, first.slice(7)), { recursive: true });
  await assertProblem(await server.activate(first), 404, /not kept/);
});

Deno.test("a damaged export does not keep a server from what it has", async () => {
  await using place = await shop();
  const first = await place.export(1);
  await place.start();
  await place.export(2);
  await Deno.writeTextFile(join(place.model, "seen.safetensors"), "");
  const server = await place.start();
  assert.equal(server.active(), first);
  await assert.rejects(server.versions.adopt(), /seen.safetensors/);
  assert.equal(server.active(), first);
  assert.match(place.lines.join("\n"), /cannot be served/);
  // Nor does a damaged pointer, a lost export, or a draft that was left behind.
  await Deno.writeTextFile(join(place.dir, "active.json"), "{");
  await Deno.remove(place.model, { recursive: true });
  const draft = join(place.dir, ".new-left");
  await Deno.mkdir(draft);
  await Deno.utime(draft, 0, 0);
  assert.equal((await place.start()).active(), first);
  await assert.rejects(Deno.stat(draft), Deno.errors.NotFound);
});

Deno.test("a damaged copy of what is exported is made again", async () => {
  await using place = await shop();
  const first = await place.export(1);
  const server = await place.start();
  await Deno.writeTextFile(join(place.dir, first.slice(7), "users.parquet"), "");
  assert.equal(await server.versions.adopt(), first);
  assert.equal((await place.start()).active(), first);
});

Deno.test("changes take turns: the last asked for is the one that answers and is remembered", async () => {
  await using place = await shop();
  const versions = [await place.export(1)];
  const server = await place.start();
  for (const seed of [2, 3]) {
    versions.push(await place.export(seed));
    await server.versions.adopt();
  }
  const order = Array.from({ length: 30 }, (_, n) => versions[(n * 7 + 1) % 3]!);
  await Promise.all(order.map((version) => server.versions.activate(version)));
  assert.equal(server.active(), order.at(-1));
  assert.equal((await place.start()).active(), order.at(-1));
});

Deno.test("without access nothing can be activated; without versions only what answers", async () => {
  await using place = await shop();
  const first = await place.export(1);
  const { live } = await place.start();
  const request = (options: Parameters<typeof createApp>[1], version: string) =>
    createApp(live, options).request(`/v1/models/${version}/activate`, { method: "POST" });
  await assertProblem(await request({}, first), 403, /nothing can be changed/);
  await assertProblem(
    await request({ access: { loopback: false } }, first),
    403,
    /without a token/,
  );
  const token = { loopback: false, token: "t" };
  await assertProblem(await request({ access: token }, first), 401, /token/);
  assert.equal((await request({ access: { loopback: true } }, first)).status, 200);
  const other = `sha256:${"0".repeat(64)}`;
  await assertProblem(await request({ access: { loopback: true } }, other), 404, /not kept/);
});
