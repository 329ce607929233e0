/** Purchases that were posted, and customers who asked to be forgotten. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { fileURLToPath } from "node:url";
import { netPairs, runIngest, withFiles } from "../support/ingest.ts";

const FIXTURE = fileURLToPath(new URL("../fixtures/purchases.csv", import.meta.url));
const PURCHASES = [
  "user_id_hash,ordered_at,quantity,catalog_item_id,catalog_item_name",
  "A,2024-01-01T10:00:00Z,2,1,Cup",
  "A,2024-01-02T10:00:00Z,1,2,Sock",
  "B,2024-01-03T10:00:00Z,1,1,Cup",
  "C,2024-01-04T10:00:00Z,1,2,Sock",
].join("\n");
const event = (seq: number, user: string, item: string, quantity: number, time: string) =>
  JSON.stringify({ store: "s1", seq, user, item, quantity, time });

Deno.test("ingest: posted purchases count beside the files', returns too, new ids are numbered", async () => {
  const events = [
    event(1, "A", "1", -2, "2024-02-01T10:00:00.000Z"),
    event(2, "B", "9", 3, "2024-02-02T10:00:00.000Z"),
    event(4, "Zoë", "2", 1, "2024-02-03T10:00:00.000Z"),
  ].join("\n");
  await withFiles({ "p.csv": PURCHASES, "e.ndjson": events }, async ([p = "", e = ""]) => {
    await using out = await runIngest([p], { events: [e] });
    assert.deepEqual(await netPairs(out), ["A 2 1", "B 1 1", "B 9 3", "C 2 1", "Zoë 2 1"]);
    const report = await out.report.read();
    assert.deepEqual(report.rows, { read: 7, kept: 7, dropped: 0 });
    assert.deepEqual(report.events, { rows: 3, through: { s1: 4 } });
    assert.equal(report.last, "2024-02-03T10:00:00.000Z");
    assert.deepEqual(report.renamed.items, 0);
    const items = await out.items.read();
    assert.deepEqual(items.map(({ id, name }) => `${id} ${name}`), ["1 Cup", "2 Sock", "9 null"]);
  });
});

Deno.test("ingest: an event that stands in the purchases as well counts once", async () => {
  const events = [
    event(1, "A", "1", 2, "2024-01-01T10:00:00.000Z"),
    event(2, "A", "1", 2, "2024-01-01T10:00:01.000Z"),
    event(3, "A", "2", 3, "2024-01-02T10:00:00.000Z"),
  ].join("\n");
  await withFiles({ "p.csv": PURCHASES, "e.ndjson": events }, async ([p = "", e = ""]) => {
    await using out = await runIngest([p], { events: [e], source: { strict: true } });
    assert.deepEqual(await netPairs(out), ["A 1 4", "A 2 4", "B 1 1", "C 2 1"]);
    const { rows, dropped } = await out.report.read();
    assert.deepEqual(rows, { read: 7, kept: 6, dropped: 1 });
    assert.deepEqual(dropped, { "also in the purchases": { rows: 1, examples: [] } });
  });
});

Deno.test("ingest: without a time column the events' times do not count", async () => {
  const csv = "user_id_hash,catalog_item_id\nA,1\nB,1";
  const events = [event(1, "A", "1", 1, "2024-01-01T10:00:00Z"), event(2, "C", "1", 2, "")].join(
    "\n",
  );
  await withFiles({ "p.csv": csv, "e.ndjson": events }, async ([p = "", e = ""]) => {
    await using out = await runIngest([p], { events: [e] });
    assert.deepEqual(await netPairs(out), ["A 1 2", "B 1 1", "C 1 2"]);
    assert.equal((await out.interactions.read()).time, undefined);
  });
});

Deno.test("ingest: events of other columns fall under the usual reasons, or are refused", async () => {
  const events = [
    event(1, "", "1", 1, "2024-02-01T10:00:00Z"),
    event(2, "A", "1", 0, "2024-02-01T10:00:00Z"),
    event(3, "A", "1", 1, "soon"),
    "no JSON",
  ].join("\n");
  const bare = "user,item\nA,1";
  const named = { "p.csv": PURCHASES, "e.ndjson": events, "bare.csv": bare, "empty.ndjson": "" };
  await withFiles(named, async ([p = "", e = "", b = "", empty = ""]) => {
    await using out = await runIngest([p], { events: [e] });
    const { dropped } = await out.report.read();
    const counts = Object.entries(dropped).map(([reason, { rows }]) => [reason, rows]);
    assert.deepEqual(Object.fromEntries(counts), {
      "broken line": 1,
      "missing user": 1,
      "zero quantity": 1,
      "unparsable time": 1,
    });
    assert.deepEqual(dropped["unparsable time"]?.examples, [{
      file: "events/e.ndjson",
      line: 3,
      user: "A",
      item: "1",
      quantity: "1",
      time: "soon",
    }]);
    await assert.rejects(runIngest([p], { events: [b] }), /bare.csv has no column "time".*events/);
    await using same = await runIngest([p], { events: [empty], excluded: [empty] });
    await using without = await runIngest([p]);
    assert.deepEqual(
      await Deno.readFile(same.report.path),
      await Deno.readFile(without.report.path),
    );
  });
});

Deno.test("ingest: who asked to be forgotten is left out until then, by hash or by id, and shown nowhere", async () => {
  const salt = "00ff";
  const hash = (id: string) => createHash("sha256").update(salt + id).digest("hex");
  const hashed = [
    { store: "s1", seq: 7, salt, hash: hash("A"), time: "2024-01-01T10:00:00.000Z" },
    { store: "s1", seq: 8, salt, hash: hash("C"), time: "2024-06-01T10:00:00.000Z" },
    { store: "s1", seq: 9, salt, hash: hash("nobody"), time: "2024-06-01T10:00:00.000Z" },
  ].map((row) => JSON.stringify(row)).join("\n");
  const plain = "user,time\nA,2024-01-01T10:00:00Z\nC,2024-06-01T10:00:00Z\nC,2024-03-01\n";
  const csv =
    `${PURCHASES}\nC,2024-01-05T10:00:00Z,many,2,Sock\nC,never,1,2,Sock\nB,never,1,2,Sock`;
  const event1 = event(10, "C", "1", 1, "2024-07-01T10:00:00.000Z");
  const named = { "p.csv": csv, "h.ndjson": hashed, "x.csv": plain, "e.ndjson": event1 };
  await withFiles(named, async ([p = "", h = "", x = "", e = ""]) => {
    for (const list of [h, x]) {
      await using out = await runIngest([p], { excluded: [list] });
      assert.deepEqual(await netPairs(out), ["A 2 1", "B 1 1"]);
      assert.deepEqual(await out.users.read(), ["A", "B"]);
      const report = await out.report.read();
      assert.deepEqual(report.rows, { read: 7, kept: 2, dropped: 5 });
      assert.deepEqual(report.dropped["excluded user"], { rows: 4, examples: [] });
      assert.equal(report.dropped["unparsable time"]?.examples[0]?.line, 8);
      assert(!JSON.stringify(report).includes('"C"'));
      assert.deepEqual(report.events?.through, list === h ? { s1: 9 } : {});
    }
    await using again = await runIngest([p], { excluded: [h], events: [e] });
    assert.deepEqual(await netPairs(again), ["A 2 1", "B 1 1", "C 1 1"]);
    assert.deepEqual((await again.report.read()).events, { rows: 1, through: { s1: 10 } });
    await using untimed = await runIngest([p], { excluded: [h], interactions: { time: null } });
    assert.deepEqual(await untimed.users.read(), ["B"]);
    const strict = runIngest([p], { excluded: [h], source: { strict: true } });
    await assert.rejects(strict, /line 8.*unparsable time/);
  });
});

Deno.test("ingest: a list that cannot be read is refused: nobody may be passed over", async () => {
  const lists: [string, RegExp][] = [
    ["customer\nA", /neither a column "user" nor "hash"/],
    ["user,time\nA,soon", /1 with a time that cannot be read/],
    ["user,time\n,2024-01-01", /1 without a customer/],
    ["user,time\nA,2024-01-01,more", /1 broken/],
  ];
  for (const [list, message] of lists) {
    await withFiles({ "p.csv": PURCHASES, "x.csv": list }, async ([p = "", x = ""]) => {
      await assert.rejects(runIngest([p], { excluded: [x] }), { name: "SyntaxError", message });
    });
  }
  await withFiles({ "p.csv": PURCHASES, "x.csv": "user,time\n" }, async ([p = "", x = ""]) => {
    await using out = await runIngest([p], { excluded: [x] });
    assert.equal((await out.report.read()).rows.kept, 4);
  });
});

Deno.test("ingest: the fixture with events and the excluded: the same bytes at 1 and 8 threads", async () => {
  const lines = (await Deno.readTextFile(FIXTURE)).split("\n");
  const users = [...new Set(lines.slice(1, 400).map((line) => line.split(",")[0] ?? ""))];
  const events = users.slice(0, 40)
    .map((user, n) =>
      event(n + 1, user, `${100_000 + 7 * n}`, 1 + n % 2, "2024-03-01T00:00:00.000Z")
    );
  const list = ["user", ...users.slice(30, 60).filter((user) => user !== "")].join("\n");
  const named = { "e.ndjson": events.join("\n"), "x.csv": list };
  await withFiles(named, async ([e = "", x = ""]) => {
    const digests = new Set<string>();
    for (const threads of [1, 8, 8]) {
      await using out = await runIngest([FIXTURE], { threads, events: [e], excluded: [x] });
      const hash = createHash("sha256");
      for (const { path } of [out.interactions, out.users, out.items, out.report]) {
        hash.update(await Deno.readFile(path));
      }
      digests.add(hash.digest("hex"));
    }
    assert.equal(digests.size, 1);
  });
});

Deno.test("ingest: purchases and catalogue in the same encoding or form do not mix", async () => {
  const latin = (text: string) => Uint8Array.from(text, (c) => c.charCodeAt(0));
  const csv = latin("user_id_hash,catalog_item_id\nJosé,1\nB,1");
  const catalogue = latin("catalog_item_id,catalog_item_name\n1,Café");
  await withFiles({ "p.csv": csv, "c.csv": catalogue }, async ([p = "", c = ""]) => {
    await using out = await runIngest([p], { catalogue: c, encoding: "latin-1" });
    assert.deepEqual(await netPairs(out), ["B 1 1", "José 1 1"]);
    assert.equal((await out.items.read())[0]?.name, "Café");
  });
  const lines = '{"user_id_hash":"A","catalog_item_id":"1"}';
  const items = '{"catalog_item_id":"1","catalog_item_name":"Cup"}';
  await withFiles({ "p.ndjson": lines, "c.ndjson": items }, async ([p = "", c = ""]) => {
    await using out = await runIngest([p], { catalogue: c });
    assert.deepEqual(await netPairs(out), ["A 1 1"]);
    assert.equal((await out.items.read())[0]?.name, "Cup");
  });
});

Deno.test("ingest: broken lines of CSV and NDJSON beside each other are told apart", async () => {
  const csv = "user_id_hash,catalog_item_id,ordered_at\nA,1,2024-01-01\nA,1,2024-01-01,more";
  const json = '{"user_id_hash":"B","catalog_item_id":"1","ordered_at":"2024-01-01"}\n[]\n\xff';
  const bytes = Uint8Array.from(json, (c) => c.charCodeAt(0));
  await withFiles({ "p.csv": csv, "p.ndjson": bytes }, async (files) => {
    await using out = await runIngest(files);
    const { rows, examples } = (await out.report.read()).dropped["broken line"]!;
    assert.equal(rows, 3);
    assert.deepEqual(examples.map(({ file, line }) => `${file} ${line}`), [
      "p.csv 3",
      "p.ndjson 2",
      "p.ndjson 3",
    ]);
    assert.deepEqual(await netPairs(out), ["A 1 1", "B 1 1"]);
  });
});
