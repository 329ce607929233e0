/** The thread of `loadApart`: in comes a model's folder, out go its parts. */
/// <reference no-default-lib="true" />
/// <reference lib="deno.worker" />
import { loadModel } from "../../pipeline/als/model.ts";
import { prepare } from "../../pipeline/prepared.ts";
import { type Part, PART_SIZE } from "./parts.ts";

self.onmessage = async ({ data: dir }: MessageEvent<string>): Promise<void> => {
  try {
    const { users, items, ...arrays } = await loadModel(dir);
    const prepared = prepare({ users, items, ...arrays });
    const { userFactors, itemFactors, seen, popularity, confidence } = arrays;
    const views: readonly (ArrayBufferView | undefined)[] = [
      ...[userFactors.data, itemFactors.data, popularity, confidence],
      ...[seen.indptr, seen.indices, seen.values],
      ...[prepared.popular, prepared.inverse, prepared.gram],
    ];
    // Moved, not copied. What several threads share needs neither.
    const buffers = views.map((view) => view?.buffer).filter((b) => b instanceof ArrayBuffer);
    say({ part: "arrays", arrays, prepared }, buffers);
    for (let at = 0; at < users.length; at += PART_SIZE) {
      say({ part: "users", users: users.slice(at, at + PART_SIZE) });
    }
    for (let at = 0; at < items.length; at += PART_SIZE) {
      say({ part: "items", items: items.slice(at, at + PART_SIZE) });
    }
    say({ part: "end" });
  } catch (error) {
    const { name, message } = error instanceof Error ? error : new Error(String(error));
    say({ part: "failed", name, message });
  }
  self.close();
};

function say(part: Part, transfer: Transferable[] = []): void {
  self.postMessage(part, transfer);
}
