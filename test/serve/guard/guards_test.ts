import assert from "node:assert/strict";
import fc from "../../support/fast_check.ts";
import { Hono } from "hono";
import { type GuardOptions, guards } from "../../../serve/guard/guards.ts";
import { LIMITS } from "../../../serve/guard/limits.ts";
import { requestLog } from "../../../serve/guard/log.ts";
import type { Observation } from "../../../serve/guard/observe.ts";
import { problem } from "../../../serve/problem.ts";

/** A tiny app behind the guards, and what they saw. */
function appWith(options: GuardOptions = {}) {
  const seen: Observation[] = [];
  const slow = Promise.withResolvers<void>();
  const app = new Hono();
  const observer = { begin() {}, end: (one: Observation) => void seen.push(one) };
  app.use("*", ...guards({ ...options, observers: [observer] }));
  app.get("/v1/users/:id", (c) => c.json({ id: c.req.param("id") }));
  app.post("/v1/read", async (c) => c.text(await c.req.text()));
  app.get("/slow", async (c) => {
    await slow.promise;
    return c.text("late");
  });
  app.get("/broken", () => {
    throw new Error("a secret in the message");
  });
  app.get("/health/ready", (c) => c.text("ready"));
  app.get("/raw", () => problem(422, "by a response of its own"));
  app.notFound(() => problem(404, "nothing"));
  app.onError(() => problem(500, "failed"));
  const ask = (path: string, init: RequestInit = {}, address = "203.0.113.7") =>
    app.request(path, init, {
      remoteAddr: { transport: "tcp", hostname: address, port: 4711 },
    });
  return { ask, seen, release: slow.resolve };
}

Deno.test("every answer has an id: the caller's where it is sane, else a new one", async () => {
  const { ask } = appWith();
  const idOf = async (given: string | undefined, path = "/v1/users/7") => {
    const headers: HeadersInit = given === undefined ? {} : { "x-request-id": given };
    const response = await ask(path, { headers });
    await response.body?.cancel();
    return response.headers.get("x-request-id");
  };
  for (const path of ["/v1/users/7", "/raw", "/nothing", "/broken"]) {
    assert.equal(await idOf("order-17_b.3", path), "order-17_b.3", path);
  }
  const made = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
  for (const bad of [undefined, "", "a b", '"}', "x".repeat(129), "<script>", "é"]) {
    assert.match(await idOf(bad) ?? "", made, String(bad));
  }
  assert.notEqual(await idOf(undefined), await idOf(undefined));
});

