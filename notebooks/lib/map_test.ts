import assert from "node:assert/strict";
import { planeOf } from "./map.ts";

/** Twenty vectors along each of three axes. */
const vectors = Array.from({ length: 60 }, (_, n) => {
  const vector = [0.01 * (n % 7), 0.01 * (n % 5), 0.01 * (n % 3)];
  vector[n % 3]! += 1;
  return vector;
});

Deno.test("planeOf gives the same points every time, and keeps those alike together", () => {
  const points = planeOf(vectors);
  assert.deepEqual(planeOf(vectors), points);
  const distance = (a: number, b: number) =>
    Math.hypot(points[a]![0] - points[b]![0], points[a]![1] - points[b]![1]);
  let together = 0;
  for (let n = 0; n < 60; n++) {
    const nearest = points.map((_, other) => other).filter((other) => other !== n)
      .sort((a, b) => distance(n, a) - distance(n, b))[0]!;
    if (nearest % 3 === n % 3) together++;
  }
  assert.ok(together >= 57, `${together} of 60 lie beside one of their own`);
});

Deno.test("planeOf refuses too few vectors", () => {
  assert.throws(() => planeOf(vectors.slice(0, 3)), /^RangeError: 3 vectors make no map/);
});
