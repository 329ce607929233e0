/** Servers with a part of the users each, as `bench:scale` simulates them. */
import assert from "node:assert/strict";
import fc from "../support/fast_check.ts";
import { Recommender } from "../../pipeline/recommender.ts";
import { modelOf } from "../support/shop.ts";
import { route } from "./scale/router.ts";
import { cut, shardOf } from "./scale/shards.ts";

Deno.test("every user is in one part, with the list of the whole; so is one whom nobody knows", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 7 }), fc.integer({ min: 1, max: 99 }), (shards, seed) => {
      const model = modelOf({ seed });
      const whole = new Recommender(model);
      const parts = Array.from(
        { length: shards },
        (_, shard) => new Recommender(cut(model, shard, shards)),
      );
      const users = parts.flatMap((part) => part.model.users);
      assert.deepEqual(users.toSorted(), model.users.toSorted());
      for (const user of [...model.users, "nobody", ""]) {
        const part = parts[shardOf(user, shards)]!;
        assert.deepEqual(part.recommend(user), whole.recommend(user));
        assert.deepEqual(part.bought(user), whole.bought(user));
      }
    }),
    { numRuns: 20 },
  );
});

Deno.test("parts are of about the same size", () => {
  const counts = new Uint32Array(8);
  for (let u = 0; u < 8000; u++) counts[shardOf(`user${u}`, 8)]!++;
  assert(Math.max(...counts) < 1150 && Math.min(...counts) > 850, counts.join());
});

Deno.test("the router asks the server that has the user, however the user is named", async () => {
  const names = ["a", "b", "c"];
  const servers = names.map((name) =>
    Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen() {} },
      async (request) =>
        new Response(`${name} ${new URL(request.url).pathname} ${await request.text()}`),
    )
  );
  const urls = servers.map(({ addr: { port } }) => `http://127.0.0.1:${port}`);
  const ask = async (path: string, body?: object) => {
    const init = body && { method: "POST", body: JSON.stringify(body) };
    return await (await route(new Request(`http://shop${path}`, init), urls)).text();
  };
  for (const user of ["u1", "a/b ü%", "u17", "."]) {
    const name = names[shardOf(user, 3)];
    const body = { user_id_hash: user };
    assert.equal(await ask("/reco", body), `${name} /reco ${JSON.stringify(body)}`);
    assert.match(await ask("/v1/recommendations", { user, n: 3 }), new RegExp(`^${name} `));
    // No address can hold this one.
    if (user === ".") continue;
    const path = `/v1/users/${encodeURIComponent(user)}/recommendations`;
    assert.match(await ask(path), new RegExp(`^${name} `));
  }
  assert.match(await ask("/v1/items/7/similar"), /^a /);
  for (const server of servers) await server.shutdown();
});
