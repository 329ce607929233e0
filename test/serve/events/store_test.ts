import assert from "node:assert/strict";
import { join } from "node:path";
import fc from "../../support/fast_check.ts";
import type { EventStore } from "../../../serve/events/store.ts";
import { TemporaryStore } from "../../support/events.ts";

const T0 = Date.UTC(2025, 0, 1);
const at = (seconds: number) => new Date(T0 + 1000 * seconds);

/** A clock that tests move. */
function clock() {
  const time = { ms: T0 };
  return { time, now: () => time.ms };
}

/** What a model that knows nothing of events is served beside. */
const fresh = { ingest: undefined };

function list(store: EventStore, user: string): string[] {
  return store.viewOf(fresh).of(user)
    .map(({ item, quantity, time }) => `${item} ${quantity} ${(time.getTime() - T0) / 1000}`);
}

Deno.test("events are there when append resolves, and after a restart", async () => {
  const { now } = clock();
  await using temporary = await TemporaryStore.create({ now });
  const appended = await temporary.store.append([
    { user: "A", item: "1", quantity: 2, time: at(-10) },
    { user: "A", item: "1", quantity: -0.5, time: at(-10) },
    { user: "A", item: "2", quantity: 1 },
    { user: "B", item: "2", quantity: 1, time: at(-5) },
  ]);
  assert.deepEqual(appended, { stored: 4, duplicates: 0, ignored: 0, ahead: 0 });
  for (const open of [() => temporary.store, () => temporary.reopen({ now })]) {
    const store = await open();
    assert.deepEqual(list(store, "A"), ["1 1.5 -10", "2 1 0"]);
    assert.deepEqual(list(store, "B"), ["2 1 -5"]);
    assert.deepEqual(list(store, "nobody"), []);
    assert.equal(store.size, 4);
  }
});

Deno.test("an event of an id that is known is stored once, also after a restart", async () => {
  await using temporary = await TemporaryStore.create();
  const event = { id: "order 7", user: "A", item: "1", quantity: 1 };
  const both = await temporary.store.append([event, { ...event, item: "2" }]);
  assert.deepEqual([both.stored, both.duplicates], [1, 1]);
  const many = await Promise.all(Array.from({ length: 20 }, () => temporary.store.append([event])));
  assert(many.every(({ stored, duplicates }) => stored === 0 && duplicates === 1));
  const store = await temporary.reopen();
  assert.equal((await store.append([event])).duplicates, 1);
  assert.deepEqual(store.viewOf(fresh).of("A").map(({ item }) => item), ["1"]);
});

Deno.test("requests at the same time are all kept, each with its own count", async () => {
  await using temporary = await TemporaryStore.create();
  const counts = await Promise.all(
    Array.from({ length: 200 }, (_, n) =>
      temporary.store.append(
        Array.from(
          { length: 1 + n % 3 },
          (_, i) => ({ user: `u${n % 9}`, item: `${n}.${i}`, quantity: 1 }),
        ),
      )),
  );
  counts.forEach(({ stored }, n) => assert.equal(stored, 1 + n % 3));
  const store = await temporary.reopen();
  assert.equal(store.size, counts.reduce((sum, { stored }) => sum + stored, 0));
});

