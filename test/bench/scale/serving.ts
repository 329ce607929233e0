/** What a server of a large model takes, and whether servers with a part of the users each answer as one. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { loadModel, type Model, saveModel } from "../../../pipeline/als/model.ts";
import { load, recoRequests } from "../serve/load.ts";
import { type Server, startRecommender } from "../serve/server.ts";
import { cut } from "./shards.ts";

export interface ServingOptions {
  /** The model's folder. */
  readonly dir: string;
  readonly shards: number;
  readonly seconds: number;
  /** Users whose lists are compared. */
  readonly sample: number;
  /** A folder for parts of the model. */
  readonly work: string;
  readonly say: (line: string) => void;
}

/** What one server takes. */
interface Taken {
  readonly users: number;
  readonly residentMiB: number;
}

/** Measures, compares, and says what it sees. Throws `AssertionError` where an answer differs. */
export async function simulateServing(options: ServingOptions): Promise<void> {
  const { dir, shards, sample, work, say } = options;
  const model = await loadModel(dir);
  const step = Math.max(1, Math.floor(model.users.length / sample));
  // One who is not known, and ids that an address or a shard could stumble over.
  const asked = [...model.users.filter((_, row) => row % step === 0), "nobody", "a/b ü%", "."];
  const folders = await writeParts(model, options);
  const pages = model.users.length;
  const { items } = model;
  say(`${pages} users, ${items.length} items, ${model.itemFactors.cols} columns`);

  let whole: Taken;
  const expected: string[] = [];
  {
    await using server = await started(dir, "one server of all users", options);
    for (const user of asked) expected.push(await listOf(server.url, user));
    whole = await take(server, model.users, options);
    await swapUnderLoad(server, model.users, options);
  }
  const servers: Server[] = [];
  try {
    for (const [shard, folder] of folders.entries()) {
      servers.push(await started(folder, `shard ${shard + 1} of ${shards}`, options));
    }
    const part = await loadModel(folders[0]!);
    const taken = await take(servers[0]!, part.users, options);
    const bytes = (whole.residentMiB - taken.residentMiB) * 2 ** 20 / (whole.users - taken.users);
    const fixed = whole.residentMiB - bytes * whole.users / 2 ** 20;
    say(
      `a user takes ${bytes.toFixed(0)} bytes: ${
        (2 ** 30 / bytes / 1e6).toFixed(2)
      } M users a GiB ` +
        `beside ${fixed.toFixed(0)} MiB of items and process`,
    );
    await using router = await startRouter(servers.map(({ url }) => url));
    for (const [at, user] of asked.entries()) {
      assert.equal(await listOf(router.url, user), expected[at], `user ${user}`);
    }
    say(
      `through the router the answers of ${asked.length} users are those of one server, byte by byte`,
    );
    const requests = recoRequests(part.users);
    for (const connections of [1, 16]) {
      for (const [name, url] of [["straight", servers[0]!.url], ["routed", router.url]] as const) {
        const options_ = { connections, seconds: options.seconds, seed: 3 };
        await load(url, requests, { ...options_, seconds: 2 }, work);
        const { rps, p50Ms, p99Ms } = await load(url, requests, options_, work);
        say(
          `${name}, ${connections} connections: ${rps.toFixed(0)} requests/s, ` +
            `p50 ${p50Ms.toFixed(2)} ms, p99 ${p99Ms.toFixed(2)} ms`,
        );
      }
    }
  } finally {
    for (const server of servers) await server[Symbol.asyncDispose]();
  }
}

async function writeParts(model: Model, { shards, work }: ServingOptions): Promise<string[]> {
  const folders: string[] = [];
  for (let shard = 0; shard < shards; shard++) {
    const folder = join(work, "scale", `${shard + 1}-of-${shards}`, "model");
    await Deno.mkdir(join(folder, ".."), { recursive: true });
    await saveModel(folder, cut(model, shard, shards));
    folders.push(folder);
  }
  return folders;
}

