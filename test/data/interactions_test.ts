import assert from "node:assert/strict";
import fc from "../support/fast_check.ts";
import { eachPair, type Interactions, pairs, type Span } from "../../pipeline/data/interactions.ts";

interface Event {
  readonly user: number;
  readonly item: number;
  readonly time: number;
  readonly quantity: number;
}

const USERS = 5;
const ITEMS = 7;

const events = fc.uniqueArray(
  fc.record({
    user: fc.nat(USERS - 1),
    item: fc.nat(ITEMS - 1),
    time: fc.nat(20),
    // Tenths: sums of them in floating point are rarely exact.
    quantity: fc.integer({ min: -30, max: 30 }).filter((q) => q !== 0).map((q) => q / 10),
  }),
  { maxLength: 120, selector: ({ user, item, time }) => `${user} ${item} ${time}` },
).map((list) => list.sort((a, b) => a.user - b.user || a.item - b.item || a.time - b.time));

function columns(list: readonly Event[], timed: boolean): Interactions {
  return {
    users: USERS,
    items: ITEMS,
    user: Uint32Array.from(list, (e) => e.user),
    item: Uint32Array.from(list, (e) => e.item),
    quantity: Float64Array.from(list, (e) => e.quantity),
    time: timed ? Float64Array.from(list, (e) => e.time) : undefined,
  };
}

/** The same by a map of tenths. */
function reference(list: readonly Event[], since: number, until: number): [string, number][] {
  const net = new Map<string, number>();
  for (const { user, item, time, quantity } of list) {
    if (time < since || time >= until) continue;
    const key = `${user} ${item}`;
    net.set(key, (net.get(key) ?? 0) + Math.round(quantity * 10));
  }
  return [...net].filter(([, tenths]) => tenths > 0)
    .map(([key, tenths]): [string, number] => [key, Math.fround(tenths / 10)]).sort();
}

function entries(interactions: Interactions, span?: Span): [string, number][] {
  const m = pairs(interactions, span);
  const found: [string, number][] = [];
  for (let r = 0; r < m.rows; r++) {
    for (let p = m.indptr[r]!; p < m.indptr[r + 1]!; p++) {
      found.push([`${r} ${m.indices[p]}`, m.values[p]!]);
    }
  }
  assert.equal(m.indptr[m.rows], m.indices.length);
  return found.sort();
}

Deno.test("pairs: equals netting with a map, for any span", () => {
  fc.assert(fc.property(events, fc.nat(21), fc.nat(21), (list, since, until) => {
    const timed = columns(list, true);
    assert.deepEqual(entries(timed), reference(list, -Infinity, Infinity));
    assert.deepEqual(entries(timed, { since, until }), reference(list, since, until));
    assert.deepEqual(entries(timed, { since }), reference(list, since, Infinity));
    assert.deepEqual(entries(columns(list, false)), reference(list, -Infinity, Infinity));
  }));
});

Deno.test("pairs: what is bought and wholly returned is gone, in floating point too", () => {
  const list = [0.1, 0.2, -0.3].map((quantity, time) => ({ user: 1, item: 2, time, quantity }));
  assert.deepEqual(entries(columns(list, true)), []);
});

Deno.test("pairs: refuses unordered interactions, indices too large, spans without times", () => {
  const at = (user: number, item: number) => ({ user, item, time: 0, quantity: 1 });
  assert.throws(() => pairs(columns([at(1, 0), at(0, 0)], true)), /out of order/);
  assert.throws(() => pairs(columns([at(1, 3), at(1, 2)], true)), /out of order/);
  assert.throws(() => pairs(columns([at(0, ITEMS)], true)), /item 7; there are 5 users, 7 items/);
  assert.throws(() => pairs(columns([at(0, 0)], false), { until: 3 }), /have no times/);
});

Deno.test("eachPair: every net pair once, in order, with all interactions of it and of no other", () => {
  fc.assert(fc.property(events, (list) => {
    const all = columns(list, true);
    const net = pairs(all);
    let next = 0;
    eachPair(all, net, (entry, user, item, from, to) => {
      assert.equal(entry, next++);
      assert.ok(net.indptr[user]! <= entry && entry < net.indptr[user + 1]!);
      assert.equal(net.indices[entry], item);
      const own = [...all.user.keys()].filter((n) => all.user[n] === user && all.item[n] === item);
      assert.deepEqual(own, Array.from({ length: to - from }, (_, n) => from + n));
    });
    assert.equal(next, net.indices.length);
  }));
});
