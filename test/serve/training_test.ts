import assert from "node:assert/strict";
import { join } from "node:path";
import { z } from "zod";
import { Recommender } from "../../pipeline/recommender.ts";
import { createApp } from "../../serve/app.ts";
import { CurrentRecommender } from "../../serve/recommender.ts";
import {
  PIPELINE_FLAGS,
  pipelineFlags,
  type PipelineOptions,
  runPipeline,
  TrainingError,
} from "../../serve/training.ts";
import { type Access, isLoopback } from "../../serve/guard/access.ts";
import { Trainings } from "../../serve/trainings.ts";
import { modelOf } from "../support/shop.ts";

const root = new URL("../../", import.meta.url).pathname.replace(/\/$/, "");

function appWith(train: () => Promise<string>, access: Access = { loopback: true }) {
  return createApp(new CurrentRecommender(), { access, trainings: new Trainings(train) });
}

/** Turns of the event loop, at least one, until it is so; what needs no clock is done in the first. */
async function until(so: () => boolean): Promise<void> {
  do await new Promise((resolve) => setTimeout(resolve, 0)); while (!so());
}

Deno.test("a second caller joins the training at work; a third trains again", async () => {
  let runs = 0;
  let finish = () => {};
  const app = appWith(() => {
    runs++;
    return new Promise((resolve) => finish = () => resolve("sha256:new"));
  });
  const both = [app.request("/train"), app.request("/train", { method: "POST" })];
  await until(() => runs > 0);
  assert.equal(runs, 1);
  finish();
  for (const response of await Promise.all(both)) {
    assert.equal(response.status, 200);
    assert.equal(await response.text(), "training complete!");
    assert.match(response.headers.get("content-type") ?? "", /^text\/plain/);
  }
  const third = app.request("/train");
  await until(() => runs > 1);
  assert.equal(runs, 2);
  finish();
  assert.equal((await third).status, 200);
});

Deno.test("a failed training is a problem with the pipeline's words, and the next one runs", async () => {
  let runs = 0;
  const live = new CurrentRecommender(new Recommender(modelOf()));
  const trainings = new Trainings(() =>
    ++runs === 1
      ? Promise.reject(new TrainingError("orders.csv has no user", "Map it", "ingest"))
      : Promise.resolve("sha256:new")
  );
  const app = createApp(live, { access: { loopback: true }, trainings });
  const failed = await app.request("/train");
  assert.equal(failed.status, 500);
  assert.equal(failed.headers.get("content-type"), "application/problem+json");
  assert.deepEqual(await failed.json(), {
    type: "about:blank",
    title: "Internal Server Error",
    status: 500,
    detail: "orders.csv has no user",
    remedy: "Map it",
    stage: "ingest",
  });
  assert.equal((await app.request("/health/ready")).status, 200);
  assert.equal((await app.request("/train")).status, 200);
});

Deno.test("who may train: Origin, Host, address and token", async () => {
  const token = "correct horse";
  const bearer = { authorization: `Bearer ${token}` };
  const own: Access = { loopback: true };
  const open: Access = { loopback: false };
  const guarded: Access = { loopback: false, token };
  const cases: [Access, Record<string, string>, number][] = [
    [own, {}, 200],
    [own, { host: "localhost:5000" }, 200],
    [own, { host: "LOCALHOST" }, 200],
    [own, { host: "127.0.0.1:8080" }, 200],
    [own, { host: "[::1]:5000" }, 200],
    [own, { host: "evil.example" }, 403],
    [own, { host: "localhost.evil.example:5000" }, 403],
    [own, { host: "localhost:5000@evil.example" }, 403],
    [own, { host: "::1" }, 403],
    [own, { host: "" }, 403],
    [{ ...own, hosts: ["shop.internal"] }, { host: "shop.internal:5000" }, 200],
    [own, { origin: "http://localhost:5000" }, 403],
    [own, { origin: "null" }, 403],
    [own, { "sec-fetch-site": "cross-site" }, 403],
    [own, { "sec-fetch-site": "none" }, 200],
    [{ ...own, token }, {}, 401],
    [{ ...own, token }, bearer, 200],
    [open, {}, 403],
    [open, bearer, 403],
    [guarded, {}, 401],
    [guarded, { authorization: "Bearer wrong" }, 401],
    [guarded, { authorization: `Basic ${token}` }, 401],
    [guarded, { authorization: `bearer ${token}` }, 200],
    [guarded, { ...bearer, origin: "http://localhost" }, 403],
    [guarded, { ...bearer, host: "evil.example" }, 403],
    [{ ...open, unauthenticated: true }, {}, 200],
    [{ ...open, unauthenticated: true }, { origin: "http://a" }, 403],
    [{ ...guarded, unauthenticated: true }, {}, 200],
  ];
  for (const [access, headers, status] of cases) {
    for (const method of ["GET", "POST"]) {
      let runs = 0;
      const start = () => {
        runs++;
        return Promise.resolve("sha256:new");
      };
      const response = await appWith(start, access).request("/train", { method, headers });
      const what = JSON.stringify([access, headers]);
      assert.equal(response.status, status, what);
      assert.equal(runs, status === 200 ? 1 : 0, what);
      assert.equal(response.headers.get("www-authenticate"), status === 401 ? "Bearer" : null);
    }
  }
  for (const host of ["localhost", "127.0.0.1", "127.1.2.3", "::1", "[::1]"]) {
    assert(isLoopback(host), host);
  }
  for (const host of ["0.0.0.0", "::", "192.168.0.7", "shop.internal", "127.0.0.1.evil.example"]) {
    assert(!isLoopback(host), host);
  }
});

