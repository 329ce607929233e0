import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { writeTable } from "../../pipeline/data/parquet.ts";
import { netPairs, runIngest, withFiles } from "../support/ingest.ts";

const FIXTURE = fileURLToPath(new URL("../fixtures/purchases.csv", import.meta.url));

Deno.test("ingest: the fixture, counted by plain reading", async () => {
  await using out = await runIngest([FIXTURE]);
  const report = await out.report.read();
  const net = new Map<string, number>();
  const seen = { users: new Set<string>(), items: new Set<string>(), kept: 0 };
  const lines = (await Deno.readTextFile(FIXTURE)).trimEnd().split("\n").slice(1);
  for (const line of lines) {
    // Only names are quoted: the first four fields have no commas.
    const [user = "", time = "", quantity = "", item = ""] = line.split(",");
    if (!user || !item || !/^-?[1-9]/.test(quantity) || time.startsWith("2025-02-30")) continue;
    seen.users.add(user);
    seen.items.add(item);
    seen.kept++;
    net.set(`${user} ${item}`, (net.get(`${user} ${item}`) ?? 0) + Number(quantity));
  }
  assert.equal(report.rows.read, lines.length);
  assert.equal(report.rows.kept, seen.kept);
  assert.deepEqual(await out.users.read(), [...seen.users].sort());
  assert.deepEqual((await out.items.read()).map(({ id }) => id), [...seen.items].sort());
  const expected = [...net].filter(([, n]) => n > 0).map(([key, n]) => `${key} ${n}`).sort();
  assert.deepEqual((await netPairs(out)).sort(), expected);
  assert.equal(report.pairs, expected.length);
  assert.equal(report.dropped["broken line"]?.rows, 1);
  assert.ok(report.returns > 0 && report.renamed.items > 0 && report.integerItemIds);
  assert.ok((await out.items.read()).every(({ name, brand }) => name && brand));
});

Deno.test("ingest: the same bytes at 1, 2 and 8 threads", async () => {
  const digests = new Set<string>();
  for (const threads of [1, 2, 8]) {
    await using out = await runIngest([FIXTURE], { threads });
    const hash = createHash("sha256");
    for (const { path } of [out.interactions, out.users, out.items, out.report]) {
      hash.update(await Deno.readFile(path));
    }
    digests.add(hash.digest("hex"));
  }
  assert.equal(digests.size, 1);
});

Deno.test("ingest: each dropped row under its reason, with an example", async () => {
  const csv = [
    "user_id_hash,ordered_at,quantity,catalog_item_id,catalog_item_name",
    "A,2024-01-01,2,1,x",
    ",2024-01-01,1,1,x",
    "  ,2024-01-01,1,1,x",
    "A,2024-01-01,1,,x",
    "A,2024-01-01,many,1,x",
    "A,2024-01-01,,1,x",
    "A,2024-01-01,NaN,1,x",
    "A,2024-01-01,inf,1,x",
    "A,2024-01-01,1e30,1,x",
    "A,2024-01-01,0.0,1,x",
    "A,31.12.2024,1,1,x",
    "A,,1,1,x",
    "A,infinity,1,1,x",
    "A,2024-01-01,1",
    "A,2024-01-01,1,1,x,y,z",
    'A,2024-01-01,1,1,"x"y',
  ].join("\n");
  await withFiles({ "p.csv": csv }, async (files) => {
    await using out = await runIngest(files);
    const { rows, dropped } = await out.report.read();
    assert.deepEqual(rows, { read: 16, kept: 1, dropped: 15 });
    const counts = Object.entries(dropped).map(([reason, { rows }]) => [reason, rows]);
    assert.deepEqual(Object.fromEntries(counts), {
      "broken line": 3,
      "missing user": 2,
      "missing item": 1,
      "bad quantity": 5,
      "zero quantity": 1,
      "unparsable time": 3,
    });
    assert.deepEqual(dropped["unparsable time"]?.examples[0], {
      file: "p.csv",
      line: 12,
      user_id_hash: "A",
      ordered_at: "31.12.2024",
      quantity: "1",
      catalog_item_id: "1",
    });
    assert.equal(dropped["broken line"]?.examples[0]?.line, 15);
  });
});

