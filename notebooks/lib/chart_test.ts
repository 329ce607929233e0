import assert from "node:assert/strict";
import { chart } from "./chart.ts";

const bars = {
  data: { values: [{ name: "a", value: 1 }, { name: "b", value: 2 }] },
  width: 200,
  height: 100,
  mark: "bar" as const,
  encoding: {
    x: { field: "name", type: "nominal" as const },
    y: { field: "value", type: "quantitative" as const },
  },
};

Deno.test("chart gives a PNG of twice the stated size, the same bytes every time", async () => {
  const first = await chart(bars);
  const bytes = Uint8Array.fromBase64(first.png);
  assert.deepEqual([...bytes.subarray(1, 4)], [...new TextEncoder().encode("PNG")]);
  const header = new DataView(bytes.buffer);
  assert.equal(Math.round(header.getUint32(16) / 2), first.width);
  assert.equal(Math.round(header.getUint32(20) / 2), first.height);
  assert.ok(first.width > 200 && first.height > 100);
  assert.deepEqual(await chart(bars), first);
});

Deno.test("chart draws text with its own font", async () => {
  const titled = await chart({ ...bars, title: "Sold" });
  const other = await chart({ ...bars, title: "Lost" });
  assert.notEqual(titled.png, other.png);
});

Deno.test("chart refuses a specification that Vega-Lite warns about", async () => {
  const wrong = { ...bars, encoding: { ...bars.encoding, shape: { field: "name" } } };
  await assert.rejects(chart(wrong), /specification is not valid: shape dropped/);
});
