import assert from "node:assert/strict";
import fc from "../support/fast_check.ts";
import type { UserFilter } from "../../pipeline/filters.ts";
import { fit } from "../../pipeline/fitting.ts";
import { Recommender } from "../../pipeline/recommender.ts";
import { createApp } from "../../serve/app.ts";
import { CurrentRecommender } from "../../serve/recommender.ts";
import {
  popularSchema,
  type Recommendation,
  recommendationSchema,
  recommendationsSchema,
  similarSchema,
} from "../../serve/schemas/recommendation.ts";
import { listOf, popularOf } from "../support/brute.ts";
import { answerOf, assertProblem, posted } from "../support/http.ts";
import { modelOf, purchases } from "../support/shop.ts";

const model = modelOf({ users: 40, items: 120, factors: 8 });
const app = createApp(new Recommender({ ...model, manifest: { ...model.manifest, model: "v1" } }));

const ids = fc.constantFrom(...model.items.map(({ id }) => id), "no such item");
const lists = fc.record({
  n: fc.integer({ min: 1, max: 100 }),
  exclude: fc.array(ids, { maxLength: 30 }),
  brands: fc.array(fc.constantFrom("Brand 0", "Brand 1", "Sox"), { minLength: 1 }),
  category: fc.array(fc.constantFrom("Socks", "Hats"), { minLength: 1 }),
  bought: fc.constantFrom("exclude", "include", "only"),
}, { requiredKeys: ["n"] });
const users = fc.constantFrom(...model.users, "nobody", "a,b", "a/b", "50%", "ü&n=1");

/** The parts of an answer that brute force tells as well. */
const told = ({ kind, items }: Pick<Recommendation, "kind" | "items">) => ({ kind, items });

Deno.test("GET and POST under any filter answer what brute force does, and say what it is", async () => {
  await fc.assert(
    fc.asyncProperty(users, lists, async (user, { n, exclude, brands, category, bought }) => {
      const filter: UserFilter = {
        exclude,
        brands,
        bought,
        ...category && { attributes: { category } },
      };
      const expected = listOf(model, user, n, filter);
      const query = new URLSearchParams({ n: String(n) });
      for (const id of exclude ?? []) query.append("exclude", id);
      for (const brand of brands ?? []) query.append("brand", brand);
      for (const value of category ?? []) query.append("category", value);
      if (bought) query.append("bought", bought);
      const path = `/v1/users/${encodeURIComponent(user)}/recommendations?${query}`;
      const got = recommendationSchema.parse(await answerOf(app, path));
      assert.deepEqual(told(got), expected);
      assert.equal(got.user, user);
      assert.deepEqual([got.model, got.data, got.split], ["v1", model.manifest.data, "none"]);
      assert.equal(got.requested, n);
      assert.equal(got.returned, expected.items.length);
      assert.equal(got.complete, got.returned === n);
      assert.equal(got.shortage === null, got.complete);

      const body = { user, n, exclude, brands, bought, attributes: category && { category } };
      const answer = await answerOf(app, "/v1/recommendations", posted(body));
      const { answers: [same] } = recommendationsSchema.parse(answer);
      assert.deepEqual({ ...same, requestId: "" }, { ...got, requestId: "" });

      const popular = popularSchema.parse(await answerOf(app, `/v1/popular?n=${n}`));
      assert.deepEqual(popular.items, popularOf(model, n, {}));
    }),
    { seed: 42, numRuns: 100 },
  );
});

Deno.test("a batch answers each user in order; what is in stock holds for all", async () => {
  const inStock = model.items.filter((_, index) => index % 3 === 0).map(({ id }) => id);
  const asked = [...model.users.slice(0, 9), "nobody", model.users[0]!];
  const body = posted({ users: asked, n: 7, inStock: [...inStock, "newer than the model"] });
  const { answers } = recommendationsSchema.parse(await answerOf(app, "/v1/recommendations", body));
  assert.deepEqual(
    answers.map(({ user, kind, items }) => ({ user, kind, items })),
    asked.map((user) => ({ user, ...listOf(model, user, 7, { only: inStock }) })),
  );
  assert.equal(new Set(answers.map(({ requestId }) => requestId)).size, 1);
});

Deno.test("similar items honour filters; an unknown item is a 404", async () => {
  const recommender = new Recommender(model);
  const filter = { brands: ["Brand 1"], exclude: ["100004"] };
  const similar = similarSchema.parse(
    await answerOf(app, "/v1/items/100000/similar?n=8&brand=Brand+1&exclude=100004"),
  );
  assert.deepEqual(similar.items, recommender.similar("100000", 8, filter));
  assert.equal(similar.item, "100000");
  await assertProblem(await app.request("/v1/items/nothing/similar"), 404, /no item/);
});

