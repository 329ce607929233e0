import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { tell } from "../../../pipeline/child.ts";
import { EventStore } from "../../../serve/events/store.ts";

const WRITER = fileURLToPath(new URL("writer.ts", import.meta.url));
/** Files are written, killed and read again so many times each, side by side. */
const FILES = 2;
const KILLS = 25;

/** Starts the writer, kills it some milliseconds after its first word; returns what it acknowledged. */
async function acknowledged(dir: string, first: number, ms: number): Promise<number[]> {
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "--quiet", "--no-check", "--no-prompt"],
      ...[`--allow-read=${dir}`, `--allow-write=${dir}`, WRITER, dir, String(first)],
    ],
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const errors = new Response(child.stderr).text();
  let text = "";
  let timer: ReturnType<typeof setTimeout> | undefined;
  const decoder = new TextDecoder();
  for await (const chunk of child.stdout) {
    text += decoder.decode(chunk, { stream: true });
    timer ??= setTimeout(() => tell(child, "SIGKILL"), ms);
  }
  const { signal } = await child.status;
  assert.equal(signal, "SIGKILL", await errors);
  // A last line that the kill has cut may be half a number.
  return text.slice(0, text.lastIndexOf("\n")).split("\n").map(Number);
}

Deno.test(`kill -9 while events are written, ${FILES * KILLS} times: all acknowledged are there`, async () => {
  const folder = await Deno.makeTempDir({ prefix: "events_" });
  try {
    await Promise.all(Array.from({ length: FILES }, async (_, f) => {
      const dir = join(folder, `model${f}.events`);
      const all: number[] = [];
      let first = 0;
      for (let kill = 0; kill < KILLS; kill++) {
        const now = await acknowledged(dir, first, (7 * kill + f) % 23);
        assert(now.length > 0);
        all.push(...now);
        // Numbers that were given out before the kill, acknowledged or not, are not used again.
        first = now.reduce((a, b) => Math.max(a, b), first) + 100;
        const store = await EventStore.open(dir);
        try {
          const view = store.viewOf({ ingest: undefined });
          const kept = new Map(
            ["u0", "u1", "u2", "u3", "u4"].flatMap((user) =>
              view.of(user).map(({ item, quantity }) => [item, { user, quantity }])
            ),
          );
          for (const n of all) {
            const expected = { user: `u${n % 5}`, quantity: 1 + n % 3 };
            assert.deepEqual(kept.get(`i${n}`), expected, `event ${n} after kill ${kill}`);
          }
        } finally {
          await store.close();
        }
      }
      assert(all.length > KILLS);
    }));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
