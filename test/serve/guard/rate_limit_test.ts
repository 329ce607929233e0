import assert from "node:assert/strict";
import fc from "../../support/fast_check.ts";
import { clientKey } from "../../../serve/guard/client.ts";
import { TokenBuckets } from "../../../serve/guard/rate_limit.ts";

Deno.test("no client gets more than its burst and its rate, nor less where it keeps to them", () => {
  const rate = fc.record({
    perSecond: fc.double({ min: 0.1, max: 1000, noNaN: true }),
    burst: fc.integer({ min: 1, max: 50 }),
  });
  const pauses = fc.array(fc.double({ min: 0, max: 500, noNaN: true }), { maxLength: 200 });
  fc.assert(fc.property(rate, pauses, (rate, pauses) => {
    const buckets = new TokenBuckets(rate);
    let now = 0;
    let granted = 0;
    for (const pause of pauses) {
      now += pause;
      const wait = buckets.take("a", now);
      if (wait === 0) granted++;
      // After the wait that it names there is a token.
      else assert.equal(new TokenBuckets(rate).take("a", now), 0);
      assert.ok(granted <= rate.burst + now * rate.perSecond / 1000 + 1e-6);
    }
    const kept = new TokenBuckets(rate);
    for (let n = 0; n < 20; n++) {
      assert.equal(kept.take("a", n * 1001 / rate.perSecond), 0);
    }
  }));
});

Deno.test("whoever waits as long as told is let in", () => {
  const buckets = new TokenBuckets({ perSecond: 3, burst: 2 });
  let now = 0;
  for (let n = 0; n < 100; n++) {
    const wait = buckets.take("a", now);
    now += wait;
    if (wait > 0) assert.equal(buckets.take("a", now), 0);
  }
});

Deno.test("memory is bounded: the client that was quiet for longest is forgotten", () => {
  const buckets = new TokenBuckets({ perSecond: 0.001, burst: 1 }, 3);
  for (const client of ["a", "b", "c"]) assert.equal(buckets.take(client, 0), 0);
  assert.notEqual(buckets.take("a", 1), 0);
  assert.equal(buckets.take("d", 2), 0);
  assert.equal(buckets.size, 3);
  assert.notEqual(buckets.take("a", 3), 0, "a asked after b, so b is forgotten");
  assert.equal(buckets.take("b", 4), 0);
  assert.equal(buckets.size, 3);
});

Deno.test("a rate that lets nobody in is an error", () => {
  for (const rate of [{ perSecond: 0, burst: 1 }, { perSecond: 1, burst: 0 }]) {
    assert.throws(() => new TokenBuckets(rate), /lets nobody in/);
  }
});

Deno.test("one client: an IPv4 address, 64 bits of IPv6, however they are written", () => {
  const same: [string, string][] = [
    ["203.0.113.7", "::ffff:203.0.113.7"],
    ["2001:db8::1", "2001:DB8:0:0:1:2:3:4"],
    ["2001:db8:1:2::", "2001:0db8:0001:0002:ffff::9"],
    ["fe80::1%eth0", "fe80::2"],
    ["::1", "::2"],
  ];
  for (const [a, b] of same) assert.equal(clientKey(a), clientKey(b), `${a} and ${b}`);
  const other: [string, string][] = [
    ["203.0.113.7", "203.0.113.8"],
    ["2001:db8:1:2::1", "2001:db8:1:3::1"],
    ["2001:db8::1", "2001:db8:0:1::1"],
  ];
  for (const [a, b] of other) assert.notEqual(clientKey(a), clientKey(b), `${a} and ${b}`);
});
