/**
 * `deno task bench:serve [--json] [--items N] [--seconds S]`: the server beside the design of the service
 * that it replaces (Flask and implicit), over the same model, under the same load generator, in one run;
 * then the server alone with a million items. Answers are compared with brute force in float64.
 */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { bruteForce } from "./serve/exact.ts";
import { type Load, load, type LoadRequest, recoRequests } from "./serve/load.ts";
import { openModel, type ServedModel } from "./serve/model.ts";
import { type Server, startFlask, startRecommender } from "./serve/server.ts";
import { z } from "zod";

const { values: args } = parseArgs({
  options: {
    json: { type: "boolean", default: false },
    items: { type: "string", default: "30000" },
    users: { type: "string", default: "33000" },
    factors: { type: "string", default: "64" },
    seconds: { type: "string", default: "10" },
    large: { type: "string", default: "1000000" },
    flask: { type: "boolean", default: true },
  },
  allowNegative: true,
});
const [items, users, factors] = [Number(args.items), Number(args.users), Number(args.factors)];
const [seconds, largeItems] = [Number(args.seconds), Number(args.large)];
const work = join(fileURLToPath(new URL("../../", import.meta.url)), ".bench");
/** Users of the model of a million items: so many purchases that most items have some. */
const LARGE_USERS = 200_000;
/** Seconds of load before what is measured. */
const WARM = 3;
/** Lists that are compared with brute force. */
const [SAMPLE, LARGE_SAMPLE] = [300, 20];
/** Items of a longer list, and items that it leaves out beside what was bought. */
const [LONG, EXCLUDED] = [100, 20];

const log = (line: string) => Deno.stderr.writeSync(new TextEncoder().encode(`${line}\n`));

interface Result {
  readonly server: "flask" | "recommender";
  readonly items: number;
  readonly connections: number;
  readonly rps: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

async function main(): Promise<void> {
  await Deno.mkdir(join(work, "serve"), { recursive: true });
  const results: Result[] = [];
  const options = { work, log };
  const served = await openModel({ users, items, factors, threads: 2 }, options);
  const requests = recoRequests(served.model.users);
  const tuned: Omit<Result, "server" | "items">[] = [];
  if (args.flask) {
    await using flask = await startFlask(served.plain, options);
    for (const connections of [1, 16]) {
      results.push({ server: "flask", items, ...await measure(flask, requests, connections) });
    }
    log(
      `flask's lists are those of brute force for ${await sameItems(flask, served)} of ${SAMPLE}`,
    );
  }
  if (args.flask) {
    await using flask = await startFlask(served.plain, { ...options, tuned: true });
    for (const connections of [1, 16]) tuned.push(await measure(flask, requests, connections));
  }
  let exact: boolean;
  let long: Omit<Result, "server" | "items"> & { readonly excluded: number };
  {
    await using server = await startRecommender(served.dir);
    for (const connections of [1, 16]) {
      const seen = await measure(server, requests, connections);
      results.push({ server: "recommender", items, ...seen });
    }
    exact = await allExact(server, served, SAMPLE);
    const longRequests = served.model.users.filter((_, u) => u % 7 === 0)
      .map((_, n) => longRequest(served, 7 * n));
    long = { ...await measure(server, longRequests, 16), excluded: EXCLUDED };
    exact &&= await longExact(server, served);
  }
  let large: Omit<Result, "server"> | undefined;
  if (largeItems > 0) {
    const big = await openModel(
      { users: LARGE_USERS, items: largeItems, factors, threads: 2 },
      options,
    );
    await using server = await startRecommender(big.dir);
    large = { items: largeItems, ...await measure(server, recoRequests(big.model.users), 1) };
    exact &&= await allExact(server, big, LARGE_SAMPLE);
  }
  report({ results, ...large && { large }, exact, n100: { items, ...long }, flaskTuned: tuned });
  if (!exact) Deno.exitCode = 1;
}

async function measure(server: Server, requests: readonly LoadRequest[], connections: number) {
  await load(server.url, requests, { connections, seconds: WARM, seed: 1 }, work);
  const seen = await load(server.url, requests, { connections, seconds, seed: 2 }, work);
  log(`${server.url}, ${connections} connections: ${line(seen)}`);
  const { rps, p50Ms, p99Ms } = seen;
  return { connections, rps, p50Ms, p99Ms };
}

function line(
  { rps, p50Ms, p99Ms, maxMs }: Pick<Load, "rps" | "p50Ms" | "p99Ms"> & { maxMs?: number | null },
) {
  const max = maxMs === null || maxMs === undefined ? "" : `, max ${maxMs.toFixed(2)}`;
  return `${rps.toFixed(0)} requests/s, p50 ${p50Ms.toFixed(2)} ms, p99 ${p99Ms.toFixed(2)}${max}`;
}

const recoSchema = z.tuple([
  z.object({ score: z.array(z.number()), catalog_item_id: z.array(z.number()) }),
]);

async function reco(server: Server, user: string) {
  const response = await fetch(`${server.url}/reco`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ user_id_hash: user }),
  });
  const [{ score, catalog_item_id }] = recoSchema.parse(await response.json());
  return { scores: score, ids: catalog_item_id };
}

