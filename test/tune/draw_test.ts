import assert from "node:assert/strict";
import fc from "../support/fast_check.ts";
import { tuneSchema } from "../../pipeline/config/tune.ts";
import { draw, drawNear, tuned } from "../../pipeline/tune/draw.ts";

const { space } = tuneSchema.parse({});

Deno.test("draw: numbers keep to their range, with two significant digits", () => {
  fc.assert(fc.property(
    fc.double({ min: 1e-6, max: 1e6, noNaN: true }),
    fc.double({ min: 1, max: 1e4, noNaN: true }),
    fc.nat(),
    fc.boolean(),
    (min, factor, trial, log) => {
      const max = min * factor;
      const { x } = draw({ x: { min, max, scale: log ? "log" : "linear" } }, trial, 1);
      assert.ok(typeof x === "number" && x >= min && x <= max);
      assert.ok(x === min || x === max || x === Number(x.toPrecision(2)));
    },
  ));
});

Deno.test("draw: whole numbers where the param wants them", () => {
  for (let trial = 0; trial < 100; trial++) {
    const { x } = draw({ x: { min: 3, max: 700, integer: true } }, trial, 1);
    assert.ok(Number.isInteger(x));
  }
});

Deno.test("draw: on a log scale each factor of ten is as likely, on a linear one it is not", () => {
  const below = (scale: "log" | "linear") => {
    let count = 0;
    for (let trial = 0; trial < 1000; trial++) {
      if (Number(draw({ x: { min: 0.01, max: 100, scale } }, trial, 7).x) < 1) count++;
    }
    return count;
  };
  assert.ok(Math.abs(below("log") - 500) < 60);
  assert.ok(below("linear") < 30);
});

Deno.test("draw: each value of a list is as likely, ranges and params of their own among them", () => {
  const counts = { none: 0, other: 0 };
  for (let trial = 0; trial < 1000; trial++) {
    const { trend } = draw(space.als, trial, 3);
    if (trend === null) counts.none++;
    else {
      counts.other++;
      assert.ok(typeof trend === "object");
      assert.deepEqual(Object.keys(trend), ["halfLife", "weight"]);
    }
  }
  assert.ok(Math.abs(counts.none - 500) < 60);
});

Deno.test("draw: a param's draw hangs on seed, trial and name alone", () => {
  fc.assert(fc.property(fc.nat(), fc.nat(), (trial, seed) => {
    const all = draw(space.als, trial, seed);
    assert.deepEqual(draw(space.als, trial, seed), all);
    const { factors: _, ...others } = all;
    const { factors, ...narrowed } = draw({ ...space.als, factors: 64 }, trial, seed);
    assert.deepEqual(narrowed, others);
    assert.equal(factors, 64);
  }));
  assert.notDeepEqual(draw(space.als, 1, 1), draw(space.als, 1, 2));
  assert.notDeepEqual(draw(space.als, 1, 1), draw(space.als, 2, 1));
});

Deno.test("tuned: names what may have more than one value", () => {
  assert.deepEqual(
    tuned({ a: 1, b: [1], c: [1, 2], d: { min: 2, max: 2 }, e: { min: 1, max: 2 }, f: null }),
    ["c", "e"],
  );
  assert.ok(tuned({ trend: [{ halfLife: { min: 1, max: 2 }, weight: 1 }] }).includes("trend"));
});

Deno.test("drawNear: in the space, some params the parent's, numbers a part of the way", () => {
  const parent = { ...draw(space.als, 1, 1), halfLife: 30, trend: { halfLife: 10, weight: 1 } };
  let kept = 0;
  let all = 0;
  fc.assert(fc.property(fc.nat(), fc.nat(), (trial, seed) => {
    const near = drawNear(space.als, parent, trial, seed, 0.5);
    assert.deepEqual(drawNear(space.als, parent, trial, seed, 0.5), near);
    assert.deepEqual(Object.keys(near), Object.keys(space.als));
    for (const name of tuned(space.als)) {
      all++;
      if (near[name] === new Map(Object.entries(parent)).get(name)) kept++;
    }
    const { lambda, halfLife, trend } = near;
    assert.ok(typeof lambda === "number" && lambda >= 0.3 && lambda <= 300);
    // Half of the way, in factors: from 30 to no less than 14 and no more than 365.
    if (typeof halfLife === "number") assert.ok(halfLife >= 20 && halfLife <= 110, `${halfLife}`);
    if (trend !== null) {
      assert.ok(typeof trend === "object" && Number(trend.weight) >= 0.3);
      assert.ok(Number(trend.weight) <= 1.8);
    }
  }));
  assert.ok(kept / all > 0.5 && kept / all < 0.85, `${kept / all}`);
});

Deno.test("drawNear: what the space fixes is not the parent's", () => {
  const near = drawNear({ a: 1, b: [2], c: { min: 3, max: 3 } }, { a: 9, b: 9, c: 9 }, 5, 5, 0.5);
  assert.deepEqual(near, { a: 1, b: 2, c: 3 });
});
