/** Broken purchases: each ends in a clear message or in counted rows. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import fc from "../support/fast_check.ts";
import { writeTable } from "../../pipeline/data/parquet.ts";
import { runIngest } from "../support/ingest.ts";

const HEADER = ["user_id_hash", "catalog_item_id", "quantity", "ordered_at"];
const CASES = 200;

/** Values that a column may hold by mistake. */
const ids = fc.oneof(
  fc.string({ unit: "grapheme", maxLength: 12 }),
  fc.constantFrom("", " ", "NULL", "\u{1f6d2}", "0", "-1", "a\0b", "\ufeff", "x".repeat(70_000)),
);
const quantities = fc.oneof(
  fc.double().map(String),
  fc.integer().map(String),
  fc.constantFrom(
    "-2",
    "0.5",
    "1e3",
    "-1e-9",
    "1e308",
    "NaN",
    "Infinity",
    "-inf",
    "1,5",
    "0x1F",
    "",
  ),
);
const times = fc.oneof(
  fc.date().map((date) => String(date.getTime())),
  fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
  fc.constantFrom(
    "2016-12-31T23:59:60Z",
    "0000-01-01",
    "0044-03-15 (BC)",
    "9999-12-31T23:59:59Z",
    "10000-01-01",
    "290000-01-01",
    "2024-02-30",
    "31.12.2024",
    "12/31/2024",
    "2024-01-01T00:00:00+99:00",
    "1709200800",
    "1709200800123",
    "infinity",
    "now",
    "12:00",
  ),
);
const row = fc.tuple(ids, ids, quantities, times);
const good = ["A", "1", "1", "2024-01-01"];

const quoted = (cell: string) => `"${cell.replaceAll('"', '""')}"`;
const csv = (rows: readonly (readonly string[])[], delimiter = ",", end = "\n") =>
  rows.map((cells) => cells.map(quoted).join(delimiter) + end).join("");

interface Broken {
  readonly name: string;
  readonly bytes: Uint8Array;
}
const text = (name: string, content: string): Broken => ({
  name,
  bytes: new TextEncoder().encode(content),
});

const table = fc.array(row, { minLength: 1, maxLength: 6 }).map((rows) => [HEADER, good, ...rows]);
const bytes = fc.uint8Array({ maxLength: 300 });
const cut = fc.double({ min: 0, max: 1, noNaN: true });

const inputs: fc.Arbitrary<Broken> = fc.oneof(
  table.map((rows) => text("p.csv", csv(rows))),
  table.map((rows) => text("p.csv", "\ufeff" + csv(rows, ";", "\r\n"))),
  table.map((rows) => text("p.tsv", csv(rows, "\t", "\r"))),
  // Nothing is quoted: delimiters, quotes and line ends within values break lines.
  table.map((rows) => text("p.csv", rows.map((cells) => cells.join(",")).join("\n"))),
  // Ragged lines and blank ones.
  fc.tuple(table, fc.nat(6)).map(([rows, n]) =>
    text("p.csv", csv(rows.map((cells, at) => at === 0 ? cells : cells.slice(0, n))) + "\n\n")
  ),
  // A quote that never closes.
  table.map((rows) => text("p.csv", csv(rows) + '"A,1,1,2024-01-01\nB,2,1,2024-01-01\n')),
  // Columns that are missing, twice there, or spread over lines.
  fc.shuffledSubarray([...HEADER, HEADER[0]!, 'a"b', "x\ny"]).map((header) =>
    text("p.csv", csv([header, good]))
  ),
  table.map((rows) => text("p.csv", csv(rows.slice(0, 1)))),
  fc.constantFrom("", "\n", "\n\n\n", "\0", "\ufeff").map((content) => text("p.csv", content)),
  bytes.map((bytes) => ({ name: "p.csv", bytes })),
  bytes.map((bytes) => ({ name: "p.ndjson", bytes })),
  bytes.map((bytes) => ({ name: "p.parquet", bytes })),
  // Bytes that are no UTF-8 among good lines.
  fc.tuple(table, bytes).map(([rows, bytes]) => ({
    name: "p.csv",
    bytes: new Uint8Array([...new TextEncoder().encode(csv(rows)), ...bytes]),
  })),
  table.map((rows) => ({
    name: "p.csv",
    bytes: new Uint8Array(Uint16Array.from([...csv(rows)], (c) => c.charCodeAt(0)).buffer),
  })),
  // Compressed files that break off, and names that lie.
  fc.tuple(table, cut).map(([rows, part]) => {
    const zipped = gzipSync(csv(rows));
    return { name: "p.csv.gz", bytes: zipped.subarray(0, Math.floor(part * zipped.length)) };
  }),
  table.map((rows) => text("p.csv.gz", csv(rows))),
  table.map((rows) => ({ name: "p.csv", bytes: gzipSync(csv(rows)) })),
  table.map((rows) => text("p.parquet", csv(rows))),
  table.map((rows) => text("p.json", csv(rows))),
  table.map((rows) => text("p.xlsx", csv(rows))),
  // NDJSON with values of any type, broken lines among them.
  fc.array(fc.oneof(fc.json(), fc.string(), fc.constant("")), { maxLength: 8 }).map((lines) =>
    text("p.ndjson", '{"user_id_hash":"A","catalog_item_id":1}\n' + lines.join("\n"))
  ),
  fc.array(fc.record({ user_id_hash: fc.jsonValue(), catalog_item_id: fc.jsonValue() })).map(
    (rows) => text("p.jsonl", rows.map((row) => JSON.stringify(row)).join("\n")),
  ),
  fc.json().map((json) => text("p.json", `[${json}]`)),
);

