import assert from "node:assert/strict";
import { Recommender } from "../../pipeline/recommender.ts";
import { createApp } from "../../serve/app.ts";
import { CurrentRecommender } from "../../serve/recommender.ts";
import { recommendationSchema } from "../../serve/schemas/recommendation.ts";
import { Trainings } from "../../serve/trainings.ts";
import { answerOf, assertProblem, posted } from "../support/http.ts";
import { modelOf } from "../support/shop.ts";

const app = createApp(new Recommender(modelOf()), {
  access: { loopback: true },
  trainings: new Trainings(() => Promise.resolve("sha256:new")),
});
const get = (path: string, headers: HeadersInit = {}) => app.request(path, { headers });
const post = (body: unknown) => app.request("/v1/recommendations", posted(body));

Deno.test("ids are taken from the path as they are percent-encoded", async () => {
  for (
    const id of [
      "a b",
      "a+b",
      "a/b",
      "50%",
      "%41",
      "ü",
      "a?b#c",
      "\u0000",
      "…",
      "a,b",
      "x".repeat(1024),
    ]
  ) {
    const path = `/v1/users/${encodeURIComponent(id)}/recommendations`;
    const { user } = recommendationSchema.parse(await answerOf(app, path));
    assert.equal(user, id);
  }
  for (const bad of ["%", "%f", "%ff", "a%C3", "%zz"]) {
    await assertProblem(await get(`/v1/users/${bad}/recommendations`), 400, /percent-encoded/);
    await assertProblem(await get(`/v1/popular?brand=${bad}`), 400, /percent-encoded/);
  }
  const long = "x".repeat(1025);
  await assertProblem(await get(`/v1/users/${long}/recommendations`), 422, /id/);
  await assertProblem(await get("/v1/users//recommendations"), 404, /nothing at/);
});

Deno.test("a query of unknown, repeated or unfit parts is refused by name", async () => {
  for (
    const n of ["0", "101", "1.5", "1e1", "0x5", "", "-1", "99999999999999999999", "five", " 5"]
  ) {
    await assertProblem(await get(`/v1/popular?n=${encodeURIComponent(n)}`), 422, /n/);
  }
  await assertProblem(await get("/v1/popular?n=5&n=6"), 422, /n/);
  await assertProblem(await get("/v1/popular?exlude=7"), 422, /exlude/);
  await assertProblem(await get("/v1/popular?__proto__=7"), 422, /__proto__/);
  await assertProblem(await get("/v1/popular?brand="), 422, /brand/);
  await assertProblem(await get("/v1/users/a/recommendations?explain=yes"), 422, /explain/);
  await assertProblem(await get("/v1/users/a/recommendations?bought=never"), 422, /bought/);
  await assertProblem(await get("/v1/train/seven"), 422, /id/);
});

Deno.test("a body must be one of the three, within limits", async () => {
  const many = (count: number) => Array.from({ length: count }, (_, n) => `u${n}`);
  for (
    const body of [
      {},
      [],
      null,
      "x",
      { users: [] },
      { users: many(101) },
      { user: "" },
      { user: "a", users: ["b"] },
      { users: ["a"], explain: true },
      { user: "a", n: 0 },
      { user: "a", n: 101 },
      { user: "a", n: "5" },
      { user: "a", colour: "red" },
      { user: "a", attributes: { color: "red" } },
      { user: "a", attributes: Object.fromEntries(many(21).map((name) => [name, []])) },
      { basket: [] },
      { basket: many(1001) },
      { basket: [{ item: "a", quantity: 0 }] },
      { basket: [{ item: "a", time: "yesterday" }] },
      { basket: [{ item: "a", price: 5 }] },
    ]
  ) await assertProblem(await post(body), 422, /./);
  await assertProblem(await post({ user: "x".repeat(2 ** 21) }), 413, /2097152/);
});

