/** Clients that ask all kinds of questions, one after the other, and check every answer. */
import { z } from "zod";
import type { Answer, KnownVersions } from "./versions.ts";

/** What clients have seen. */
export interface Tally {
  answers: number;
  failed: number;
  mixed: number;
  /** The first few things that were wrong. */
  readonly wrong: string[];
  /** Milliseconds of each answer, in order of arrival. */
  readonly times: number[];
}

export interface ClientOptions {
  readonly url: string;
  readonly versions: KnownVersions;
  readonly users: readonly string[];
  readonly items: readonly string[];
  /** Ends the client after its current question. */
  readonly signal: AbortSignal;
  /** Milliseconds between an answer and the next question. */
  readonly pauseMs: number;
}

const recoSchema = z.tuple([
  z.object({
    score: z.array(z.number()),
    catalog_item_id: z.array(z.union([z.string(), z.number()])),
  }),
]);
const listSchema = z.object({
  kind: z.string(),
  model: z.string(),
  items: z.array(z.object({ id: z.string(), score: z.number() })),
});

const answersSchema = z.object({ answers: z.tuple([listSchema]) });

/** Asks until it is told to end. `random` gives a whole number below its argument. */
export async function runClient(
  { url, versions, users, items, signal, pauseMs }: ClientOptions,
  random: (below: number) => number,
  tally: Tally,
): Promise<void> {
  const pick = (list: readonly string[]) => list[random(list.length)] ?? "";
  const questions = [askReco, askUser, askUser, askReco, askBasket, askOthers];
  while (!signal.aborted) {
    const ask = questions[random(questions.length)] ?? askReco;
    try {
      const wrong = await ask();
      if (wrong !== undefined) note(tally, "mixed", `${ask.name}: ${wrong}`);
    } catch (error) {
      note(tally, "failed", `${ask.name}: ${error instanceof Error ? error.message : error}`);
    }
    tally.answers++;
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }

  async function get(path: string, init?: RequestInit): Promise<Response> {
    const began = performance.now();
    const response = await fetch(url + path, init);
    tally.times.push(performance.now() - began);
    if (response.ok) return response;
    throw new Error(
      `${path} answered ${response.status}: ${(await response.text()).slice(0, 300)}`,
    );
  }

  async function askReco() {
    const user = random(10) === 0 ? `nobody${random(1000)}` : pick(users);
    const response = await get("/reco", post({ user_id_hash: user }));
    const [{ score, catalog_item_id }] = recoSchema.parse(await response.json());
    const version = response.headers.get("x-model-version") ?? "";
    const kind = response.headers.get("x-recommendation") ?? "";
    const answer = { version, kind, ids: catalog_item_id.map(String), scores: score };
    return await versions.faultOfUser(answer, user, 5);
  }

  async function askUser() {
    const [user, n] = [pick(users), 1 + random(100)];
    const exclude = Array.from({ length: random(20) }, () => pick(items));
    const query = new URLSearchParams([["n", String(n)], ...exclude.map((id) => ["exclude", id])]);
    const response = await get(`/v1/users/${encodeURIComponent(user)}/recommendations?${query}`);
    return await versions.faultOfUser(answerOf(await response.json()), user, n, exclude);
  }

  async function askBasket() {
    const basket = Array.from({ length: 1 + random(8) }, () => pick(items));
    const response = await get("/v1/recommendations", post({ basket, n: 10 }));
    const { answers: [answer] } = answersSchema.parse(await response.json());
    return await versions.faultOfBasket(answerOf(answer), basket, 10);
  }

  async function askOthers() {
    const item = encodeURIComponent(pick(items));
    const paths = ["/health/ready", "/v1/popular?n=20", `/v1/items/${item}/similar`, "/v1/models"];
    const response = await get(pick(paths));
    await response.body?.cancel();
    return undefined;
  }
}

function answerOf(json: unknown): Answer {
  const { kind, model, items } = listSchema.parse(json);
  return {
    version: model,
    kind,
    ids: items.map(({ id }) => id),
    scores: items.map((i) => i.score),
  };
}

function post(body: unknown): RequestInit {
  return {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  };
}

function note(tally: Tally, what: "failed" | "mixed", text: string): void {
  tally[what]++;
  if (tally.wrong.length < 20) tally.wrong.push(`${what}: ${text}`);
}
