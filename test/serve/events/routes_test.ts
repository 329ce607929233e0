import assert from "node:assert/strict";
import { fit } from "../../../pipeline/fitting.ts";
import { Recommender } from "../../../pipeline/recommender.ts";
import { createApp } from "../../../serve/app.ts";
import { deletionSchema, eventsSchema } from "../../../serve/schemas/events.ts";
import { recommendationSchema } from "../../../serve/schemas/recommendation.ts";
import { TemporaryStore } from "../../support/events.ts";
import { answerOf, assertProblem, posted } from "../../support/http.ts";
import { modelOf, purchases } from "../../support/shop.ts";

const params = { solver: "reference", factors: 6, alpha: 4, lambda: 1, iterations: 3 } as const;
const recommender = await fit(purchases(40, 24), params);

/** An app with events, and how a test speaks to it. */
async function shop(of: Recommender = recommender) {
  const temporary = await TemporaryStore.create();
  const app = createApp(of, { events: temporary.store, access: { loopback: true } });
  const list = async (user: string, query = "n=99") =>
    recommendationSchema.parse(
      await answerOf(app, `/v1/users/${encodeURIComponent(user)}/recommendations?${query}`),
    );
  const post = async (events: unknown[]) => {
    const response = await app.request("/v1/events", posted({ events }));
    const text = await response.text();
    assert.equal(response.status, 202, text);
    return eventsSchema.parse(JSON.parse(text));
  };
  const remove = async (user: string) =>
    deletionSchema.parse(
      await answerOf(app, `/v1/users/${encodeURIComponent(user)}`, { method: "DELETE" }),
    );
  return {
    app,
    list,
    post,
    remove,
    temporary,
    [Symbol.asyncDispose]: () => temporary[Symbol.asyncDispose](),
  };
}

const ids = (items: readonly { id: string }[]) => items.map(({ id }) => id);

Deno.test("a purchase counts at once: folded in, left out, explained; /reco says so too", async () => {
  await using open = await shop();
  const { app, list, post } = open;
  const before = await list("user4");
  assert.equal(before.kind, "personalized");
  const item = before.items[0]!.id;
  const stored = await post([{ user: "user4", item }, {
    user: "user4",
    item: "no such",
    quantity: 2,
  }]);
  assert.deepEqual(
    { ...stored, requestId: "" },
    {
      received: 2,
      stored: 2,
      duplicates: 0,
      ignored: 0,
      ahead: 0,
      unknown: { items: ["no such"] },
      requestId: "",
    },
  );
  const after = await list("user4", "n=99&explain=true");
  assert.equal(after.kind, "folded_in");
  assert(!ids(after.items).includes(item));
  const expected = recommender.recommendFor({ user: "user4", since: [item] }, 99);
  assert.deepEqual(ids(after.items), ids(expected.items));
  assert(
    after.items.every(({ explanation }) =>
      explanation?.contributions.some(({ id }) => id === item)
    ),
  );
  const reco = await app.request("/reco", posted({ user_id_hash: "user4" }));
  assert.equal(reco.headers.get("x-recommendation"), "folded_in");
  const [lists] = await reco.json();
  assert.deepEqual(lists.catalog_item_id.map(String), ids(expected.items).slice(0, 5));

  await post([{ user: "user4", item, quantity: -1 }]);
  assert(ids((await list("user4")).items).includes(item), "what was returned is shown again");

  await post([{ user: "a visitor", item: "10", time: 1_700_000_000 }]);
  const visitor = await list("a visitor");
  assert.equal(visitor.kind, "folded_in");
  assert.deepEqual(ids(visitor.items), ids(recommender.recommendFor(["10"], 99).items));
  assert.equal((await list("user5")).kind, "personalized");
});

Deno.test("a deleted customer gets popular items at once, and begins anew with the next purchase", async () => {
  await using open = await shop();
  const { list, post, remove } = open;
  await post([{ user: "user6", item: "10" }]);
  assert.equal((await list("user6")).kind, "folded_in");
  assert.equal((await remove("user6")).events, 1);
  const popular = await list("user6");
  assert.equal(popular.kind, "popular");
  assert.deepEqual(ids(popular.items), ids(recommender.popular(99)));
  await post([{ user: "user6", item: "13" }]);
  const anew = await list("user6", "n=99&explain=true");
  assert.equal(anew.kind, "folded_in");
  assert.deepEqual(ids(anew.items), ids(recommender.recommendFor(["13"], 99).items));
  for (const { explanation } of anew.items) {
    assert.deepEqual(explanation?.contributions.map(({ id }) => id), ["13"]);
  }
  assert.equal((await remove("a/b ü%")).events, 0);
});

Deno.test("a model that cannot fold in leaves out what was bought since", async () => {
  const model = modelOf();
  await using open = await shop(new Recommender(model));
  const { list, post, remove } = open;
  const [user = ""] = model.users;
  const before = await list(user, "n=3");
  const item = before.items[0]!.id;
  await post([{ user, item }, { user, item: before.items[1]!.id, quantity: -1 }]);
  const after = await list(user, "n=2&explain=true");
  assert.equal(after.kind, "personalized");
  assert.deepEqual(ids(after.items), ids(before.items).slice(1));
  await remove(user);
  assert.equal((await list(user)).kind, "popular");
});

