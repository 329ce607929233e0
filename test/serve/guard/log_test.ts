import assert from "node:assert/strict";
import { LineWriter } from "../../../serve/guard/log.ts";

Deno.test("lines come out whole and in order, however little the sink takes at once", async () => {
  const parts: string[] = [];
  const decoder = new TextDecoder();
  const writer = new LineWriter({
    write(bytes) {
      const some = bytes.subarray(0, 7);
      parts.push(decoder.decode(some, { stream: true }));
      return Promise.resolve(some.length);
    },
  });
  for (let n = 0; n < 20; n++) writer.write(`line ${n} é`);
  await writer.flush();
  writer.write("last");
  await writer.flush();
  const lines = Array.from({ length: 20 }, (_, n) => `line ${n} é`);
  assert.deepEqual(parts.join("").split("\n"), [...lines, "last", ""]);
  assert.equal(writer.dropped, 0);
});

Deno.test("a reader that stops costs lines, counted, and no memory without bound", async () => {
  let resume = () => {};
  const writer = new LineWriter({
    write: (bytes) => new Promise((resolve) => resume = () => resolve(bytes.length)),
  });
  const line = "x".repeat(1000);
  for (let n = 0; n < 3000; n++) writer.write(line);
  assert.ok(writer.dropped > 1000 && writer.dropped < 3000, `${writer.dropped}`);
  const before = writer.dropped;
  const flushed = writer.flush();
  resume();
  await flushed;
  writer.write(line);
  assert.equal(writer.dropped, before);
  const last = writer.flush();
  resume();
  await last;
});

Deno.test("a reader that has gone does not end the server", async () => {
  const writer = new LineWriter({ write: () => Promise.reject(new Error("broken pipe")) });
  writer.write("one");
  writer.write("two");
  await writer.flush();
  assert.equal(writer.dropped, 2);
});