Deno.test("a view leaves out what its model was trained on; an earlier model sees it", async () => {
  await using temporary = await TemporaryStore.create();
  const { store } = temporary;
  await store.append([{ user: "A", item: "1", quantity: 1 }, {
    user: "B",
    item: "1",
    quantity: 1,
  }]);
  await store.append([{ user: "A", item: "2", quantity: 1 }]);
  const through = (seq: number, name = store.name) => ({
    ingest: {
      rows: { read: 0, kept: 0, dropped: 0 },
      dropped: {},
      outliers: { action: "report", rows: 0 },
      bots: null,
      events: { rows: 0, through: { [name]: seq } },
    },
  });
  const items = (seq: number, name?: string) =>
    store.viewOf(through(seq, name)).of("A").map(({ item }) => item);
  assert.deepEqual(items(0), ["1", "2"]);
  assert.deepEqual(items(2), ["2"]);
  assert.deepEqual(items(3), []);
  assert.deepEqual(items(3, "another store"), ["1", "2"]);
  assert.deepEqual(items(3, "__proto__"), ["1", "2"]);
  const view = store.viewOf(through(3));
  assert.deepEqual(view.of("B"), []);
  await store.append([{ user: "B", item: "3", quantity: 1 }]);
  assert.deepEqual(view.of("B").map(({ item }) => item), ["3"], "a view is of now");
  await store.delete("B");
  assert.equal(view.isDeleted("B"), true);
  assert.deepEqual(view.of("B"), []);
  assert.equal(store.viewOf(through(5)).isDeleted("B"), false, "that model was trained without B");
});

Deno.test("a deleted user: no event, no id is left in any file; later purchases begin anew", async () => {
  const { time, now } = clock();
  await using temporary = await TemporaryStore.create({ now });
  const { store } = temporary;
  const user = "customer-who-leaves";
  const others = Array.from(
    { length: 300 },
    (_, n) => ({ user: `u${n}`, item: `${n}`, quantity: 1 }),
  );
  await store.append([...others, { id: `order of ${user}`, user, item: "1", quantity: 1 }]);
  assert.equal(await store.delete(user), 1);
  assert.equal(await store.delete("never seen"), 0);
  for await (const { name } of Deno.readDir(temporary.dir)) {
    const text = new TextDecoder("latin1").decode(await Deno.readFile(join(temporary.dir, name)));
    assert(!text.includes(user), `${name} names the user`);
  }
  time.ms += 60_000;
  const later = await store.append([
    { user, item: "2", quantity: 1, time: at(-1) },
    { user, item: "3", quantity: 1, time: at(30) },
    { user, item: "4", quantity: 1 },
  ]);
  assert.deepEqual([later.stored, later.ignored], [2, 1]);
  for (const open of [() => store, () => temporary.reopen({ now })]) {
    const opened = await open();
    const view = opened.viewOf(fresh);
    assert.deepEqual(list(opened, user), ["3 1 30", "4 1 60"]);
    assert.equal(view.isDeleted(user), true);
    assert.equal(view.isDeleted("never seen"), true);
    assert.equal(view.isDeleted("u1"), false);
  }
});

Deno.test("times ahead of the clock count as of now, times of long ago as of 1970", async () => {
  const { now } = clock();
  await using temporary = await TemporaryStore.create({ now });
  const { ahead } = await temporary.store.append([
    { user: "A", item: "1", quantity: 1, time: new Date(Date.UTC(9999, 0)) },
    { user: "A", item: "2", quantity: 1, time: new Date(Date.UTC(-1000, 0)) },
  ]);
  assert.equal(ahead, 1);
  assert.deepEqual(list(temporary.store, "A"), ["1 1 0", `2 1 ${-T0 / 1000}`]);
});

Deno.test("ids and quantities of any kind come back as they were", async () => {
  await using temporary = await TemporaryStore.create();
  const id = fc.oneof(
    fc.string({ unit: "binary", minLength: 1 }).map((id) =>
      id.toWellFormed().replaceAll("\0", "0")
    ),
    fc.constantFrom(
      "'; DROP TABLE events; --",
      '"',
      "__proto__",
      "constructor",
      "%",
      "NULL",
      "1e3",
    ),
  );
  const thousandths = fc.integer({ min: 1, max: 1_000_000_000 });
  let n = 0;
  await fc.assert(
    fc.asyncProperty(id, id, thousandths, fc.boolean(), async (name, item, amount, back) => {
      const user = `${n++} ${name}`;
      const quantity = (back ? -amount : amount) / 1000;
      await temporary.store.append([{ user, item, quantity }]);
      const [event] = temporary.store.viewOf(fresh).of(user);
      assert.deepEqual([event?.item, event?.quantity], [item, quantity]);
    }),
    { seed: 5, numRuns: 40 },
  );
  const before = temporary.store.size;
  assert.equal((await temporary.reopen()).size, before);
});

