/** The thread of `loadApart`: in comes a model's folder, out go its parts. */
/// <reference no-default-lib="true" />
/// <reference lib="deno.worker" />
import { loadModel, type Model } from "../../pipeline/als/model.ts";
import { prepare } from "../../pipeline/prepared.ts";
import { NEXT, type Part, PART_SIZE, type Wanted } from "./parts.ts";

let parts: Generator<Said> | undefined;

self.onmessage = async ({ data: wanted }: MessageEvent<Wanted>): Promise<void> => {
  try {
    if (wanted !== NEXT) parts = partsOf(await loadModel(wanted.dir));
    const next = parts?.next();
    if (next?.done === false) return self.postMessage(...next.value);
    say({ part: "end" });
  } catch (error) {
    const { name, message } = error instanceof Error ? error : new Error(String(error));
    say({ part: "failed", name, message });
  }
  self.close();
};

/** A part, and what of it is moved rather than copied. */
type Said = [part: Part, moved: Transferable[]];

function* partsOf({ users, items, ...arrays }: Model): Generator<Said> {
  const prepared = prepare({ users, items, ...arrays });
  const { userFactors, itemFactors, seen, popularity, confidence } = arrays;
  const views: readonly (ArrayBufferView | undefined)[] = [
    ...[userFactors.data, itemFactors.data, popularity, confidence],
    ...[seen.indptr, seen.indices, seen.values],
    ...[prepared.popular, prepared.inverse, prepared.gram],
  ];
  // What several threads share is neither moved nor copied.
  const buffers = views.map((view) => view?.buffer).filter((b) => b instanceof ArrayBuffer);
  yield [{ part: "arrays", arrays, prepared }, buffers];
  for (let at = 0; at < users.length; at += PART_SIZE) {
    yield [{ part: "users", users: users.slice(at, at + PART_SIZE) }, []];
  }
  for (let at = 0; at < items.length; at += PART_SIZE) {
    yield [{ part: "items", items: items.slice(at, at + PART_SIZE) }, []];
  }
}

function say(part: Part): void {
  self.postMessage(part);
}