Deno.test("keys that reach for prototypes change nothing and are refused", async () => {
  const text = [
    '{"user":"a","__proto__":{"n":3}}',
    '{"user":"a","constructor":{"prototype":{}}}',
    '{"user":"a","attributes":{"__proto__":["x"]}}',
  ];
  for (const body of text) {
    const init = { ...posted({}), body };
    await assertProblem(await app.request("/v1/recommendations", init), 422, /./);
  }
  assert.equal(Object.keys(Object.prototype).length, 0);
});

Deno.test("what is wrong is told by the form that was meant, briefly, whatever is sent", async () => {
  await assertProblem(await post({ user: "a", n: 0 }), 422, /at n$/);
  await assertProblem(await post({ users: ["a"], colour: 1 }), 422, /colour/);
  await assertProblem(await post({ basket: ["a", ""] }), 422, /at basket.1/);
  await assertProblem(await post({ user: "a", inStock: ["b", 7] }), 422, /Entry 1 .* at inStock/);
  const ones = Array.from({ length: 400_000 }, () => 1);
  const keys = Object.fromEntries(ones.slice(0, 100_000).map((one, n) => [`k${n}`, one]));
  for (
    const body of [
      { user: "a", inStock: ones },
      { basket: ones },
      { users: ones },
      { user: "a", attributes: keys },
      { user: "a", ...keys },
      { user: "a", attributes: { color: ones } },
    ]
  ) {
    const started = performance.now();
    const response = await post(body);
    assert(performance.now() - started < 20_000);
    assert((await response.clone().text()).length < 2000);
    await assertProblem(response, 422, /./);
  }
  for (const start of ['{"user":', '{"__proto__":', '{"\\u005f_proto__":']) {
    const deep = { ...posted({}), body: `${start}${"[".repeat(3e5)}${"]".repeat(3e5)}}` };
    const response = await app.request("/v1/recommendations", deep);
    assert(response.status === 400 || response.status === 422, `status ${response.status}`);
  }
});

Deno.test("JSON that is wanted, by Accept", async () => {
  for (
    const accept of ["*/*", "application/*", "application/json", "text/html, */*;q=0.1", ""]
  ) assert.equal((await get("/v1/popular", { accept })).status, 200, accept);
  for (
    const accept of ["text/html", "application/json;q=0", "*/*, application/json;q=0", "image/*"]
  ) await assertProblem(await get("/v1/popular", { accept }), 406, /JSON/);
});

Deno.test("other methods: 405, and Allow says which there are; HEAD is GET without a body", async () => {
  const cases = [
    ["/v1/popular", "GET, HEAD"],
    ["/v1/recommendations", "POST"],
    ["/v1/users/a/recommendations", "GET, HEAD"],
    ["/v1/train", "POST"],
    ["/v1/models/x/activate", "POST"],
    ["/openapi.json", "GET, HEAD"],
    ["/docs", "GET, HEAD"],
    ["/train", "GET, POST"],
  ] as const;
  for (const [path, allow] of cases) {
    for (const method of ["DELETE", "PATCH", "PUT", "OPTIONS"]) {
      const response = await app.request(path, { method });
      assert.equal(response.headers.get("allow"), allow, `${method} ${path}`);
      await assertProblem(response, 405, /Only/);
    }
  }
  const head = await app.request("/v1/popular", { method: "HEAD" });
  assert.deepEqual([head.status, await head.text()], [200, ""]);
  assert.equal((await app.request("/v1/train", { method: "GET" })).status, 405);
});

Deno.test("without a model: 503, whatever is asked; what does not fit is still told", async () => {
  const bare = createApp(new CurrentRecommender());
  for (const path of ["/v1/popular", "/v1/users/a/recommendations", "/v1/items/a/similar"]) {
    const response = await bare.request(path);
    assert.equal(response.headers.get("retry-after"), "10");
    await assertProblem(response, 503, /No model/);
  }
  await assertProblem(await bare.request("/v1/popular?n=0"), 422, /n/);
  assert.deepEqual(await answerOf(bare, "/v1/models"), { active: null, models: [] });
});