Deno.test("requests that do not fit store nothing and say what is wrong", async () => {
  await using open = await shop();
  const { app, temporary } = open;
  const event = { user: "A", item: "1" };
  const cases: [unknown, RegExp][] = [
    [{}, /events/],
    [{ events: [] }, /events/],
    [{ events: Array.from({ length: 1001 }, () => event) }, /1000/],
    [{ events: [event, { ...event, user: "" }] }, /user/],
    [{ events: [{ ...event, user: "  " }] }, /blank/],
    [{ events: [{ ...event, item: "a\0b" }] }, /zero character/],
    [{ events: [{ ...event, user: 7 }] }, /user/],
    [{ events: [{ ...event, user: "x".repeat(1025) }] }, /1024/],
    [{ events: [{ ...event, quantity: 0 }] }, /quantity/],
    [{ events: [{ ...event, quantity: 1e7 }] }, /quantity/],
    [{ events: [{ ...event, quantity: "1" }] }, /quantity/],
    [{ events: [{ ...event, time: "yesterday" }] }, /time/],
    [{ events: [{ ...event, time: 1.5 }] }, /time/],
    [{ events: [{ ...event, time: -1 }] }, /time/],
    [{ events: [{ ...event, id: "" }] }, /id/],
    [{ events: [{ ...event, price: 1 }] }, /price/],
    [{ events: [event], more: 1 }, /more/],
    [[event], /object/],
  ];
  for (const [body, detail] of cases) {
    await assertProblem(await app.request("/v1/events", posted(body)), 422, detail);
  }
  const infinite = {
    ...posted({}),
    body: '{"events": [{"user": "A", "item": "1", "quantity": 1e999}]}',
  };
  await assertProblem(await app.request("/v1/events", infinite), 422, /quantity/);
  const proto = {
    ...posted({}),
    body: '{"events": [{"user": "A", "item": "1", "__proto__": {"quantity": 5}}]}',
  };
  await assertProblem(await app.request("/v1/events", proto), 422, /__proto__|nrecognized/);
  assert.equal(temporary.store.size, 0);
  const late = await app.request(
    "/v1/events",
    posted({ events: [{ ...event, time: "9999-12-31T23:59:59+01:00" }] }),
  );
  assert.equal(late.status, 202);
  assert.equal((await late.json()).ahead, 1);
  const lone = { ...posted({}), body: '{"events": [{"user": "\\ud800", "item": "1"}]}' };
  assert.equal((await app.request("/v1/events", lone)).status, 202);
  assert.equal(temporary.store.viewOf({ ingest: undefined }).of("\ufffd").length, 1);
});

Deno.test("who may post and delete: as for training; without a store nobody", async () => {
  await using temporary = await TemporaryStore.create();
  const guarded = createApp(recommender, {
    events: temporary.store,
    access: { loopback: false, token: "secret" },
  });
  const body = posted({ events: [{ user: "A", item: "1" }] });
  const bearer = { authorization: "Bearer secret" };
  await assertProblem(await guarded.request("/v1/events", body), 401, /token/);
  await assertProblem(await guarded.request("/v1/users/A", { method: "DELETE" }), 401, /token/);
  const page = { ...body, headers: { ...body.headers, ...bearer, origin: "http://localhost" } };
  await assertProblem(await guarded.request("/v1/events", page), 403, /page/);
  assert.equal(temporary.store.size, 0);
  const own = { ...body, headers: { ...body.headers, ...bearer } };
  assert.equal((await guarded.request("/v1/events", own)).status, 202);
  const closed = createApp(recommender, { events: temporary.store });
  await assertProblem(await closed.request("/v1/events", body), 403, /nothing can be changed/);
  const off = createApp(recommender, { access: { loopback: true } });
  await assertProblem(await off.request("/v1/events", body), 404, /takes no purchases/);
  await assertProblem(await off.request("/v1/users/A", { method: "DELETE" }), 404, /no purchases/);
});

Deno.test("where the store fails: 503, and the log says why", async () => {
  const temporary = await TemporaryStore.create();
  const lines: string[] = [];
  const app = createApp(recommender, {
    events: temporary.store,
    access: { loopback: true },
    log: (line) => lines.push(line),
  });
  await temporary.store.close();
  const body = posted({ events: [{ user: "someone", item: "1" }] });
  await assertProblem(await app.request("/v1/events", body), 503, /cannot write/);
  await assertProblem(
    await app.request("/v1/users/someone", { method: "DELETE" }),
    503,
    /cannot write/,
  );
  assert.match(lines[0] ?? "", /store is closed/);
  assert(!lines.some((line) => line.includes("someone")));
  await Deno.remove(temporary.dir, { recursive: true });
});