Deno.test("a basket is folded in, explained by contributions that add up; unknown ids are named", async () => {
  const fitted = await fit(purchases(80, 60), { factors: 6, iterations: 3, threads: 1 });
  const app = createApp(fitted);
  const entry = { item: "14", quantity: 2, time: "2026-01-31T12:00:00+01:00" };
  const body = posted({ basket: ["12", entry, "unheard of"], n: 6, explain: true });
  const { answers: [answer] } = recommendationsSchema.parse(
    await answerOf(app, "/v1/recommendations", body),
  );
  assert(answer);
  assert.equal(answer.kind, "folded_in");
  assert.equal(answer.user, null);
  assert.deepEqual(answer.unknown.items, ["unheard of"]);
  const { items } = fitted.recommendFor(
    ["12", { item: "14", quantity: 2, time: new Date("2026-01-31T11:00:00Z") }],
    6,
  );
  assert.deepEqual(answer.items.map(({ explanation: _, ...item }) => item), items);
  for (const { score, explanation } of answer.items) assertAddsUp(score, explanation);
  const nothing = posted({ basket: ["unheard of"], explain: true });
  const { answers: [popular] } = recommendationsSchema.parse(
    await answerOf(app, "/v1/recommendations", nothing),
  );
  assert.equal(popular?.kind, "popular");
  assert(popular.items.every(({ explanation }) => explanation === undefined));
});

Deno.test("a user's explanation adds up however many purchases there are", async () => {
  const many = Array.from(
    { length: 30 },
    (_, n) => ({ user: "user1", item: String(10 + 2 * n + 1) }),
  );
  const fitted = await fit([...purchases(80, 80), ...many.slice(0, 25)], {
    factors: 6,
    iterations: 3,
    threads: 1,
  });
  const got = recommendationSchema.parse(
    await answerOf(createApp(fitted), "/v1/users/user1/recommendations?explain=true&n=20"),
  );
  assert.equal(got.kind, "personalized");
  assert(got.items.length > 5);
  for (const { score, explanation } of got.items) {
    assertAddsUp(score, explanation);
    assert.equal(explanation?.contributions.length, 10);
    assert.notEqual(explanation.rest, 0);
  }
});

function assertAddsUp(score: number, explanation: Recommendation["items"][number]["explanation"]) {
  assert(explanation);
  const { contributions, rest, trend, other } = explanation;
  const sum = contributions.reduce((sum, { contribution }) => sum + contribution, rest);
  assert(Math.abs(sum + trend + other - score) < 1e-9, `${sum + trend + other} is not ${score}`);
}

Deno.test("a model that cannot fold in says so for baskets, and explains nothing", async () => {
  const body = posted({ basket: ["100001"] });
  await assertProblem(await app.request("/v1/recommendations", body), 409, /folded into/);
  const got = recommendationSchema.parse(
    await answerOf(app, "/v1/users/user000001/recommendations?explain=true"),
  );
  assert(got.items.every(({ explanation }) => explanation === undefined));
});

Deno.test("the request id of middleware before is the answer's; without one, one is made", async () => {
  const response = await app.request("/v1/popular");
  const { requestId } = popularSchema.parse(await response.json());
  assert.equal(response.headers.get("x-request-id"), requestId);
  assert(requestId.length > 10);
});

Deno.test("what is filtered for in vain is named; lists are never padded", async () => {
  const got = popularSchema.parse(await answerOf(app, "/v1/popular?brand=Sox&n=3"));
  assert.deepEqual([got.returned, got.complete], [0, false]);
  assert.match(got.shortage ?? "", /No item is left.*brand "Sox"/);
  assert.deepEqual(got.unknown.filters, ['brand "Sox"']);
});

Deno.test("a user who asked to be forgotten gets popular items at once", async () => {
  const view = { of: () => [], isDeleted: (user: string) => user === "user000003" };
  const live = new CurrentRecommender(new Recommender(model), { viewOf: () => view });
  const app = createApp(live);
  const path = "/v1/users/user000003/recommendations?n=5";
  const got = recommendationSchema.parse(await answerOf(app, path));
  assert.deepEqual(told(got), { kind: "popular", items: popularOf(model, 5, {}) });
  const reco = await app.request("/reco", posted({ user_id_hash: "user000003" }));
  assert.equal(reco.headers.get("x-recommendation"), "popular");
});
