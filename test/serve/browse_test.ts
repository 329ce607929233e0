import assert from "node:assert/strict";
import fc from "../support/fast_check.ts";
import { Hono } from "hono";
import { Recommender } from "../../pipeline/recommender.ts";
import { createApp } from "../../serve/app.ts";
import { searchItems } from "../../serve/browse/items.ts";
import { CurrentRecommender, type PurchaseEvent } from "../../serve/recommender.ts";
import { historySchema, itemsSchema, usersSchema } from "../../serve/schemas/browse.ts";
import { answerOf, assertProblem } from "../support/http.ts";
import { modelOf } from "../support/shop.ts";

const model = modelOf({ users: 40, items: 60 });
const recommender = new Recommender(model);
const access = { loopback: true };
const app = createApp(recommender, { access });
const HTML = { headers: { accept: "text/html,application/xhtml+xml,*/*;q=0.8" } };

Deno.test("items are those that have every word, most bought first, whatever case and accents", async () => {
  const items = model.items.map((item, index) => ({
    ...item,
    name: index % 5 === 0 ? null : `${["Crème", "ÉTÉ", "Wool"][index % 3]} no ${index}`,
  }));
  const named = { ...model, items };
  const plain = (text: string) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  const words = fc.constantFrom(
    "creme",
    "été",
    "WOOL",
    "brand 1",
    "7",
    "100012",
    "%",
    "  ",
    "nothing",
  );
  await fc.assert(
    fc.asyncProperty(fc.array(words, { maxLength: 3 }), fc.integer({ min: 1, max: 60 }), async (
      parts,
      limit,
    ) => {
      const query = parts.join(" ");
      const expected = items.map((item, index) => ({ item, buyers: model.popularity[index]! }))
        .filter(({ item: { id, name, brand } }) =>
          plain(query).split(" ").every((word) =>
            plain(`${name ?? ""}\n${brand}\n${id}`).includes(word)
          )
        )
        .sort((a, b) =>
          Number(b.item.id === query.trim()) - Number(a.item.id === query.trim()) ||
          b.buyers - a.buyers
        );
      const { found, more } = await searchItems(named, query, limit);
      assert.deepEqual(
        found,
        expected.slice(0, limit).map(({ item, buyers }) => ({ ...item, buyers })),
      );
      assert.equal(more, expected.length > limit);
    }),
    { seed: 42 },
  );
  const answer = itemsSchema.parse(await answerOf(app, "/v1/items?q=item+7&limit=3"));
  assert(answer.items.every(({ name }) => name?.startsWith("Item") && name.includes("7")));
});

Deno.test("a long search gives others their turns", async () => {
  const many = modelOf({ users: 3, items: 30_000, factors: 1 });
  let turns = 0;
  const timer = setInterval(() => turns++, 0);
  await searchItems(many, "nothing has this", 5);
  clearInterval(timer);
  assert(turns > 0);
});

Deno.test("customers are found by how their id begins; samples come from all over, with purchases", async () => {
  const found = usersSchema.parse(await answerOf(app, "/v1/users?q=user00001&limit=4"));
  assert.deepEqual(found.users.map(({ id }) => id), model.users.slice(10, 14));
  assert.deepEqual(found.users.map(({ items }) => items), [3, 3, 3, 3]);
  assert.equal(found.more, true);
  const samples = usersSchema.parse(await answerOf(app, "/v1/users?limit=4"));
  assert.deepEqual(samples.users.map(({ id }) => id), [0, 10, 20, 30].map((n) => model.users[n]));
  const all = usersSchema.parse(await answerOf(app, "/v1/users?limit=100"));
  assert.deepEqual(
    all.users.map(({ id }) => id).sort(),
    model.users.slice(0, -1),
    "the last has bought nothing",
  );
  assert.equal(all.more, false);
  const none = usersSchema.parse(await answerOf(app, "/v1/users?q=USER"));
  assert.deepEqual([none.users, none.more], [[], false]);
});

Deno.test("a history joins what the model knows and what was posted; the forgotten are not shown", async () => {
  const time = new Date("2026-03-01T12:00:00Z");
  const events = new Map<string, PurchaseEvent[]>([
    ["user000003", [
      { item: "100001", quantity: 2, time },
      { item: "newer than the model", quantity: 1, time: new Date(time.getTime() + 1000) },
    ]],
    ["user000005", [{ item: "100002", quantity: 1, time }]],
  ]);
  const view = {
    of: (user: string) => events.get(user) ?? [],
    isDeleted: (user: string) => user === "user000004" || user === "user000005",
  };
  const app = createApp(new CurrentRecommender(recommender, { viewOf: () => view }), { access });
  const history = async (user: string, query = "") =>
    historySchema.parse(await answerOf(app, `/v1/users/${user}/history${query}`));
  const three = await history("user000003");
  assert.deepEqual(
    three.purchases.map(({ id, quantity, time, known }) => [id, quantity, time, known]),
    [
      ["newer than the model", 1, "2026-03-01T12:00:01.000Z", false],
      ["100001", 2, "2026-03-01T12:00:00.000Z", true],
      ...recommender.bought("user000003").map(({ id, quantity }) => [id, quantity, null, true]),
    ],
  );
  assert.equal(three.total, 5);
  assert.equal((await history("user000003", "?limit=1")).purchases.length, 1);
  assert.deepEqual((await history("user000004")).purchases, []);
  assert.deepEqual((await history("user000005")).purchases.map(({ id }) => id), ["100002"]);
  assert.deepEqual((await history("nobody")).total, 0);
  const { users } = usersSchema.parse(await answerOf(app, "/v1/users?q=user00000&limit=100"));
  assert(!users.some(({ id }) => view.isDeleted(id)));
  assert.equal(users.length, 8);
});