Deno.test("ingest: times in every form are the same second", async () => {
  const times = [
    "2024-02-29T10:00:00Z",
    "2024-02-29 10:00:00",
    "2024-02-29T12:00:00+02:00",
    "2024-02-29 05:00:00-0500",
    "2024-02-29T10:00:00.999Z",
    "1709200800",
    "1709200800123",
  ];
  const csv = "user_id_hash,catalog_item_id,ordered_at\n" +
    times.map((time, at) => `A,${at},${time}`).join("\n");
  await withFiles({ "p.csv": csv }, async (files) => {
    await using out = await runIngest(files);
    const { time } = await out.interactions.read();
    assert.deepEqual(time, new Float64Array(times.length).fill(1_709_200_800));
    assert.equal((await out.report.read()).first, "2024-02-29T10:00:00.000Z");
  });
});

Deno.test("ingest: the replaced service's file without times or quantities", async () => {
  const csv =
    "user_id_hash,catalog_item_id,catalog_item_name,catalog_item_size,brand_name,email\n" +
    'B,2,"Sock, grey",M,Fjellby,b@example.org\nA,1,Cup,,,a@example.org\nB,2,"Sock, grey",M,Fjellby,\n';
  await withFiles({ "p.csv": csv }, async (files) => {
    await using out = await runIngest(files);
    assert.deepEqual(await netPairs(out), ["A 1 1", "B 2 2"]);
    assert.equal((await out.interactions.read()).time, undefined);
    assert.deepEqual(await out.items.read(), [
      { id: "1", name: "Cup", brand: null, attributes: { catalog_item_size: null } },
      { id: "2", name: "Sock, grey", brand: "Fjellby", attributes: { catalog_item_size: "M" } },
    ]);
    const { timed, columns } = await out.report.read();
    assert.deepEqual([timed, columns.quantity, columns.ignored], [false, null, ["email"]]);
  });
});

Deno.test("ingest: returns are netted, an item wholly returned is known but no pair", async () => {
  const csv = "user_id_hash,catalog_item_id,ordered_at,quantity\n" +
    "A,1,2024-01-01,2.5\nA,1,2024-01-09,-1\nA,2,2024-01-01,1\nA,2,2024-01-01,-1\n";
  await withFiles({ "p.csv": csv }, async (files) => {
    await using out = await runIngest(files);
    assert.deepEqual(await netPairs(out), ["A 1 1.5"]);
    assert.equal((await out.items.read()).length, 2);
    assert.equal((await out.interactions.read()).user.length, 2);
  });
});

Deno.test("ingest: of several names the latest counts, of equally late ones the greatest", async () => {
  const csv = "user_id_hash,catalog_item_id,catalog_item_name,ordered_at\n" +
    "A,1,new,2024-03-01\nA,1,old,2024-01-01\nB,1,,2024-05-01\nA,2,a,2024-01-01\nB,2,b,2024-01-01\n";
  await withFiles({ "p.csv": csv }, async (files) => {
    await using out = await runIngest(files);
    assert.deepEqual((await out.items.read()).map(({ name }) => name), ["new", "b"]);
    const { renamed } = await out.report.read();
    assert.equal(renamed.items, 2);
    assert.deepEqual(renamed.examples[0], { id: "1", kept: "new", names: ["new", "old"] });
  });
});