Deno.test("events older than is kept are forgotten, at the start and before a training", async () => {
  const { time, now } = clock();
  await using temporary = await TemporaryStore.create({ now, retention: 10 });
  await temporary.store.append([{ user: "A", item: "1", quantity: 1, time: at(-1e7) }]);
  time.ms += 6 * 86_400_000;
  await temporary.store.append([{ user: "A", item: "2", quantity: 1 }]);
  assert.equal(temporary.store.size, 2);
  time.ms += 5 * 86_400_000;
  await temporary.store.exportForTraining();
  assert.equal(temporary.store.size, 1);
  time.ms += 6 * 86_400_000;
  const store = await temporary.reopen({ now, retention: 10 });
  assert.equal(store.size, 0);
  assert.deepEqual(store.viewOf(fresh).of("A"), []);
  await store.append([{ user: "A", item: "3", quantity: 1 }]);
  assert.equal(store.viewOf(fresh).of("A").length, 1, "places go on where they were");
});

Deno.test("a training is told all there is, in files that are removed again", async () => {
  const { now } = clock();
  await using temporary = await TemporaryStore.create({ now });
  const { store } = temporary;
  assert.deepEqual(await store.exportForTraining(), []);
  await store.append(
    Array.from({ length: 12_000 }, (_, n) => ({
      user: `u${n % 50}`,
      item: `${n}"\n`,
      quantity: n % 2 === 0 ? 1 : -0.25,
      time: at(-n),
    })),
  );
  await store.delete("u7");
  const settings = await store.exportForTraining();
  const paths = settings.map((setting) => {
    const [, key = "", path = ""] = /^(source\.\w+\.path)=(.*)$/.exec(setting) ?? [];
    return [key, JSON.parse(path)] as const;
  });
  assert.deepEqual(paths.map(([key]) => key), ["source.events.path", "source.exclude.path"]);
  const [events = [], deletions = []] = await Promise.all(
    paths.map(async ([, path]) =>
      (await Deno.readTextFile(path)).trimEnd().split("\n").map((line) => JSON.parse(line))
    ),
  );
  assert.equal(events.length, 12_000 - 240);
  assert.deepEqual(events[1], {
    store: store.name,
    seq: 2,
    user: "u1",
    item: '1"\n',
    quantity: -0.25,
    time: at(-1).toISOString(),
  });
  assert.equal(deletions.length, 1);
  assert.deepEqual(Object.keys(deletions[0]), ["store", "seq", "salt", "hash", "time"]);
  assert.equal(deletions[0].seq, 12_001);
  await store.endTraining();
  for (const [, path] of paths) await assert.rejects(Deno.stat(path), Deno.errors.NotFound);
  await store.endTraining();
});

Deno.test("where the disk refuses, nobody is told that it worked", async () => {
  await using temporary = await TemporaryStore.create();
  const { store } = temporary;
  await store.append([{ user: "A", item: "1", quantity: 1 }]);
  // A number that SQLite's strict integer column refuses stands for any failing write.
  const results = await Promise.allSettled([
    store.append([{ user: "A", item: "2", quantity: 1 }]),
    store.append([{ user: "A", item: "3", quantity: NaN }]),
  ]);
  assert.deepEqual(results.map(({ status }) => status), ["rejected", "rejected"]);
  assert.deepEqual(store.viewOf(fresh).of("A").map(({ item }) => item), ["1"]);
  assert.equal((await store.append([{ user: "A", item: "4", quantity: 1 }])).stored, 1);
  assert.deepEqual((await temporary.reopen()).viewOf(fresh).of("A").map(({ item }) => item), [
    "1",
    "4",
  ]);
});