Deno.test("customers are shown to who may change things, and to the server's own page; to no other", async () => {
  const token = "of-the-test";
  const beyond = createApp(recommender, {
    access: { loopback: false, token, hosts: ["shop.test"] },
  });
  const bearer = { authorization: `Bearer ${token}` };
  const own = { "sec-fetch-site": "same-origin", host: "shop.test" };
  for (const path of ["/v1/users", "/v1/users/user000001/history"]) {
    const status = async (of: Hono, headers: Record<string, string> = {}) => {
      const response = await of.request(path, { headers });
      await response.body?.cancel();
      return response.status;
    };
    assert.equal(await status(app), 200);
    assert.equal(await status(app, { "sec-fetch-site": "same-origin" }), 200);
    assert.equal(await status(app, { "sec-fetch-site": "cross-site" }), 403);
    assert.equal(await status(app, { "sec-fetch-site": "same-site" }), 403);
    assert.equal(
      await status(app, { "sec-fetch-site": "same-origin", origin: "http://evil.test" }),
      403,
    );
    assert.equal(await status(app, { origin: "http://evil.test" }), 403);
    assert.equal(await status(app, { ...own, host: "evil.test" }), 403, "DNS rebinding");
    assert.equal(await status(beyond, own), 401);
    assert.equal(await status(beyond, { ...own, authorization: "Bearer wrong" }), 401);
    assert.equal(await status(beyond, { ...own, ...bearer }), 200);
    assert.equal(await status(createApp(recommender, { access: { loopback: false } })), 403);
    assert.equal(await status(createApp(recommender)), 403, "nobody may change anything");
    const baskets = createApp(recommender, { access, page: "baskets" });
    await assertProblem(await baskets.request(path), 404, /does not list customers/);
    const shown = await app.request(path);
    assert.equal(shown.headers.get("cache-control"), "no-store");
    await shown.body?.cancel();
  }
});

Deno.test("browsers get the page at /, programs JSON; without a page all get JSON", async () => {
  const page = await app.request("/", HTML);
  assert.match(page.headers.get("content-type") ?? "", /^text\/html/);
  assert.match(
    page.headers.get("content-security-policy") ?? "",
    /script-src 'self'; style-src 'self'/,
  );
  assert.equal(page.headers.get("vary"), "Accept");
  await page.body?.cancel();
  for (const accept of ["*/*", "application/json", "", "text/html;q=0.5,application/json"]) {
    const response = await app.request("/", { headers: { accept } });
    assert.match(response.headers.get("content-type") ?? "", /^application\/json/, accept);
    await response.body?.cancel();
  }
  const off = createApp(recommender, { page: "off" });
  const response = await off.request("/", HTML);
  assert.match(response.headers.get("content-type") ?? "", /json/);
  await response.body?.cancel();
  await assertProblem(await off.request("/page/app.js"), 404, /nothing/);
});

Deno.test("the page loads only files of this server, wherever it is mounted", async () => {
  const mounted = new Hono().route("/shop", createApp(recommender));
  for (const [of, at] of [[app, "/"], [mounted, "/shop"]] as const) {
    const html = await (await of.request(at, HTML)).text();
    assert.doesNotMatch(html, /https?:\/\/|<script>|\son\w+=|<style|style=/);
    const links = [...html.matchAll(/(?:src|href)="([^":,#]+)"/g)].map(([, link]) => link!);
    assert(links.length >= 3);
    for (const link of links) {
      const { pathname } = new URL(link, `http://localhost${at}`);
      const response = await of.request(pathname);
      assert.equal(response.status, 200, pathname);
      const text = await response.text();
      if (!pathname.endsWith(".js")) continue;
      assert.doesNotMatch(text, /innerHTML|https?:\/\//);
      for (const [, module] of text.matchAll(/from "(\.[^"]+)"/g)) {
        const { pathname: imported } = new URL(module!, `http://localhost${pathname}`);
        const found = await of.request(imported);
        assert.equal(found.status, 200, imported);
        assert.doesNotMatch(await found.text(), /innerHTML|https?:\/\//);
      }
    }
  }
});
