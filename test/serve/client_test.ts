import assert from "node:assert/strict";
import { Recommender } from "../../pipeline/recommender.ts";
import { createApp } from "../../serve/app.ts";
import { client } from "../../serve/client.ts";
import type { Recommendation, Similar } from "../../serve/schemas/recommendation.ts";
import type { Training } from "../../serve/schemas/training.ts";
import { Trainings } from "../../serve/trainings.ts";
import { modelOf } from "../support/shop.ts";

const recommender = new Recommender(modelOf());
const app = createApp(recommender, {
  access: { loopback: true, token: "t" },
  trainings: new Trainings(() => Promise.resolve("sha256:new")),
});
const shop = client("http://localhost", {
  fetch: (input: string | URL | Request, init?: RequestInit) => app.request(input, init),
  headers: { authorization: "Bearer t" },
});

Deno.test("the client knows paths, what goes in and what comes out", async () => {
  const response = await shop.v1.users[":id"].recommendations.$get({
    param: { id: "user000001" },
    query: { n: 3, exclude: ["100004", "a,b"], explain: "false" },
  });
  assert(response.ok);
  const answer: Recommendation = await response.json();
  assert.deepEqual(
    answer.items.map(({ id }) => id),
    recommender.recommend("user000001", 3, { exclude: ["100004"] }).items.map(({ id }) => id),
  );

  const batch = await shop.v1.recommendations.$post({ json: { users: ["user000001", "nobody"] } });
  const { answers } = await batch.json();
  assert.deepEqual(answers.map(({ kind }) => kind), ["personalized", "popular"]);

  const like = await shop.v1.items[":id"].similar.$get({ param: { id: "100004" }, query: {} });
  const similar: Similar = await like.json();
  assert.equal(similar.returned, 10);

  const started = await shop.v1.train.$post();
  const training: Training = await started.json();
  const later = await shop.v1.train[":id"].$get({ param: { id: training.id } });
  assert.equal((await later.json()).id, training.id);
});

Deno.test("ids that paths encode come through the client as they are", async () => {
  for (const id of ["a/b", "50%", "ü?#", "a,b"]) {
    const response = await shop.v1.users[":id"].recommendations.$get({
      param: { id: encodeURIComponent(id) },
      query: {},
    });
    assert.equal((await response.json()).user, id);
  }
});

// What must not compile: a wrong type is found before anything is sent.
function _wrong() {
  // @ts-expect-error: a user's path needs an id
  shop.v1.users[":id"].recommendations.$get({ query: {} });
  // @ts-expect-error: there is no such way of filtering by purchases
  shop.v1.users[":id"].recommendations.$get({ param: { id: "a" }, query: { bought: "never" } });
  // @ts-expect-error: users are ids
  shop.v1.recommendations.$post({ json: { users: [7] } });
}