/** Whether the lists of a sample of users are those of brute force, scores to the last bit. */
async function allExact(server: Server, { model }: ServedModel, sample: number): Promise<boolean> {
  let equal = 0;
  for (let n = 0; n < sample; n++) {
    const u = Math.floor(n * model.users.length / sample);
    const { scores, ids } = await reco(server, model.users[u]!);
    const brute = bruteForce(model, u, 5);
    const same = String(ids) === String(brute.items.map((i) => model.items[i]!.id)) &&
      scores.length === brute.scores.length && scores.every((s, at) => s === brute.scores[at]);
    if (same) equal++;
  }
  log(`${equal} of ${sample} lists equal to brute force in float64`);
  return equal === sample;
}

/** How many lists have the items of brute force; scores are float32 there. */
async function sameItems(server: Server, { model }: ServedModel): Promise<number> {
  let same = 0;
  for (let n = 0; n < SAMPLE; n++) {
    const u = Math.floor(n * model.users.length / SAMPLE);
    const { ids } = await reco(server, model.users[u]!);
    if (String(ids) === String(bruteForce(model, u, 5).items.map((i) => model.items[i]!.id))) {
      same++;
    }
  }
  return same;
}

/** A list of a hundred without what was bought and without some items more. */
function longRequest({ model }: ServedModel, u: number): LoadRequest {
  const query = new URLSearchParams({ n: String(LONG) });
  for (const item of excludedFor(model.items.length, u)) {
    query.append("exclude", model.items[item]!.id);
  }
  return {
    method: "GET",
    path: `/v1/users/${model.users[u]!}/recommendations?${query}`,
    headers: { accept: "application/json" },
  };
}

/** Items that user `u` leaves out. */
function excludedFor(items: number, u: number): number[] {
  return Array.from({ length: EXCLUDED }, (_, n) => (u * 31 + n * 7919) % items);
}

const longSchema = z.object({
  items: z.array(z.object({ id: z.union([z.string(), z.number()]), score: z.number() })),
});

async function longExact(server: Server, served: ServedModel): Promise<boolean> {
  const { model } = served;
  let equal = 0;
  for (let n = 0; n < SAMPLE / 10; n++) {
    const u = Math.floor(n * model.users.length / SAMPLE * 10);
    const response = await fetch(server.url + longRequest(served, u).path);
    const { items } = longSchema.parse(await response.json());
    const brute = bruteForce(model, u, LONG, new Set(excludedFor(model.items.length, u)));
    const same = items.length === brute.items.length &&
      items.every(({ id, score }, at) =>
        String(id) === model.items[brute.items[at]!]!.id && score === brute.scores[at]
      );
    if (same) equal++;
  }
  log(`${equal} of ${SAMPLE / 10} lists of ${LONG} equal to brute force in float64`);
  return equal === SAMPLE / 10;
}

function report(all: {
  readonly results: readonly Result[];
  readonly large?: Omit<Result, "server">;
  readonly exact: boolean;
  /** Lists of a hundred, at 16 connections. */
  readonly n100: Omit<Result, "server"> & { readonly excluded: number };
  /** Flask with one thread of BLAS. */
  readonly flaskTuned: readonly Omit<Result, "server" | "items">[];
}): void {
  const say = (text: string) => Deno.stdout.writeSync(new TextEncoder().encode(`${text}\n`));
  if (args.json) return void say(JSON.stringify(all));
  for (const one of all.results) {
    say(`${one.server}, ${one.items} items, ${one.connections} connections: ${line(one)}`);
  }
  for (const one of all.flaskTuned) {
    say(`flask with one thread of BLAS, ${one.connections} connections: ${line(one)}`);
  }
  const rps = (server: Result["server"]) =>
    all.results.find((one) => one.server === server && one.connections === 16)?.rps;
  const [ours, theirs] = [rps("recommender"), rps("flask")];
  if (ours && theirs) {
    say(`${(ours / theirs).toFixed(0)} x the requests of Flask at 16 connections`);
  }
  say(`lists of ${LONG} without ${EXCLUDED} items, 16 connections: ${line(all.n100)}`);
  if (all.large) say(`${all.large.items} items, 1 connection: ${line(all.large)}`);
  say(
    all.exact ? "all compared lists equal brute force in float64" : "LISTS DIFFER FROM BRUTE FORCE",
  );
}

if (import.meta.main) await main();
