import assert from "node:assert/strict";
import { createApp } from "../../serve/app.ts";
import { CurrentRecommender } from "../../serve/recommender.ts";
import { type ProgressLine, type Training, trainingSchema } from "../../serve/schemas/training.ts";
import { TrainingError } from "../../serve/training.ts";
import { Trainings } from "../../serve/trainings.ts";
import { assertProblem } from "../support/http.ts";

const post = { method: "POST" };

/** A training that goes on when told to. */
function stepped() {
  let say: (line: ProgressLine) => void = () => {};
  let end: (version: string) => void = () => {};
  let fail: (error: Error) => void = () => {};
  const lines: string[] = [];
  const trainings = new Trainings(
    (progress) => {
      say = progress;
      return new Promise((resolve, reject) => {
        end = resolve;
        fail = reject;
      });
    },
    (line) => lines.push(line),
  );
  const app = createApp(new CurrentRecommender(), { trainings, access: { loopback: true } });
  return {
    app,
    lines,
    say: (line: ProgressLine) => say(line),
    end: (version: string) => end(version),
    fail: (error: Error) => fail(error),
    async start() {
      const response = await app.request("/v1/train", post);
      assert.equal(response.status, 202);
      const location = response.headers.get("location") ?? "";
      const training = trainingSchema.parse(await response.json());
      assert.equal(location, `/v1/train/${training.id}`);
      return { training, now: () => stateAt(location) };
    },
  };
  async function stateAt(path: string): Promise<Training> {
    // What is told above reaches the job in later turns.
    await new Promise((resolve) => setTimeout(resolve, 0));
    const response = await app.request(path);
    assert.equal(response.status, 200);
    return trainingSchema.parse(await response.json());
  }
}

Deno.test("a training tells its stage and the share that is done, which never falls", async () => {
  const { start, say, end } = stepped();
  const { training, now } = await start();
  assert.deepEqual([training.status, training.done, training.model], ["running", 0, null]);
  assert.equal((await now()).status, "running");
  const seen: number[] = [];
  const step = async (line: ProgressLine) => {
    say(line);
    seen.push((await now()).done);
    return now();
  };
  await step({ event: "plan", stages: ["ingest", "split", "train", "export"] });
  await step({ event: "end", stage: "ingest", cached: true, seconds: 0 });
  await step({ event: "end", stage: "split", cached: true, seconds: 0 });
  const started = await step({ event: "start", stage: "train", why: ["param factors"] });
  assert.deepEqual([started.stage, started.note], ["train", "param factors"]);
  const line = { event: "progress", stage: "train", unit: "sweeps", note: null } as const;
  const half = await step({ ...line, done: 5, total: 10 });
  assert.deepEqual([half.stage, half.note, half.done], ["train", "5/10 sweeps", 0.625]);
  await step({ ...line, done: 11, total: 10, note: "beyond" });
  await step({ event: "log", stage: "train", message: "stopped early" });
  await step({ event: "end", stage: "train", cached: false, seconds: 2 });
  assert.deepEqual(seen, [0, 0.25, 0.5, 0.5, 0.625, 0.75, 0.75, 0.75]);
  end("sha256:new");
  const ended = await now();
  assert.deepEqual(
    [ended.status, ended.done, ended.model, ended.stage],
    ["succeeded", 1, "sha256:new", null],
  );
  assert(ended.endedAt !== null && ended.endedAt >= ended.startedAt);
});

Deno.test("who asks while one runs gets that one, by either call; later a new one", async () => {
  const { app, start, end } = stepped();
  const first = await start();
  assert.equal((await start()).training.id, first.training.id);
  const compatible = app.request("/train");
  await first.now();
  end("sha256:new");
  assert.equal((await compatible).status, 200);
  assert.notEqual((await start()).training.id, first.training.id);
});

Deno.test("a failed training keeps its words; one that broke tells only the log", async () => {
  const { start, fail, lines } = stepped();
  const first = await start();
  await first.now();
  fail(new TrainingError("orders.csv has no user", "Map it", "ingest"));
  assert.deepEqual((await first.now()).error, {
    stage: "ingest",
    message: "orders.csv has no user",
    remedy: "Map it",
  });
  const second = await start();
  await second.now();
  fail(new Error("secret path"));
  const { status, error } = await second.now();
  assert.equal(status, "failed");
  assert.doesNotMatch(JSON.stringify(error), /secret/);
  assert.match(lines.join(), /secret path/);
});

Deno.test("trainings are forgotten after many, unknown ones are a 404", async () => {
  const trainings = new Trainings(() => Promise.resolve("sha256:new"));
  const ids: string[] = [];
  for (let n = 0; n < 60; n++) {
    const { id, done } = trainings.start();
    ids.push(id);
    await done;
  }
  assert.equal(trainings.get(ids[0]!), undefined);
  assert.equal(trainings.get(ids[10]!)?.status, "succeeded");
  const app = createApp(new CurrentRecommender(), { trainings });
  await assertProblem(await app.request(`/v1/train/${ids[0]}`), 404, /No training/);
  // Nothing may be changed where nobody was let in.
  await assertProblem(await app.request("/v1/train", post), 403, /nothing can be changed/);
});