/** Runs ingest; the rows that it counted, or its message. */
async function outcome(path: string): Promise<string> {
  try {
    await using out = await runIngest([path]);
    const { rows, dropped } = await out.report.read();
    const counted = Object.values(dropped).reduce((sum, reason) => sum + reason.rows, 0);
    assert.equal(rows.read, rows.kept + rows.dropped);
    assert.equal(rows.dropped, counted);
    for (const [reason, { rows, examples }] of Object.entries(dropped)) {
      assert.equal(examples.length, Math.min(rows, 5), reason);
      for (const { file, line } of examples) {
        assert.ok(file !== undefined && Number(line) > 0, `${reason}: ${JSON.stringify(examples)}`);
      }
    }
    return "counted";
  } catch (error) {
    assert.ok(
      error instanceof SyntaxError || error instanceof RangeError || error instanceof TypeError,
      String(error),
    );
    assert.ok(!(error instanceof assert.AssertionError), error.message);
    assert.ok(error.message.startsWith(path), error.message);
    assert.match(error.message, /\. (Check|Set)|: rename|rename those/, error.message);
    assert.ok(error.message.length < 3000, error.message);
    return "refused";
  }
}

Deno.test(`ingest: ${CASES} broken files end in a clear message or in counted rows`, async () => {
  const outcomes = new Map<string, number>();
  const folder = await Deno.makeTempDir();
  try {
    await fc.assert(
      fc.asyncProperty(inputs, async ({ name, bytes }) => {
        const path = join(folder, name);
        await Deno.writeFile(path, bytes);
        const end = await outcome(path);
        outcomes.set(end, (outcomes.get(end) ?? 0) + 1);
      }),
      { numRuns: CASES, seed: 20_240_229, endOnFailure: true },
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
  assert.ok((outcomes.get("counted") ?? 0) > 40 && (outcomes.get("refused") ?? 0) > 40);
});

Deno.test("ingest: ids of a megabyte are ids", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const path = join(folder, "p.csv");
    const id = "x".repeat(1 << 20);
    await Deno.writeTextFile(path, `user_id_hash,catalog_item_id\n${id},1\nA,2\n`);
    await using out = await runIngest([path]);
    assert.deepEqual(await out.users.read(), ["A", id]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("ingest: Parquet of unlike types, and cut short", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const [a, b, short] = ["a", "b", "short"].map((name) => join(folder, `${name}.parquet`));
    await writeTable(a!, [
      { name: "user_id_hash", type: "STRING", data: ["A", null] },
      { name: "catalog_item_id", type: "INT32", data: [1, 2] },
      { name: "quantity", type: "BOOLEAN", data: [true, false] },
    ]);
    await writeTable(b!, [
      { name: "user_id_hash", type: "DOUBLE", data: [7, NaN] },
      { name: "catalog_item_id", type: "TIMESTAMP", data: [new Date(0), new Date(1)] },
      { name: "quantity", type: "STRING", data: ["2", "two"] },
    ]);
    await using out = await runIngest([a!, b!]);
    const { rows, dropped } = await out.report.read();
    assert.deepEqual(rows, { read: 4, kept: 1, dropped: 3 });
    assert.deepEqual(await out.users.read(), ["7"]);
    assert.equal(dropped["bad quantity"]?.examples.at(-1)?.row, 2);
    const whole = await Deno.readFile(a!);
    for (const length of [0, 3, 4, 8, whole.length >> 1, whole.length - 1]) {
      await Deno.writeFile(short!, whole.subarray(0, length));
      assert.equal(await outcome(short!), "refused");
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