Deno.test("the child process has the flags of the pipeline's task", async () => {
  const schema = z.object({ tasks: z.object({ pipeline: z.object({ command: z.string() }) }) });
  const text = await Deno.readTextFile(join(root, "deno.json"));
  const { command } = schema.parse(JSON.parse(text)).tasks.pipeline;
  assert.equal(command, ["deno run", ...PIPELINE_FLAGS, "pipeline/main.ts"].join(" "));
});

Deno.test("the child process may connect to the databases that were named, and to nothing else", () => {
  assert.deepEqual(pipelineFlags(), PIPELINE_FLAGS);
  assert.deepEqual(pipelineFlags(["db:5432", "[::1]:3306"]), [
    ...PIPELINE_FLAGS,
    "--allow-net=db:5432,[::1]:3306",
  ]);
});

/** Runs `code` in the pipeline's place. */
async function runInstead(code: string, more: Partial<PipelineOptions> = {}): Promise<void> {
  const file = await Deno.makeTempFile({ suffix: ".ts" });
  try {
    await Deno.writeTextFile(file, code);
    await runPipeline({
      root,
      model: "/srv/the model",
      log() {},
      signal: new AbortController().signal,
      command: [Deno.execPath(), "run", "--allow-env", file],
      ...more,
    });
  } finally {
    await Deno.remove(file);
  }
}

/** Has `runPipeline` run a file in the pipeline's place; prints its own token, then what the log gets. */
const RUN_IN_PLACE = `
import { runPipeline } from "./serve/training.ts";
console.log("own token: " + Deno.env.get("RECOMMENDER_TOKEN"));
await runPipeline({
  root: ".",
  model: "/srv/the model",
  config: "/srv/c.json",
  store: "/srv/store",
  log: (line) => console.log(line),
  signal: new AbortController().signal,
  command: [Deno.execPath(), "run", "--allow-env", Deno.args[0]],
});
`;

Deno.test("the child gets the arguments, not the token; its lines reach the log", async () => {
  const child = await Deno.makeTempFile({ suffix: ".ts" });
  await Deno.writeTextFile(
    child,
    `console.error(JSON.stringify(Deno.args)); console.error("token:" + Deno.env.get("RECOMMENDER_TOKEN"));`,
  );
  // By a process of its own: the token in this one's environment would be that of every server that another
  // test starts meanwhile.
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", "--no-check", RUN_IN_PLACE, child],
    cwd: root,
    env: { NO_COLOR: "1", RECOMMENDER_TOKEN: "secret" },
  }).output();
  await Deno.remove(child);
  const text = new TextDecoder();
  const [own, ...lines] = text.decode(stdout).split("\n");
  assert.equal(own, "own token: secret", text.decode(stderr));
  assert.deepEqual(JSON.parse(lines[0] ?? ""), [
    "run",
    "--json",
    "--progress",
    "json",
    "--set",
    'export.dir="/srv/the model"',
    "--config",
    "/srv/c.json",
    "--store",
    "/srv/store",
  ]);
  assert.equal(lines[1], "token:");
});

Deno.test("a failing child's message and remedy are kept; a crash still says something", async () => {
  const failure = { error: { stage: "train", message: "not finite", remedy: "more lambda" } };
  await assert.rejects(
    runInstead(`console.log(${JSON.stringify(JSON.stringify(failure))}); Deno.exit(1)`),
    { name: "TrainingError", message: "not finite", remedy: "more lambda", stage: "train" },
  );
  await assert.rejects(
    runInstead(`console.error("out of memory"); Deno.kill(Deno.pid, "SIGKILL")`, {
      command: ["sh", "-c", "echo out of memory >&2; kill -9 $$"],
    }),
    {
      name: "TrainingError",
      message: "The training was killed (SIGKILL); its last line: out of memory",
      stage: null,
    },
  );
  await assert.rejects(runInstead("Deno.exit(7)"), /exit code 7/);
});

Deno.test("a child is ended with the server", async () => {
  const stopping = new AbortController();
  const started = Date.now();
  const running = runInstead("", {
    command: ["sh", "-c", "echo training >&2; exec sleep 60"],
    signal: stopping.signal,
    log: () => stopping.abort(),
  });
  await assert.rejects(running, /shutting down/);
  assert(Date.now() - started < 30_000);
});
