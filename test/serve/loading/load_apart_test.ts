import assert from "node:assert/strict";
import { join } from "node:path";
import { saveModel } from "../../../pipeline/als/model.ts";
import { load } from "../../../pipeline/recommender.ts";
import { loadApart } from "../../../serve/loading/load_apart.ts";
import { NEXT, type Part, PART_SIZE } from "../../../serve/loading/parts.ts";
import { modelOf } from "../../support/shop.ts";

Deno.test("a model that another thread loaded answers as one that was loaded here", async () => {
  const dir = await Deno.makeTempDir({ prefix: "apart_" });
  try {
    // More users and items than one part holds, neither a multiple of it.
    await saveModel(dir, modelOf({ users: 2300, items: 1050, factors: 6 }));
    const [here, apart] = [await load(dir), await loadApart(dir)];
    assert.deepEqual(apart.model, here.model);
    for (const user of [...here.model.users.slice(0, 50), here.model.users.at(-1)!, "nobody"]) {
      assert.deepEqual(apart.recommend(user, 20), here.recommend(user, 20));
    }
    const [some, other] = here.model.items;
    assert.ok(some && other);
    assert.deepEqual(apart.similar(some.id, 9), here.similar(some.id, 9));
    assert.deepEqual(apart.similarUsers("user000001"), here.similarUsers("user000001"));
    assert.equal(apart.foldsIn, here.foldsIn);
    if (here.foldsIn) {
      assert.deepEqual(
        apart.recommendFor([some.id, other.id]),
        here.recommendFor([some.id, other.id]),
      );
    }
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});

Deno.test("the thread says a part when it is asked for one, so that others have their turn", async () => {
  const dir = await Deno.makeTempDir({ prefix: "apart_" });
  const worker = new Worker(new URL("../../../serve/loading/worker.ts", import.meta.url), {
    type: "module",
  });
  try {
    await saveModel(dir, modelOf({ users: 2 * PART_SIZE, items: 20, factors: 2 }));
    const parts: string[] = [];
    let told = () => {};
    worker.onmessage = ({ data }: MessageEvent<Part>) => {
      parts.push(data.part);
      told();
    };
    for (const [at, wanted] of [{ dir }, NEXT, NEXT, NEXT, NEXT].entries()) {
      assert.equal(parts.length, at);
      const answer = new Promise<void>((resolve) => told = resolve);
      worker.postMessage(wanted);
      await answer;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    assert.deepEqual(parts, ["arrays", "users", "users", "items", "end"]);
  } finally {
    worker.terminate();
    await Deno.remove(dir, { recursive: true });
  }
});

Deno.test("what is wrong with a model is told as where it is loaded here", async () => {
  const dir = await Deno.makeTempDir({ prefix: "apart_" });
  try {
    await assert.rejects(loadApart(join(dir, "none")), Deno.errors.NotFound);
    const damaged = join(dir, "model");
    await saveModel(damaged, modelOf());
    await Deno.writeTextFile(join(damaged, "users.parquet"), "no table");
    await assert.rejects(loadApart(damaged), { name: "SyntaxError", message: /users\.parquet/ });
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});
