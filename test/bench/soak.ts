/**
 * `deno task soak [--minutes N] [--swaps N] [--clients N] [--idle N]`: the real server under mixed load while its
 * model is trained anew, rolled back and activated, and while N connections stand open that say nothing. Every list is compared with brute force (of a basket: with
 * the library) over the version that it names. Fails where an answer failed or was of no version, or where
 * memory grew.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { uniformInt } from "pure-rand/distribution/uniformInt";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";
import { z } from "zod";
import { runClient, type Tally } from "./soak/clients.ts";
import { KnownVersions } from "./soak/versions.ts";
import { startRecommender } from "./serve/server.ts";

const { values: args } = parseArgs({
  options: {
    minutes: { type: "string", default: "10" },
    swaps: { type: "string", default: "50" },
    clients: { type: "string", default: "8" },
    pause: { type: "string", default: "5" },
    idle: { type: "string", default: "10000" },
  },
});
const [minutes, swaps, clients] = [Number(args.minutes), Number(args.swaps), Number(args.clients)];
const work = join(fileURLToPath(new URL("../../", import.meta.url)), ".bench", "soak");
const say = (line: string) => Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
const random = xoroshiro128plus(7);
const below = (n: number) => uniformInt(random, 0, n - 1);
/** Of every five changes, how many are trainings; the others activate an earlier version. */
const TRAININGS = 2;

const modelsSchema = z.object({
  active: z.string().nullable(),
  models: z.array(z.object({ version: z.string() })),
});

async function main(): Promise<void> {
  await Deno.remove(work, { recursive: true }).catch(() => {});
  await Deno.mkdir(work, { recursive: true });
  const path = (name: string) => join(work, name);
  /** The same shop, fitted from another start: another model each time. */
  const configure = (seed: number) =>
    Deno.writeTextFile(
      path("pipeline.json"),
      JSON.stringify({
        sample: { scale: "small" },
        train: { solver: "simd", factors: 16, iterations: 4, earlyStopping: false, seed },
        evaluate: { k: [5] },
      }),
    );
  await configure(0);
  await using server = await startRecommender(path("model"), [
    ...["--config", path("pipeline.json"), "--store", path("store"), "--keep", "100"],
    ...["--no-request-log"],
  ], { notReady: true });
  const post = async (call: string) => {
    const response = await fetch(server.url + call, { method: "POST" });
    const text = await response.text();
    assert.equal(response.status, 200, `${call}: ${text}`);
  };
  await post("/train");
  const models = async () =>
    modelsSchema.parse(await (await fetch(`${server.url}/v1/models`)).json());
  const { active } = await models();
  assert.ok(active !== null);
  const versions = new KnownVersions(path("model.versions"));
  const ids = await versions.ids(active);

  const left = await openAndLeave(Number(args.idle), server.url);
  say(`${left.length} connections opened and left`);
  const stop = new AbortController();
  const tally: Tally = { answers: 0, failed: 0, mixed: 0, wrong: [], times: [] };
  const options = {
    url: server.url,
    versions,
    ...ids,
    signal: stop.signal,
    pauseMs: Number(args.pause),
  };
  const load = Promise.all(Array.from({ length: clients }, () => runClient(options, below, tally)));
  const memory: number[] = [];
  const sampler = setInterval(async () => memory.push(await residentMiB(server.url)), 5000);
  const began = Date.now();
  try {
    for (let swap = 1; swap <= swaps; swap++) {
      const wait = began + swap * minutes * 60_000 / (swaps + 1) - Date.now();
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, wait)));
      const what = swap % 5 < TRAININGS ? "train" : "activate";
      const before = performance.now();
      if (what === "train") {
        await configure(swap);
        await post("/train");
      } else {
        const known = (await models()).models;
        await post(`/v1/models/${known[below(known.length)]!.version}/activate`);
      }
      say(
        `${swap}: ${what}, ${(performance.now() - before).toFixed(0)} ms, ${tally.answers} answers`,
      );
    }
    const rest = began + minutes * 60_000 - Date.now();
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, rest)));
  } finally {
    stop.abort();
    await load;
    clearInterval(sampler);
    for (const connection of left) connection.close();
  }
  report(tally, versions.size, memory);
}

function report(
  { answers, failed, mixed, wrong, times }: Tally,
  seen: number,
  memory: number[],
): void {
  for (const line of wrong) say(line);
  const sorted = times.toSorted((a, b) => a - b);
  const at = (part: number) => sorted[Math.floor(part * (sorted.length - 1))]?.toFixed(2);
  say(`memory, MiB: ${memory.map((mib) => mib.toFixed(0)).join(" ")}`);
  say(`${answers} answers of ${seen} versions: ${failed} failed, ${mixed} mixed`);
  say(`p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, p99.9 ${at(0.999)} ms, longest ${at(1)} ms`);
  assert.equal(failed + mixed, 0, "every answer is that of the version that it names");
  // The first quarter fills caches; after it, what one half holds the next must not exceed by much.
  const steady = memory.slice(Math.floor(memory.length / 4));
  const half = Math.floor(steady.length / 2);
  const median = (of: number[]) => of.toSorted((a, b) => a - b)[Math.floor(of.length / 2)] ?? 0;
  const [first, second] = [median(steady.slice(0, half)), median(steady.slice(half))];
  say(
    `memory, medians of the two halves after the first quarter: ${first.toFixed(0)}, ${
      second.toFixed(0)
    } MiB`,
  );
  assert.ok(second <= 1.15 * first + 16, "memory stays flat");
}

/** Opens connections as far as the limit of descriptors allows; every other one begins a request. */
async function openAndLeave(count: number, url: string): Promise<Deno.TcpConn[]> {
  const { hostname, port } = new URL(url);
  const begin = new TextEncoder().encode("POST /reco HTTP/1.1\r\nHost: local");
  const left: Deno.TcpConn[] = [];
  while (left.length < count) {
    const opened = await Deno.connect({ hostname, port: Number(port) }).catch(() => undefined);
    if (opened === undefined) break;
    left.push(opened);
    if (left.length % 2 === 0) await opened.write(begin);
  }
  return left;
}

async function residentMiB(url: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(/^process_resident_memory_bytes (\S+)$/m.exec(text)?.[1]) / 2 ** 20;
}

if (import.meta.main) await main();
