import assert from "node:assert/strict";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { EVENTS_FILE, EventStore } from "../../../serve/events/store.ts";

Deno.test("a file that is damaged, newer, another's or held by a process is refused by name", async () => {
  const folder = await Deno.makeTempDir({ prefix: "events_" });
  const place = async (name: string, make: (path: string) => Promise<void>) => {
    const dir = join(folder, name);
    await Deno.mkdir(dir);
    await make(join(dir, EVENTS_FILE));
    return dir;
  };
  try {
    const noise = await place(
      "noise",
      (path) => Deno.writeTextFile(path, "no database ".repeat(999)),
    );
    await assert.rejects(EventStore.open(noise), {
      name: "SyntaxError",
      message: /noise.*damaged/,
    });
    const foreign = await place("foreign", (path) => {
      using db = new DatabaseSync(path);
      db.exec("CREATE TABLE orders (id INTEGER)");
      return Promise.resolve();
    });
    await assert.rejects(EventStore.open(foreign), {
      name: "SyntaxError",
      message: /another program/,
    });

    const dir = join(folder, "own");
    const store = await EventStore.open(dir);
    for (let n = 0; n < 50; n++) {
      await store.append([{ user: `user ${n}`.repeat(30), item: "1", quantity: 1 }]);
    }
    await assert.rejects(EventStore.open(dir), { name: "Busy", message: /own.*in use/ });
    assert.equal((await store.append([{ user: "A", item: "2", quantity: 1 }])).stored, 1);
    await store.close();
    await assert.rejects(store.append([{ user: "A", item: "3", quantity: 1 }]), /closed/);

    const path = join(dir, EVENTS_FILE);
    const bytes = await Deno.readFile(path);
    await Deno.writeFile(path, bytes.map((byte, n) => n > 9000 && n % 7 === 0 ? 0xa5 : byte));
    await assert.rejects(EventStore.open(dir), { name: "SyntaxError", message: /damaged/ });
    await Deno.writeFile(path, bytes);
    {
      using db = new DatabaseSync(path);
      db.exec("PRAGMA user_version = 99");
    }
    await assert.rejects(EventStore.open(dir), { name: "SyntaxError", message: /newer version/ });
    const file = join(folder, "file");
    await Deno.writeTextFile(file, "");
    await assert.rejects(EventStore.open(file), { name: "UnwritableError", message: /file/ });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
