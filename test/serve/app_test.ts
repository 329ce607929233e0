import assert from "node:assert/strict";
import fc from "../support/fast_check.ts";
import { Recommender } from "../../pipeline/recommender.ts";
import { createApp } from "../../serve/app.ts";
import { CurrentRecommender } from "../../serve/recommender.ts";
import { problemSchema } from "../../serve/schemas/common.ts";
import { recoResponseSchema } from "../../serve/schemas/reco.ts";
import { Trainings } from "../../serve/trainings.ts";
import { modelOf } from "../support/shop.ts";

const json = { "content-type": "application/json" };
const ask = (user: unknown) => ({
  method: "POST",
  headers: json,
  body: JSON.stringify({ user_id_hash: user }),
});

async function assertProblem(response: Response, status: number, detail: RegExp): Promise<void> {
  assert.equal(response.status, status);
  assert.equal(response.headers.get("content-type"), "application/problem+json");
  const document = problemSchema.parse(await response.json());
  assert.equal(document.status, status);
  assert.match(document.detail, detail);
}

Deno.test("/reco of 1,000 users equals brute force over the factors, in float64", async () => {
  const model = modelOf({ users: 1001, items: 400, factors: 16 });
  const app = createApp(new Recommender(model));
  const { userFactors: x, itemFactors: y, seen } = model;
  for (let u = 0; u < 1000; u++) {
    const bought = new Set(seen.indices.subarray(seen.indptr[u]!, seen.indptr[u + 1]!));
    const expected = model.items.map((item, i) => {
      let score = 0;
      for (let f = 0; f < x.cols; f++) score += x.data[u * x.cols + f]! * y.data[i * x.cols + f]!;
      return { item, score, i };
    }).filter(({ i }) => !bought.has(i)).sort((a, b) => b.score - a.score || a.i - b.i).slice(0, 5);
    const response = await app.request("/reco", ask(model.users[u]));
    assert.equal(response.headers.get("x-recommendation"), "personalized");
    assert.deepEqual(await response.json(), [{
      score: expected.map(({ score }) => score),
      catalog_item_name: expected.map(({ item }) => item.name),
      catalog_item_id: expected.map(({ item }) => Number(item.id)),
      brand_name: expected.map(({ item }) => item.brand),
    }]);
  }
});

Deno.test("ids that are no integers go out as text; lists are never padded", async () => {
  const app = createApp(new Recommender(modelOf({ integerItemIds: false, items: 6 })));
  const response = await app.request("/reco", ask("user000000"));
  const [lists] = recoResponseSchema.parse(await response.json());
  assert.equal(lists.catalog_item_id.length, 3);
  for (const id of lists.catalog_item_id) assert.match(String(id), /^sku\d+$/);
  assert.deepEqual(Object.values(lists).map(({ length }) => length), [3, 3, 3, 3]);
});

Deno.test("unknown users get popular items, and the header says so", async () => {
  const recommender = new Recommender(modelOf());
  const response = await createApp(recommender).request("/reco", ask("nobody"));
  assert.equal(response.headers.get("x-recommendation"), "popular");
  const [lists] = recoResponseSchema.parse(await response.json());
  assert.deepEqual(lists.score, recommender.popular(5).map(({ score }) => score));
});

Deno.test("without a model: live, not ready, and told what to do", async () => {
  const live = new CurrentRecommender();
  const app = createApp(live);
  assert.equal((await app.request("/health/live")).status, 200);
  await assertProblem(await app.request("/health/ready"), 503, /No model/);
  await assertProblem(await app.request("/reco", ask("user000000")), 503, /No model/);
  live.swap(new Recommender(modelOf()));
  assert.equal((await app.request("/health/ready")).status, 200);
  assert.equal((await app.request("/reco", ask("user000000"))).status, 200);
});

