/**
 * Loads a model while requests are answered: another thread reads, checks and prepares it, and this one
 * takes it over in parts of about a millisecond, between requests.
 */
import type { Item } from "../../pipeline/data/items.ts";
import { Recommender } from "../../pipeline/recommender.ts";
import { warmingCalls } from "../recommender.ts";
import { NEXT, type Part } from "./parts.ts";

/**
 * Loads the model in the folder `dir` and asks it for a few lists, so that the first request meets
 * compiled code; rejects as `loadModel` throws.
 */
export async function loadApart(dir: string): Promise<Recommender> {
  const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
  try {
    const recommender = await take(worker, dir);
    for (const ask of warmingCalls(recommender)) {
      ask();
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
    return recommender;
  } finally {
    worker.terminate();
  }
}

function take(worker: Worker, dir: string): Promise<Recommender> {
  const { promise, resolve, reject } = Promise.withResolvers<Recommender>();
  const users: string[] = [];
  const items: Item[] = [];
  const indices = { users: new Map<string, number>(), items: new Map<string, number>() };
  let head: Extract<Part, { part: "arrays" }> | undefined;
  worker.onerror = (event) => {
    event.preventDefault();
    reject(new Error(`The thread that loads models failed: ${event.message}`));
  };
  // Asked for one by one: where many messages wait, nothing else has its turn until all are taken.
  const next = () => void setTimeout(() => worker.postMessage(NEXT), 0);
  worker.onmessage = ({ data }: MessageEvent<Part>) => {
    switch (data.part) {
      case "arrays":
        head = data;
        return next();
      case "users":
        for (const id of data.users) indices.users.set(id, users.push(id) - 1);
        return next();
      case "items":
        for (const item of data.items) indices.items.set(item.id, items.push(item) - 1);
        return next();
      case "failed":
        return reject(failureOf(data));
      case "end":
        if (head === undefined) return reject(new Error("The model came without its arrays"));
        return resolve(
          new Recommender({ ...head.arrays, users, items }, { ...head.prepared, ...indices }),
        );
    }
  };
  worker.postMessage({ dir });
  return promise;
}

/** Errors lose their class on the way between threads; callers tell these apart. */
function failureOf({ name, message }: { readonly name: string; readonly message: string }): Error {
  if (name === "NotFound") return new Deno.errors.NotFound(message);
  if (name === "SyntaxError") return new SyntaxError(message);
  if (name === "RangeError") return new RangeError(message);
  return new Error(message);
}
