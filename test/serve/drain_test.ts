import assert from "node:assert/strict";
import { Hono } from "hono";
import { createDrain, drainGuard } from "../../serve/drain.ts";

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** A server with a slow call, and what its drain did. */
function start(boundMs: number) {
  const order: string[] = [];
  let ended: (how: string) => void;
  const end = new Promise<string>((resolve) => ended = resolve);
  const drain = createDrain({
    boundMs,
    shutdown: () => {
      order.push("shut");
      return server.shutdown();
    },
    stopping: () => void order.push("stopping"),
    ended: (how) => ended(how),
  });
  const app = new Hono();
  app.use("*", drainGuard(drain));
  app.get("/health/ready", (c) => c.text("ready"));
  app.get("/slow/:ms", async (c) => {
    await pause(Number(c.req.param("ms")));
    return c.text("answered");
  });
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, app.fetch);
  return { drain, end, order, url: `http://127.0.0.1:${server.addr.port}`, server };
}

Deno.test("a drain: not ready at once, still answering, then closed; requests in flight end", async () => {
  const { drain, end, order, url } = start(5000);
  assert.equal(await (await fetch(`${url}/health/ready`)).text(), "ready");
  const slow = fetch(`${url}/slow/400`);
  await pause(50);
  drain.begin(150);
  drain.begin(0);
  assert.deepEqual(order, ["stopping"]);
  const ready = await fetch(`${url}/health/ready`);
  assert.equal(ready.status, 503);
  await ready.body?.cancel();
  const late = await fetch(`${url}/slow/1`);
  assert.equal(await late.text(), "answered");
  assert.equal(await (await slow).text(), "answered");
  assert.equal(await end, "drained");
  assert.deepEqual(order, ["stopping", "shut"]);
  await assert.rejects(fetch(`${url}/health/ready`));
});

Deno.test("a request that does not end is not waited for for ever", async () => {
  const { drain, end, url, server } = start(100);
  let ended = false;
  const slow = fetch(`${url}/slow/1000`).then((response) => response.text(), () => "broken off")
    .then(() => ended = true);
  await pause(50);
  drain.begin(0);
  assert.equal(await end, "late");
  assert.equal(ended, false);
  await slow;
  await server.finished;
});