Deno.test("bad requests are answered by problem documents", async () => {
  const app = createApp(new Recommender(modelOf()), {
    access: { loopback: true },
    trainings: new Trainings(() => Promise.reject(new Error("not asked for"))),
  });
  const post = (body: BodyInit, headers: HeadersInit = json) =>
    app.request("/reco", { method: "POST", headers, body });
  await assertProblem(await post("{"), 400, /not JSON/);
  await assertProblem(await post(""), 400, /not JSON/);
  const latin1 = Uint8Array.from('{"user_id_hash":"\xe9"}', (c) => c.charCodeAt(0));
  await assertProblem(await post(latin1), 400, /not JSON/);
  await assertProblem(await post("{}", { "content-type": "text/plain" }), 415, /text\/plain/);
  for (const body of ["{}", "[]", "null", "7", '{"user_id_hash":7}', '{"user_id_hash":""}']) {
    await assertProblem(await post(body), 422, /user_id_hash|object/);
  }
  await assertProblem(await post('{"user_id_hash":"a","k":9}'), 422, /k/);
  await assertProblem(await post("x".repeat(20_000)), 413, /16384/);
  await assertProblem(await app.request("/nothing"), 404, /\/nothing/);
  for (
    const [method, path, allow] of [
      ["GET", "/reco", "POST"],
      ["POST", "/", "GET, HEAD"],
      ["DELETE", "/health/ready", "GET, HEAD"],
      ["PUT", "/train", "GET, POST"],
      ["HEAD", "/train", "GET, POST"],
    ] as const
  ) {
    const response = await app.request(path, { method });
    assert.equal(response.headers.get("allow"), allow);
    if (method === "HEAD") assert.equal(response.status, 405);
    else await assertProblem(response, 405, /Only/);
  }
});

Deno.test("a streamed body is cut off at the limit as well", async () => {
  const app = createApp(new Recommender(modelOf()));
  const character = new TextEncoder().encode('{"user_id_hash":"é"}');
  const halves = new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(character.slice(0, 18));
      controller.enqueue(character.slice(18));
      controller.close();
    },
  });
  const whole = await app.request("/reco", { method: "POST", headers: json, body: halves });
  assert.equal(whole.status, 200);
  await whole.body?.cancel();
  const body = new ReadableStream<Uint8Array>({
    pull: (controller) => controller.enqueue(new Uint8Array(4096).fill(32)),
  });
  await assertProblem(
    await app.request("/reco", { method: "POST", headers: json, body }),
    413,
    /larger/,
  );
});

Deno.test("no body whatever makes a server error", async () => {
  const app = createApp(new Recommender(modelOf()));
  const body = fc.oneof(
    fc.string(),
    fc.json(),
    fc.jsonValue().map((value) => JSON.stringify({ user_id_hash: value })),
    fc.string({ unit: "binary" }).map((value) => JSON.stringify({ user_id_hash: value })),
    fc.uint8Array(),
  );
  await fc.assert(
    fc.asyncProperty(body, fc.option(fc.constantFrom("application/json", "text/csv")), async (
      body,
      type,
    ) => {
      const response = await app.request("/reco", {
        method: "POST",
        headers: type === null ? {} : { "content-type": type },
        body: typeof body === "string" ? body : new Uint8Array(body),
      });
      assert(response.status < 500, `status ${response.status}`);
      await response.body?.cancel();
    }),
    { numRuns: 300, seed: 42 },
  );
});

Deno.test("a swap under load drops no request, and each answer is of one model", async () => {
  const models = [1, 2].map((seed) => new Recommender(modelOf({ seed, users: 200, items: 100 })));
  const live = new CurrentRecommender(models[0]);
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    createApp(live).fetch,
  );
  const url = `http://127.0.0.1:${server.addr.port}/reco`;
  let swaps = 0;
  const timer = setInterval(() => live.swap(models[++swaps % 2]!), 1);
  const answers = [0, 0];
  try {
    const client = async (from: number) => {
      for (let n = from; n < 400; n += 8) {
        const user = `user${String(n % 199).padStart(6, "0")}`;
        const response = await fetch(url, ask(user));
        assert.equal(response.status, 200);
        const [{ score }] = recoResponseSchema.parse(await response.json());
        const which = models.findIndex((model) =>
          model.recommend(user, 5).items.every((item, rank) => item.score === score[rank])
        );
        assert.notEqual(which, -1, "an answer of neither model");
        answers[which]!++;
      }
    };
    await Promise.all(Array.from({ length: 8 }, (_, n) => client(n)));
  } finally {
    clearInterval(timer);
    await server.shutdown();
  }
  assert.equal(answers[0]! + answers[1]!, 400);
  assert(answers[0]! > 0 && answers[1]! > 0 && swaps > 2, `${answers} after ${swaps} swaps`);
});