async function started(dir: string, name: string, { work, say }: ServingOptions): Promise<Server> {
  const began = performance.now();
  const versions = join(work, "scale", "versions", name.replaceAll(" ", "-"));
  const server = await startRecommender(dir, [
    ...["--versions", versions, "--events", "off", "--no-request-log"],
  ]);
  say(`${name}: ready after ${((performance.now() - began) / 1000).toFixed(1)} s`);
  return server;
}

/** Its answers a second and its memory. */
async function take(
  server: Server,
  users: readonly string[],
  { seconds, work, say }: ServingOptions,
): Promise<Taken> {
  const { rps, p50Ms, p99Ms } = await load(
    ...[server.url, recoRequests(users)] as const,
    ...[{ connections: 1, seconds, seed: 1 }, work] as const,
  );
  const [residentMiB, peakMiB] = [memory(server.pid, "VmRSS"), memory(server.pid, "VmHWM")];
  say(
    `${users.length} users: ${rps.toFixed(0)} requests/s, p50 ${p50Ms.toFixed(2)} ms, ` +
      `p99 ${p99Ms.toFixed(2)} ms; ${residentMiB.toFixed(0)} MiB resident, ${
        peakMiB.toFixed(0)
      } at most`,
  );
  return { users: users.length, residentMiB };
}

/** Loads the same model again while lists are asked for. */
async function swapUnderLoad(
  server: Server,
  users: readonly string[],
  { work, say }: ServingOptions,
): Promise<void> {
  const models = await (await fetch(`${server.url}/v1/models`)).json();
  const running = load(
    server.url,
    recoRequests(users),
    { connections: 1, seconds: 30, seed: 2 },
    work,
  );
  const began = performance.now();
  const before = await swaps(server);
  const response = await fetch(`${server.url}/v1/models/${models.active}/activate`, {
    method: "POST",
  });
  await response.body?.cancel();
  // A request has 30 s; what it began goes on.
  assert([200, 503].includes(response.status), `status ${response.status}`);
  while (await swaps(server) === before) {
    assert(performance.now() - began < 300_000, "the swap does not end");
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  const seconds = (performance.now() - began) / 1000;
  const { p99Ms, maxMs } = await running;
  say(
    `swapped in ${seconds.toFixed(1)} s; meanwhile and until 30 s: p99 ${p99Ms.toFixed(2)} ms, ` +
      `longest ${maxMs?.toFixed(0)} ms; ${memory(server.pid, "VmHWM").toFixed(0)} MiB at most`,
  );
}

async function swaps({ url }: Server): Promise<string | undefined> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return /^recommender_model_swaps_total (\d+)$/m.exec(text)?.[1];
}

async function listOf(url: string, user: string): Promise<string> {
  const response = await fetch(`${url}/reco`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ user_id_hash: user }),
  });
  const text = await response.text();
  assert.equal(response.status, 200, text);
  return text;
}

async function startRouter(servers: readonly string[]): Promise<Server> {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  const router = fileURLToPath(new URL("./router.ts", import.meta.url));
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--allow-net=127.0.0.1", router, String(port), ...servers],
    stdin: "null",
  }).spawn();
  const url = `http://127.0.0.1:${port}`;
  const ready = () => fetch(`${url}/health/ready`).then((r) => r.text(), () => undefined);
  for (let tries = 0; await ready() !== "ready"; tries++) {
    assert(tries < 100, "the router does not answer");
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return {
    url,
    pid: child.pid,
    log: () => "",
    async [Symbol.asyncDispose]() {
      child.kill("SIGTERM");
      await child.status;
    },
  };
}

/** MiB of a process, by the kernel's account; Linux only. */
function memory(pid: number, what: "VmRSS" | "VmHWM"): number {
  // Of other processes Deno itself may read it with all rights only.
  const { stdout } = new Deno.Command("cat", { args: [`/proc/${pid}/status`] }).outputSync();
  const status = new TextDecoder().decode(stdout);
  return Number(new RegExp(`${what}:\\s+(\\d+) kB`).exec(status)?.[1]) / 1024;
}
