import assert from "node:assert/strict";
import { createApp } from "../../../serve/app.ts";
import type { Access } from "../../../serve/guard/access.ts";
import { CurrentRecommender } from "../../../serve/recommender.ts";
import { parseRetrainArgs } from "../../../serve/retrain/main.ts";
import { type Outside, trainBySchedule, trainOnce } from "../../../serve/retrain/schedule.ts";
import { TrainingError } from "../../../serve/training.ts";
import { Trainings } from "../../../serve/trainings.ts";

const open: Access = { loopback: true };

/** The server's own app behind `fetch`, and a clock that waiting moves on. */
function outside(train: () => Promise<string>, access = open, token?: string) {
  const app = createApp(new CurrentRecommender(), { access, trainings: new Trainings(train) });
  const stopping = new AbortController();
  const world = {
    time: Date.UTC(2026, 0, 1, 12),
    lines: [] as string[],
    requests: [] as string[],
    waits: [] as number[],
    /** What answers instead of the app, where it answers. */
    instead: (_request: Request): Response | undefined => undefined,
    stopping,
  };
  const given: Outside = {
    server: {
      url: "http://localhost:5000",
      token,
      fetch: async (input, init) => {
        const request = new Request(input, init);
        world.requests.push(`${request.method} ${new URL(request.url).pathname}`);
        return world.instead(request) ?? await app.fetch(request);
      },
      wait: async (ms, signal) => {
        await new Promise((resolve) => setTimeout(resolve, 0));
        signal.throwIfAborted();
        world.time += ms;
        world.waits.push(ms);
      },
    },
    signal: stopping.signal,
    now: () => world.time,
    log: (line) => world.lines.push(line),
  };
  return { world, given };
}

Deno.test("a training is started, asked after and told of", async () => {
  const { world, given } = outside(() => Promise.resolve("sha256:new"));
  assert.equal(await trainOnce(given), true);
  assert.match(world.lines.at(-1) ?? "", /^Model sha256:new answers/);
  assert.equal(world.requests[0], "POST /v1/train");
  assert.match(world.requests[1] ?? "", /^GET \/v1\/train\/[0-9a-f-]{36}$/);
});

Deno.test("the token is sent; without it nothing is tried again", async () => {
  const access = { loopback: false, token: "secret" };
  const right = outside(() => Promise.resolve("sha256:new"), access, "secret");
  assert.equal(await trainOnce(right.given), true);
  const wrong = outside(() => Promise.resolve("sha256:new"), access, "other");
  assert.equal(await trainOnce(wrong.given), false);
  assert.deepEqual(wrong.world.requests, ["POST /v1/train"]);
  assert.match(wrong.world.lines.at(-1) ?? "", /answers 401.*bearer token/);
  assert.doesNotMatch(wrong.world.lines.join("\n"), /other/);
});

Deno.test("an answer that is no training does not end the schedule: it is asked again", async () => {
  for (const path of [/\/v1\/train$/, /\/v1\/train\/./]) {
    const { world, given } = outside(() => Promise.resolve("sha256:new"));
    let times = 0;
    world.instead = ({ url, method }) =>
      path.test(url) && times++ === 0
        ? new Response("<h1>Maintenance</h1>", { status: method === "POST" ? 202 : 200 })
        : undefined;
    assert.equal(await trainOnce(given), true);
    assert.match(world.lines.join("\n"), /No new model: an answer tells of no training/);
    assert.match(world.lines.at(-1) ?? "", /^Model sha256:new answers/);
  }
});

Deno.test("a server without training is told of, once", async () => {
  const { world, given } = outside(() => Promise.resolve(""));
  world.instead = () => new Response("nothing", { status: 404 });
  assert.equal(await trainOnce(given), false);
  assert.match(world.lines.at(-1) ?? "", /no training at this address/);
});

Deno.test("what fails is tried again after 1, 5 and 15 minutes, then left to the next turn", async () => {
  let runs = 0;
  const { world, given } = outside(() => {
    runs++;
    return Promise.reject(new TrainingError("the database is away", "start it", "fetch"));
  });
  assert.equal(await trainOnce(given), false);
  assert.equal(runs, 4);
  assert.deepEqual(world.waits.filter((ms) => ms >= 60_000), [60_000, 300_000, 900_000]);
  assert.match(world.lines.join("\n"), /fetch: the database is away.*What to do: start it/);
});

Deno.test("a server that is away for a moment costs nothing; one that forgot is asked again", async () => {
  let runs = 0;
  const { world, given } = outside(() => {
    runs++;
    return Promise.resolve(`sha256:${runs}`);
  });
  let polls = 0;
  world.instead = (request) => {
    if (request.method === "POST") return undefined;
    polls++;
    if (polls === 1) throw new TypeError("connection refused");
    if (polls === 2) return new Response("Bad Gateway", { status: 502 });
    return polls === 3 ? new Response("", { status: 404 }) : undefined;
  };
  assert.equal(await trainOnce(given), true);
  assert.equal(runs, 2);
  assert.match(world.lines.join("\n"), /started anew while it trained/);
});

Deno.test("by schedule: at once without a model, then at each turn, until it is stopped", async () => {
  const starts: string[] = [];
  const { world, given } = outside(() => {
    starts.push(new Date(world.time).toISOString());
    if (starts.length === 3) world.stopping.abort();
    return Promise.resolve("sha256:new");
  });
  const { cron } = parseRetrainArgs(["--schedule", "30 2 * * 1-5"]);
  await assert.rejects(trainBySchedule(cron, given), { name: "AbortError" });
  assert.deepEqual(starts.map((start) => start.slice(0, 16)), [
    "2026-01-01T12:00",
    "2026-01-02T02:30", // a Friday
    "2026-01-05T02:30", // Monday
  ]);
});

Deno.test("a turn may be farther away than a timer reaches", async () => {
  const { world, given } = outside(() => {
    world.stopping.abort();
    return Promise.resolve("sha256:new");
  });
  world.instead = (request) =>
    request.url.endsWith("/health/ready") ? new Response("{}") : undefined;
  const { cron } = parseRetrainArgs(["--schedule", "0 0 1 12 *", "--timezone", "Europe/Berlin"]);
  await assert.rejects(trainBySchedule(cron, given), { name: "AbortError" });
  assert.equal(new Date(world.time).toISOString().slice(0, 13), "2026-11-30T23");
  assert.ok(Math.max(...world.waits) < 2 ** 31);
});

Deno.test("bad arguments name the flag", () => {
  const cases: [string[], RegExp][] = [
    [["--schedule", "daily"], /--schedule is "daily"/],
    [["--schedule", "61 * * * *"], /--schedule is "61/],
    [["--schedule", "0 0 31 2 *"], /a turn to come/],
    [["--schedule", "* * * * * *"], /five fields/],
    [["--timezone", "Mars/Base"], /--timezone is "Mars\/Base"/],
    [["--url", "localhost:5000"], /--url is/],
    [["--url", "http://u:geheim@db:5000"], /holds a user or password/],
    [["--often"], /--often/],
  ];
  for (const [args, message] of cases) assert.throws(() => parseRetrainArgs(args), message);
});