Deno.test("a request's line tells route, status and time, and never who was asked for", async () => {
  const { ask, seen } = appWith();
  const paths = ["/v1/users/customer4711?exclude=customer4711", "/v1/users", "/raw", "/broken"];
  for (const path of paths) await (await ask(path)).body?.cancel();
  await (await ask("/customer4711", { method: "PROPFIND" })).body?.cancel();
  const lines: string[] = [];
  const log = requestLog((line) => lines.push(line), () => new Date(0));
  for (const one of seen) log.end(one);
  assert.deepEqual(seen.map(({ method, route, status }) => [method, route, status]), [
    ["GET", "/v1/users/:id", 200],
    ["GET", "unmatched", 404],
    ["GET", "/raw", 422],
    ["GET", "/broken", 500],
    ["other", "unmatched", 404],
  ]);
  for (const line of lines) {
    assert.doesNotMatch(line, /customer|secret|exclude/);
    const keys = ["time", "id", "method", "route", "status", "ms", "received"];
    assert.deepEqual(Object.keys(JSON.parse(line)), keys);
  }
  assert.match(lines[0] ?? "", /^\{"time":"1970-01-01T00:00:00\.000Z",/);
});

Deno.test("browsers are told to keep to the page's own files, whoever made the answer", async () => {
  const { ask } = appWith();
  for (const path of ["/v1/users/7", "/raw", "/nothing", "/broken"]) {
    const { headers, body } = await ask(path);
    await body?.cancel();
    const policy = headers.get("content-security-policy") ?? "";
    assert.match(policy, /default-src 'none'; script-src 'self'; style-src 'self'/);
    assert.match(policy, /frame-ancestors 'none'/);
    assert.doesNotMatch(policy, /unsafe|\*/);
    assert.equal(headers.get("x-content-type-options"), "nosniff");
    assert.equal(headers.get("x-frame-options"), "DENY");
    assert.equal(headers.get("referrer-policy"), "no-referrer");
    assert.equal(headers.get("cross-origin-resource-policy"), "same-origin");
    assert.equal(headers.get("access-control-allow-origin"), null);
  }
});

Deno.test("what is too large is refused before it is read", async () => {
  const { ask } = appWith({ limits: { bodyBytes: 100, urlCharacters: 200 } });
  const status = async (path: string, init: RequestInit) => {
    const response = await ask(path, init);
    await response.body?.cancel();
    return response.status;
  };
  const body = (length: string) => ({
    method: "POST",
    body: "{}",
    headers: { "content-length": length },
  });
  assert.equal(await status("/v1/read", body("100")), 200);
  for (const length of ["101", "1e9", "9".repeat(400), "many", "-"]) {
    assert.equal(await status("/v1/read", body(length)), 413, length);
  }
  assert.equal(await status(`/v1/users/${"7".repeat(200)}`, {}), 414);
});

Deno.test("who waits longer than is allowed gets 503, but for what may take long", async () => {
  const { ask, seen, release } = appWith({ limits: { answerMs: 20 } });
  const late = await ask("/slow");
  assert.equal(late.status, 503);
  assert.match(late.headers.get("retry-after") ?? "", /^\d+$/);
  assert.equal(late.headers.get("content-type"), "application/problem+json");
  await late.body?.cancel();
  assert.deepEqual(seen.map(({ route, status }) => [route, status]), [["/slow", 503]]);
  const patient = appWith({ limits: { answerMs: 20, slow: [/^\/slow$/] } });
  const waited = patient.ask("/slow");
  // Timers end in their order: a limit of 20 ms would have been met by now.
  await new Promise((resolve) => setTimeout(resolve, 60));
  patient.release();
  assert.equal(await (await waited).text(), "late");
  // The first handler still ends, unheard.
  release();
});

Deno.test("what may take long is what loads a model or makes one", () => {
  const slow = (path: string) => LIMITS.slow.some((pattern) => pattern.test(path));
  assert.ok(slow("/train"));
  assert.ok(slow(`/v1/models/sha256:${"0".repeat(64)}/activate`));
  for (const path of ["/v1/train", "/train/x", "/v1/models", "/v1/models/a/b/activate", "/reco"]) {
    assert.ok(!slow(path), path);
  }
});

Deno.test("only own names are answered under; addresses too beyond loopback", async () => {
  const cases: [loopback: boolean, hosts: string[], host: string, status: number][] = [
    [true, [], "localhost:5000", 200],
    [true, [], "127.0.0.1", 200],
    [true, [], "[::1]:5000", 200],
    [true, [], "LocalHost", 200],
    [true, [], "evil.example", 403],
    [true, [], "localhost.evil.example", 403],
    [true, [], "203.0.113.9", 403],
    [true, [], "", 403],
    [true, [], "localhost:5000@evil.example", 403],
    [true, ["shop.internal"], "shop.internal:80", 200],
    [true, ["*"], "anything.example", 200],
    [true, ["*"], "a b", 403],
    [false, [], "203.0.113.9:5000", 200],
    [false, [], "[2001:db8::1]:5000", 200],
    [false, [], "evil.example", 403],
    [false, ["shop.internal"], "evil.example", 403],
  ];
  for (const [loopback, hosts, host, status] of cases) {
    const { ask } = appWith({ host: { loopback, hosts } });
    for (const method of ["GET", "POST"]) {
      const path = method === "GET" ? "/v1/users/7" : "/v1/read";
      const response = await ask(path, { method, headers: { host } });
      await response.body?.cancel();
      assert.equal(response.status, status, JSON.stringify([loopback, hosts, host]));
    }
  }
});

Deno.test("pages of other sites change nothing; the server's own page may post", async () => {
  const { ask } = appWith();
  const cases: [Record<string, string>, number][] = [
    [{}, 200],
    [{ origin: "http://localhost" }, 200],
    [{ origin: "https://localhost" }, 200],
    [{ origin: "http://localhost", "sec-fetch-site": "same-origin" }, 200],
    [{ origin: "http://localhost:8080" }, 403],
    [{ origin: "null" }, 403],
    [{ origin: "file://localhost" }, 403],
    [{ origin: "http://evil.example" }, 403],
    [{ origin: "http://localhost", "sec-fetch-site": "cross-site" }, 403],
    [{ "sec-fetch-site": "same-site" }, 403],
    [{ "sec-fetch-site": "none" }, 200],
  ];
  for (const [headers, status] of cases) {
    const response = await ask("/v1/read", {
      method: "POST",
      headers: { host: "localhost", ...headers },
    });
    await response.body?.cancel();
    assert.equal(response.status, status, JSON.stringify(headers));
  }
});

Deno.test("CORS: named origins may read, nobody may post, others hear nothing", async () => {
  const { ask } = appWith({ corsOrigins: ["https://shop.example"] });
  const allowed = async (origin: string, method: string, path = "/v1/users/7") => {
    const response = await ask(path, {
      method,
      headers: { origin, "access-control-request-method": "GET", host: "localhost" },
    });
    await response.body?.cancel();
    return [response.status, response.headers.get("access-control-allow-origin")];
  };
  assert.deepEqual(await allowed("https://shop.example", "GET"), [200, "https://shop.example"]);
  assert.deepEqual(await allowed("https://evil.example", "GET"), [200, null]);
  assert.deepEqual(await allowed("https://shop.example", "OPTIONS"), [204, "https://shop.example"]);
  assert.deepEqual(await allowed("https://evil.example", "OPTIONS"), [204, null]);
  const [status] = await allowed("https://shop.example", "POST", "/v1/read");
  assert.equal(status, 403);
  const preflight = await ask("/v1/read", {
    method: "OPTIONS",
    headers: { origin: "https://shop.example", "access-control-request-method": "POST" },
  });
  assert.equal(preflight.headers.get("access-control-allow-methods"), "GET,HEAD");
});

Deno.test("a client that asks too often gets 429 and when to come again; health does not", async () => {
  const { ask } = appWith({ rate: { perSecond: 0.001, burst: 3 } });
  const statuses = async (address: string, path = "/v1/users/7") => {
    const all: number[] = [];
    for (let n = 0; n < 5; n++) {
      const response = await ask(path, {}, address);
      all.push(response.status);
      if (response.status === 429) {
        assert.match(response.headers.get("retry-after") ?? "", /^[1-9]\d*$/);
        assert.notEqual(response.headers.get("x-request-id"), null);
      }
      await response.body?.cancel();
    }
    return all;
  };
  assert.deepEqual(await statuses("203.0.113.7"), [200, 200, 200, 429, 429]);
  assert.deepEqual(await statuses("203.0.113.8"), [200, 200, 200, 429, 429]);
  assert.deepEqual(await statuses("203.0.113.7", "/health/ready"), [200, 200, 200, 200, 200]);
  assert.deepEqual(await statuses("2001:db8::1"), [200, 200, 200, 429, 429]);
  assert.deepEqual(await statuses("2001:db8::2:3"), [429, 429, 429, 429, 429]);
});

Deno.test("X-Forwarded-For is believed of trusted proxies only, from the right", async () => {
  const rate = { perSecond: 0.001, burst: 1 };
  const status = async (app: ReturnType<typeof appWith>, forwarded: string) => {
    const response = await app.ask("/v1/users/7", { headers: { "x-forwarded-for": forwarded } });
    await response.body?.cancel();
    return response.status;
  };
  const distrusting = appWith({ rate });
  assert.equal(await status(distrusting, "198.51.100.1"), 200);
  assert.equal(await status(distrusting, "198.51.100.2"), 429);
  const trusting = appWith({ rate, trustedProxies: 1 });
  assert.equal(await status(trusting, "198.51.100.1"), 200);
  assert.equal(await status(trusting, "198.51.100.2"), 200);
  // What the client wrote itself stands to the left of what the proxy saw.
  assert.equal(await status(trusting, "198.51.100.9, 198.51.100.1"), 429);
  assert.equal(await status(trusting, "not an address"), 200);
  assert.equal(await status(trusting, "198.51.100.5, neither"), 429);
});

Deno.test("no header whatever makes a server error", async () => {
  const { ask } = appWith({
    host: { loopback: true, hosts: [] },
    rate: { perSecond: 1e6, burst: 1e6 },
    trustedProxies: 1,
    corsOrigins: ["https://shop.example"],
  });
  const name = fc.constantFrom(
    ...["host", "origin", "sec-fetch-site", "x-forwarded-for", "x-request-id", "content-length"],
    ...["forwarded", "access-control-request-method", "authorization", "content-type"],
  );
  const value = fc.oneof(
    fc.string({ maxLength: 40 }),
    fc.webUrl(),
    fc.ipV4(),
    fc.ipV6(),
    fc.constantFrom("null", "localhost", "*", "__proto__", "0"),
  ).map((text) => text.replace(/[^\x20-\x7e]/g, "").trim());
  const headers = fc.uniqueArray(fc.tuple(name, value), { selector: ([key]) => key });
  const method = fc.constantFrom("GET", "POST", "OPTIONS", "DELETE");
  await fc.assert(
    fc.asyncProperty(method, headers, async (method, headers) => {
      const response = await ask("/v1/users/7", { method, headers });
      await response.body?.cancel();
      assert(response.status < 500, `status ${response.status}`);
    }),
    { numRuns: 300, seed: 42 },
  );
});
