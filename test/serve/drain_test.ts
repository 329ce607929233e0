import assert from "node:assert/strict";
import { Hono } from "hono";
import { createDrain, drainGuard } from "../../serve/drain.ts";

/** A server with a call that takes as long as a test wants, and what its drain did. */
function start(boundMs: number) {
  const order: string[] = [];
  const end = Promise.withResolvers<string>();
  /** Resolved by a test: the time of the announcement is over. */
  const announced = Promise.withResolvers<void>();
  /** Resolved when the slow call has reached its handler. */
  const arrived = Promise.withResolvers<void>();
  /** Resolved by a test: the slow call may answer. */
  const go = Promise.withResolvers<void>();
  const waits: number[] = [];
  let asked = 0;
  const drain = createDrain({
    boundMs,
    shutdown: () => {
      order.push("shut");
      return server.shutdown();
    },
    stopping: () => void order.push("stopping"),
    ended: end.resolve,
    wait: (ms) => {
      waits.push(ms);
      return announced.promise;
    },
  });
  const app = new Hono();
  app.use("*", drainGuard(drain), async (_, next) => {
    asked++;
    await next();
  });
  app.get("/health/ready", (c) => c.text("ready"));
  app.get("/quick", (c) => c.text("answered"));
  app.get("/slow", async (c) => {
    arrived.resolve();
    await go.promise;
    return c.text("answered");
  });
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, app.fetch);
  const url = `http://127.0.0.1:${server.addr.port}`;
  return { announced, arrived, asked: () => asked, drain, end, go, order, server, url, waits };
}

Deno.test("a drain: not ready at once, still answering, then closed; requests in flight end", async () => {
  const { announced, arrived, asked, drain, end, go, order, url, waits } = start(60_000);
  assert.equal(await (await fetch(`${url}/health/ready`)).text(), "ready");
  const slow = fetch(`${url}/slow`);
  await arrived.promise;
  drain.begin(150);
  drain.begin(0);
  assert.deepEqual([order, waits], [["stopping"], [150]]);
  const ready = await fetch(`${url}/health/ready`);
  assert.equal(ready.status, 503);
  await ready.body?.cancel();
  const late = await fetch(`${url}/quick`);
  assert.equal(await late.text(), "answered");
  announced.resolve();
  await announced.promise;
  assert.deepEqual(order, ["stopping", "shut"]);
  go.resolve();
  assert.equal(await (await slow).text(), "answered");
  assert.equal(await end.promise, "drained");
  const before = asked();
  // Another server may have got the port since: what counts is that this one is not asked.
  await fetch(`${url}/quick`).then((response) => response.body?.cancel(), () => {});
  assert.equal(asked(), before);
});

Deno.test("a request that does not end is not waited for for ever", async () => {
  const { announced, arrived, drain, end, go, url, server } = start(100);
  let ended = false;
  const slow = fetch(`${url}/slow`).then((response) => response.text(), () => "broken off")
    .then(() => ended = true);
  await arrived.promise;
  drain.begin(0);
  announced.resolve();
  assert.equal(await end.promise, "late");
  assert.equal(ended, false);
  go.resolve();
  await slow;
  await server.finished;
});

Deno.test("without another wait an announcement takes its time by the clock", async () => {
  const end = Promise.withResolvers<string>();
  const began = performance.now();
  const drain = createDrain({
    boundMs: 60_000,
    shutdown: () => Promise.resolve(),
    stopping() {},
    ended: end.resolve,
  });
  drain.begin(30);
  assert.equal(await end.promise, "drained");
  assert.ok(performance.now() - began >= 25);
});
