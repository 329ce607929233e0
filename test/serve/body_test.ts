import assert from "node:assert/strict";
import { HTTPException } from "hono/http-exception";
import { readBytes, readJson } from "../../serve/body.ts";

const slow = () =>
  new ReadableStream<Uint8Array>({
    async pull(controller) {
      await new Promise((resolve) => setTimeout(resolve, 30));
      controller.enqueue(new Uint8Array(1).fill(32));
    },
  });

const request = (body: BodyInit, headers: HeadersInit = {}) =>
  new Request("http://localhost/", { method: "POST", body, headers });

Deno.test("a body that trickles in is given up at the deadline, with 408", async () => {
  const began = Date.now();
  assert.equal(await readBytes(request(slow()), 1000, 100), "too slow");
  assert.ok(Date.now() - began < 15_000);
  const options = { limit: 1000, ms: 50, example: "{}" };
  await assert.rejects(readJson(request(slow()), options), (error) => {
    assert.ok(error instanceof HTTPException);
    assert.equal(error.status, 408);
    assert.equal(error.getResponse().headers.get("connection"), "close");
    return true;
  });
});

Deno.test("a body of the limit is let in, one byte more is not, however it is sent", async () => {
  for (const headers of [{}, { "content-length": "10" }]) {
    const read = await readBytes(request("x".repeat(10), headers), 10);
    assert.deepEqual(read, new TextEncoder().encode("x".repeat(10)));
  }
  for (const headers of [{}, { "content-length": "11" }, { "content-length": "nonsense" }]) {
    assert.equal(await readBytes(request("x".repeat(11), headers), 10), "too large");
  }
  assert.deepEqual(await readBytes(new Request("http://localhost/"), 10), new Uint8Array(0));
});

Deno.test("a body that breaks off is an error of the caller", async () => {
  const broken = new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(new Uint8Array(3));
      controller.error(new TypeError("connection reset"));
    },
  });
  await assert.rejects(readJson(request(broken), { limit: 100, example: "{}" }), { status: 400 });
});