Deno.test("ingest: gzip, several files, another delimiter, Parquet: the same pairs", async () => {
  const header = "user_id_hash,catalog_item_id,quantity,ordered_at";
  const rows = ["A,1,1,2024-01-01", "B,1,2,2024-01-02", "B,20,3,2024-01-03"];
  const csv = [header, ...rows].join("\n");
  await withFiles({
    "one.csv": csv,
    "two.csv.gz": gzipSync(csv),
    "three [1]*.csv": csv.replaceAll(",", ";"),
    "four.tsv": csv.replaceAll(",", "\t"),
    "part1.csv": [header, rows[0]].join("\r\n"),
    // Columns in another order.
    "part2.csv": "quantity,user_id_hash,ordered_at,catalog_item_id\n" +
      "2,B,2024-01-02,1\n3,B,2024-01-03,20\n",
  }, async (paths, folder) => {
    const parquet = join(folder, "five.parquet");
    await writeTable(parquet, [
      { name: "user_id_hash", type: "STRING", data: ["A", "B", "B"] },
      // Ids that a missing value has made floating point.
      { name: "catalog_item_id", type: "DOUBLE", data: [1, 1, 20] },
      { name: "quantity", type: "INT64", data: [1n, 2n, 3n] },
      {
        name: "ordered_at",
        type: "TIMESTAMP",
        data: [1, 2, 3].map((day) => new Date(Date.UTC(2024, 0, day))),
      },
    ]);
    const [one = "", two = "", three = "", four = "", ...parts] = paths;
    const results = [];
    for (const files of [[one], [two], [three], [four], [parquet], parts]) {
      await using out = await runIngest(files);
      results.push([await netPairs(out), (await out.interactions.read()).time]);
    }
    assert.deepEqual(results[0]![0], ["A 1 1", "B 1 2", "B 20 3"]);
    for (const result of results) assert.deepEqual(result, results[0]);
  });
});

Deno.test("ingest: a catalogue names what was bought and leaves out what was not", async () => {
  await withFiles({
    "p.csv": "user_id_hash,catalog_item_id\nA,1\nA,2\n",
    "c.csv":
      "catalog_item_id,type,size,maker,name,Brand\n1,Sock,M,Fjellby,n,x\n3,Cup,,,,\n,Lost,,,,\n",
  }, async ([purchases = "", catalogue = ""]) => {
    await using out = await runIngest([purchases], {
      catalogue,
      items: { name: ["type", "size"], brand: "maker" },
    });
    const [first, second] = await out.items.read();
    assert.deepEqual(first, {
      id: "1",
      name: "Sock, M",
      brand: "Fjellby",
      attributes: { item_Brand: "x", item_name: "n" },
    });
    assert.equal(second?.name, null);
    assert.deepEqual((await out.report.read()).catalogue, {
      rows: 3,
      dropped: 1,
      neverBought: 1,
      missing: 1,
    });
  });
});

Deno.test("ingest: ids keep every character; only canonical integers count as integers", async () => {
  const ids = ["007", "9007199254740993", "Å/ø 🛒", "x".repeat(500)];
  for (const id of ids) {
    await withFiles({ "p.csv": `user_id_hash,catalog_item_id\n"${id}",${id}\n` }, async (files) => {
      await using out = await runIngest(files);
      assert.deepEqual(await netPairs(out), [`${id} ${id} 1`]);
      assert.equal((await out.report.read()).integerItemIds, false);
    });
  }
});

Deno.test("ingest: what cannot be used ends with file, finding and config key", async () => {
  await withFiles({
    "p.csv": "User_ID_Hash,catalog_item_id\nA,1\n",
    "bad.csv": "user_id_hash,catalog_item_id,quantity\nA,1,none\n",
    "empty.csv": "",
    "broken.parquet": "PAR1 but not really PAR1",
    "p.xlsx": "x",
  }, async ([upper = "", bad = "", empty = "", broken = "", xlsx = ""]) => {
    await assert.rejects(
      runIngest([upper]),
      /p\.csv has no column "user_id_hash"; its columns are User_ID_Hash, catalog_item_id\. Set source\.interactions\.columns\.user to "User_ID_Hash"/,
    );
    await assert.rejects(
      runIngest([bad], { interactions: { time: "when" } }),
      /no column "when".*source\.interactions\.columns\.time/,
    );
    await assert.rejects(runIngest([bad]), /of 1 rows none is usable: 1 bad quantity.*"none"/);
    await assert.rejects(runIngest([empty]), /empty\.csv cannot be read: it is empty/);
    await assert.rejects(runIngest([broken]), /broken\.parquet cannot be read/);
    await assert.rejects(runIngest([xlsx]), /none of \.csv/);
    await assert.rejects(
      runIngest([bad], { interactions: { quantity: null }, items: { name: "title" } }),
      /no column "title".*source\.items\.columns\.name/,
    );
  });
});
