import assert from "node:assert/strict";
import { Registry } from "../../../serve/metrics/registry.ts";
import { metricsRoute } from "../../../serve/metrics/route.ts";
import { ServerMetrics } from "../../../serve/metrics/server_metrics.ts";
import { modelOf } from "../../support/shop.ts";

/** Samples by name and labels; fails where a line is not of the format. */
function parse(text: string): Map<string, number> {
  const samples = new Map<string, number>();
  const known = new Set<string>();
  assert.ok(text.endsWith("\n"));
  for (const line of text.trimEnd().split("\n")) {
    const comment = /^# (HELP|TYPE) ([a-z_]+) \S/.exec(line);
    if (comment) {
      known.add(comment[2] ?? "");
      continue;
    }
    const found =
      /^([a-z_]+)(\{(?:[a-z_]+="(?:[^"\\\n]|\\["\\n])*",?)+\})? (-?[\d.e+-]+|\+Inf|NaN)$/.exec(
        line,
      );
    assert.ok(found, `not a sample: ${line}`);
    const [, name = "", labels = "", value] = found;
    assert.ok(known.has(name.replace(/_(bucket|sum|count)$/, "")) || known.has(name), name);
    assert.ok(!samples.has(name + labels), `twice: ${line}`);
    samples.set(name + labels, Number(value));
  }
  return samples;
}

Deno.test("counters, gauges and histograms in Prometheus' text format", () => {
  const registry = new Registry();
  const counter = registry.counter("a_total", "A.", ["x"]);
  counter.add(['q"\\\n']);
  counter.add(['q"\\\n'], 2);
  registry.counter("none_total", "Zero before it is counted.");
  registry.gauge("b", "B.", [], () => [[[], 1.5]]);
  const histogram = registry.histogram("c", "C.", [1, 2], ["y"]);
  for (const value of [0.5, 1, 1.5, 3]) histogram.observe(value, ["z"]);
  const samples = parse(registry.text());
  assert.deepEqual(Object.fromEntries(samples), {
    'a_total{x="q\\"\\\\\\n"}': 3,
    none_total: 0,
    b: 1.5,
    'c_bucket{y="z",le="1"}': 2,
    'c_bucket{y="z",le="2"}': 3,
    'c_bucket{y="z",le="+Inf"}': 4,
    'c_sum{y="z"}': 6,
    'c_count{y="z"}': 4,
  });
  assert.throws(() => counter.add([]), /labels x/);
});

Deno.test("the server's metrics: requests, model and its age, swaps, trainings, events", () => {
  let now = 1_000_000;
  let training = false;
  const { manifest } = modelOf();
  const served: { model?: typeof manifest } = {};
  const metrics = new ServerMetrics(
    { model: () => served.model, training: () => training, dropped: () => 3 },
    () => now,
  );
  const before = parse(metrics.text());
  assert.equal(before.get("recommender_model_swaps_total"), 0);
  assert.ok(![...before.keys()].some((key) => /^recommender_model_(info|age)/.test(key)));
  served.model = { ...manifest, model: "sha256:m", fittedUntil: "1970-01-01T00:10:00.000Z" };
  metrics.swapped(now);
  now += 60_000;
  training = true;
  metrics.trained("done");
  metrics.trained("failed");
  metrics.received(5);
  metrics.begin();
  metrics.begin();
  metrics.end({ id: "1", method: "POST", route: "/reco", status: 200, ms: 0.3, received: 1 });
  const samples = parse(metrics.text());
  const expected: Record<string, number> = {
    'recommender_http_requests_total{method="POST",route="/reco",status="200"}': 1,
    'recommender_http_request_duration_seconds_bucket{route="/reco",le="0.00025"}': 0,
    'recommender_http_request_duration_seconds_bucket{route="/reco",le="0.0005"}': 1,
    'recommender_http_request_duration_seconds_count{route="/reco"}': 1,
    recommender_http_requests_in_flight: 1,
    'recommender_model_info{version="sha256:m",data="sha256:data1",split="none",fitted_until="1970-01-01T00:10:00.000Z"}':
      1,
    recommender_model_age_seconds: 60,
    recommender_model_data_age_seconds: 460,
    recommender_model_swaps_total: 1,
    'recommender_trainings_total{outcome="done"}': 1,
    'recommender_trainings_total{outcome="failed"}': 1,
    recommender_training_running: 1,
    recommender_events_total: 5,
    recommender_log_lines_dropped: 3,
  };
  for (const [key, value] of Object.entries(expected)) assert.equal(samples.get(key), value, key);
  assert.ok((samples.get("process_resident_memory_bytes") ?? 0) > 1e6);
});

Deno.test("metrics are for this machine, for who has the token, or for all where so set", async () => {
  const from = (hostname: string) => ({ remoteAddr: { transport: "tcp", hostname, port: 1 } });
  const bearer = { authorization: "Bearer secret" };
  const cases: [{ open?: boolean; token?: string }, string, Record<string, string>, number][] = [
    [{}, "127.0.0.1", {}, 200],
    [{}, "::1", {}, 200],
    [{}, "::ffff:127.0.0.1", {}, 200],
    [{}, "203.0.113.7", {}, 401],
    [{}, "127.0.0.1", { "x-forwarded-for": "203.0.113.7" }, 401],
    [{}, "127.0.0.1", { forwarded: "for=203.0.113.7" }, 401],
    [{}, "203.0.113.7", bearer, 401],
    [{ token: "secret" }, "203.0.113.7", bearer, 200],
    [{ token: "secret" }, "203.0.113.7", { authorization: "Bearer other" }, 401],
    [{ token: "secret" }, "203.0.113.7", { authorization: "Bearer " }, 401],
    [{ open: true }, "203.0.113.7", {}, 200],
  ];
  for (const [access, address, headers, status] of cases) {
    const app = metricsRoute(() => "a 1\n", access);
    const response = await app.request("/metrics", { headers }, from(address));
    assert.equal(response.status, status, JSON.stringify([access, address, headers]));
    if (status === 200) {
      assert.match(response.headers.get("content-type") ?? "", /^text\/plain; version=0\.0\.4/);
      assert.equal(await response.text(), "a 1\n");
    } else await response.body?.cancel();
  }
  const app = metricsRoute(() => "", {});
  const response = await app.request("/metrics", { method: "POST" }, from("127.0.0.1"));
  assert.equal(response.status, 405);
  assert.equal(response.headers.get("allow"), "GET, HEAD");
});
