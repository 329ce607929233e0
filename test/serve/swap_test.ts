import assert from "node:assert/strict";
import { join } from "node:path";
import { loadModel, saveModel } from "../../pipeline/als/model.ts";
import type { Model } from "../../pipeline/als/model.ts";
import { createApp } from "../../serve/app.ts";
import { client } from "../../serve/client.ts";
import { CurrentRecommender, warmUp } from "../../serve/recommender.ts";
import { Trainings } from "../../serve/trainings.ts";
import { Versions } from "../../serve/versions.ts";
import { listOf, popularOf } from "../support/brute.ts";
import { modelOf } from "../support/shop.ts";

/** Trainings, and rollbacks, that must come to pass. */
const ENOUGH = Number(Deno.env.get("SWAP_TEST_SWAPS") ?? 12);

Deno.test("retrainings and rollbacks under load: each answer is that of the version it names", async () => {
  const folder = await Deno.makeTempDir({ prefix: "swap_" });
  const model = join(folder, "model");
  const live = new CurrentRecommender();
  const models = new Map<string, Model>();
  let seed = 0;
  for (const seed of [0, 1, 2, 3]) {
    const dir = join(folder, String(seed));
    const { model: version } = await saveModel(dir, modelOf({ seed, users: 60, items: 80 }));
    models.set(version, await loadModel(dir));
  }
  const exportNext = async () => {
    const from = join(folder, String(seed++ % 4));
    const draft = join(folder, "draft");
    await Deno.mkdir(draft);
    for await (const { name } of Deno.readDir(from)) {
      await Deno.copyFile(join(from, name), join(draft, name));
    }
    await Deno.remove(model, { recursive: true }).catch(() => {});
    await Deno.rename(draft, model);
  };
  await exportNext();
  const { versions } = await Versions.open({
    ...{ model, dir: join(folder, "versions"), keep: 3 },
    serve(recommender) {
      warmUp(recommender);
      live.swap(recommender);
    },
    log() {},
  });
  const trainings = new Trainings(async () => {
    await exportNext();
    return await versions.adopt();
  });
  const app = createApp(live, { versions, trainings, access: { loopback: true } });
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, app.fetch);
  const shop = client(`http://127.0.0.1:${server.addr.port}`);
  const answered = new Map<string, number>();
  let trained = 0;
  let activated = 0;
  const enough = () => trained >= ENOUGH && activated >= ENOUGH && answered.size === models.size;

  const known = (version: string): Model => {
    const model = models.get(version);
    assert(model, `an answer names ${version}, which was never exported`);
    answered.set(version, (answered.get(version) ?? 0) + 1);
    return model;
  };
  const ask = async (from: number) => {
    for (let n = from; !enough(); n += 7) {
      const user = `user${String(n % 62).padStart(6, "0")}`;
      const filter = { brands: ["Brand 1", "Brand 2"] };
      const one = await shop.v1.users[":id"].recommendations.$get({
        param: { id: user },
        query: { n: 20, brand: filter.brands },
      });
      assert.equal(one.status, 200);
      const answer = await one.json();
      const expected = listOf(known(answer.model), user, 20, filter);
      assert.deepEqual({ kind: answer.kind, items: answer.items }, expected);

      const users = [user, "nobody", "user000001"];
      const batch = await shop.v1.recommendations.$post({ json: { users, n: 5 } });
      const { answers } = await batch.json();
      assert.equal(new Set(answers.map(({ model }) => model)).size, 1, "a mixed batch");
      for (const [at, { model, kind, items }] of answers.entries()) {
        assert.deepEqual({ kind, items }, listOf(known(model), users[at]!, 5, {}));
      }
      const popular = await (await shop.v1.popular.$get({ query: { n: 7 } })).json();
      assert.deepEqual(popular.items, popularOf(known(popular.model), 7, {}));
    }
  };
  const train = async () => {
    while (!enough()) {
      const { id } = await (await shop.v1.train.$post()).json();
      for (let status = "running"; status === "running";) {
        await new Promise((resolve) => setTimeout(resolve, 5));
        ({ status } = await (await shop.v1.train[":id"].$get({ param: { id } })).json());
        assert.notEqual(status, "failed");
      }
      trained++;
    }
  };
  const rollBack = async () => {
    while (!enough()) {
      const { models } = await (await shop.v1.models.$get()).json();
      const version = models.at(-1)?.version ?? "";
      const response = await shop.v1.models[":version"].activate.$post({ param: { version } });
      await response.body?.cancel();
      // A training may have pruned it since.
      assert(response.status === 200 || response.status === 404, `status ${response.status}`);
      if (response.status === 200) activated++;
      await new Promise((resolve) => setTimeout(resolve, 3));
    }
  };
  try {
    await Promise.all([ask(0), ask(1), ask(2), ask(3), train(), rollBack()]);
  } finally {
    await server.shutdown();
    await Deno.remove(folder, { recursive: true });
  }
});
