/** Forms of files, encodings and rules: what is read, where rows stand, the same at any thread count. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import fc from "../support/fast_check.ts";
import { netPairs, runIngest, withFiles } from "../support/ingest.ts";

type Options = Parameters<typeof runIngest>[1];

const HEADER = "user_id_hash,catalog_item_id,quantity,ordered_at";
const ROWS = ["A,1,1,2024-01-01", "B,1,2,2024-01-02", "Bø,20,3,2024-01-03"];
const CSV = [HEADER, ...ROWS].join("\n") + "\n";
const PAIRS = ["A 1 1", "B 1 2", "Bø 20 3"];
const keys = HEADER.split(",");
const NDJSON = ROWS.map((row) => {
  const cells = row.split(",").map((cell, at) => [keys[at], at === 2 ? Number(cell) : cell]);
  return JSON.stringify(Object.fromEntries(cells)) + "\n";
}).join("");

/** UTF-16 with its byte order mark. */
function utf16(text: string, littleEndian: boolean): Uint8Array {
  const bytes = new Uint8Array(2 * text.length + 2);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, 0xfeff, littleEndian);
  for (let n = 0; n < text.length; n++) {
    view.setUint16(2 * n + 2, text.charCodeAt(n), littleEndian);
  }
  return bytes;
}

async function digests(files: readonly string[], options: Options): Promise<string> {
  await using out = await runIngest(files, options);
  const hash = createHash("sha256");
  for (const { path } of [out.interactions, out.users, out.items, out.report]) {
    hash.update(await Deno.readFile(path));
  }
  return hash.digest("hex");
}

Deno.test("ingest: NDJSON, gzip, UTF-16 and latin-1 give the pairs of the CSV", async () => {
  await withFiles({
    "a.csv": CSV,
    "b.ndjson": NDJSON,
    "c.jsonl.gz": gzipSync(NDJSON),
    "d.json": NDJSON.replaceAll("\n", "\r\n\r\n"),
    "e.csv": utf16(CSV, true),
    "f.csv": utf16(CSV, false),
    "g.ndjson": utf16(NDJSON, true),
    "h.csv.gz": gzipSync(utf16(CSV, true)),
    // Two members, as `cat a.gz b.gz` makes them.
    "i.csv.gz": new Uint8Array([
      ...gzipSync(CSV.slice(0, 60)),
      ...gzipSync(CSV.slice(60)),
    ]),
  }, async (paths) => {
    for (const path of paths) {
      await using out = await runIngest([path]);
      assert.deepEqual(await netPairs(out), PAIRS, path);
    }
  });
  const latin = Uint8Array.from(CSV, (c) => c.charCodeAt(0));
  await withFiles({ "l.csv": latin, "u.csv": CSV }, async ([l = "", u = ""]) => {
    await using out = await runIngest([l], { encoding: "latin-1" });
    assert.deepEqual(await netPairs(out), PAIRS);
    // Taken for UTF-8, the line that is none is broken, and says so.
    await using wrong = await runIngest([l]);
    const { dropped } = await wrong.report.read();
    assert.deepEqual(dropped["broken line"]?.rows, 1);
    assert.match(String(dropped["broken line"]?.examples[0]?.error), /not utf-8/);
    await assert.rejects(runIngest([u], { encoding: "utf-16" }), /u\.csv/);
  });
});

Deno.test("ingest: NDJSON keeps keys of any name, values of any type, and counts broken lines", async () => {
  const lines = [
    '{"user_id_hash":7,"catalog_item_id":"1","item_a/b":"x","item_~":[1]}',
    "no json",
    "",
    '{"user_id_hash":null,"catalog_item_id":"1"}',
    "[1,2]",
    '{"user_id_hash":"A","catalog_item_id":"1","quantity":"many","item_A/B":"y"}',
    '{"user_id_hash":"A"',
    '{"user_id_hash":"A","catalog_item_id":"2"}',
  ];
  await withFiles({ "p.ndjson": lines.join("\n") }, async (files) => {
    // Lines without the key have no quantity, and one has a bad one: nothing is left.
    await assert.rejects(
      runIngest(files),
      /of 7 rows none is usable: 3 broken line, 3 bad quantity, 1 missing user/,
    );
  });
  await withFiles({ "p.ndjson": lines.join("\n") }, async (files) => {
    await using out = await runIngest(files, { interactions: { quantity: null } });
    const { dropped } = await out.report.read();
    assert.deepEqual(await netPairs(out), ["7 1 1", "A 1 1", "A 2 1"]);
    assert.deepEqual(dropped["broken line"]?.examples.map(({ line }) => line), [2, 5, 7]);
    assert.deepEqual(dropped["missing user"]?.examples[0]?.line, 4);
    const [item] = await out.items.read();
    assert.deepEqual(item?.attributes, {
      // DuckDB does not tell columns by case.
      "item_A/B": "y",
      "item_a/b_2": "x",
      "item_~": "[1]",
    });
  });
});

Deno.test("ingest: an example's line is the one in the file, whatever is quoted before it", async () => {
  const cell = fc.constantFrom("x", '"a ""b"" c"', '"two\nlines"', '"t\r\nwo"', "");
  const line = fc.oneof(
    fc.tuple(cell, fc.constantFrom("1", "bad", "")).map(([name, q]) => `U,1,${q},${name}`),
    fc.constantFrom("", "U,1", 'U,1,1,"x"y', "U,1,1,n,more"),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(line, { maxLength: 12 }), async (lines) => {
      // Users are numbered: what stands on a line is told by its first cell.
      const text = ["user_id_hash,catalog_item_id,quantity,catalog_item_name", "good,1,1,x"]
        .concat(lines.map((line, at) => line.replace(/^U/, `U${at}`))).join("\n");
      await withFiles({ "p.csv": text }, async (files) => {
        await using out = await runIngest(files);
        const { dropped } = await out.report.read();
        const physical = text.split(/\r\n|\n/);
        for (const { examples } of Object.values(dropped)) {
          for (const example of examples) {
            const found = physical[Number(example.line) - 1];
            if (example.user_id_hash !== undefined) {
              assert.equal(found?.split(",")[0], example.user_id_hash, text);
            } else assert.match(found ?? "", /^U\d+,1($|,1,)/, text);
          }
        }
      });
    }),
    { numRuns: 25, seed: 7 },
  );
});

Deno.test("ingest: --strict names file, line and column of the first row that would be dropped", async () => {
  const strict = { source: { strict: true } };
  await withFiles({
    "good.csv": CSV,
    "q.csv": `${HEADER}\n"A\n",1,1,2024-01-01\nA,1,many,2024-01-01\n,1,1,2024-01-01\n`,
    "broken.csv": `${HEADER}\n\nA,1\n`,
    "t.ndjson": NDJSON + "\n" +
      '{"user_id_hash":"A","catalog_item_id":1,"quantity":1,"ordered_at":"x"}',
    "c.csv": "catalog_item_id,catalog_item_name\n1,a\n,b\n",
  }, async ([good = "", q = "", broken = "", t = "", c = ""]) => {
    await using out = await runIngest([good], strict);
    assert.equal((await out.report.read()).rows.dropped, 0);
    await assert.rejects(runIngest([good, q], strict), (error: Error) => {
      assert.ok(error.message.startsWith(`${q}, line 4, column "quantity": bad quantity ("many")`));
      assert.match(error.message, /and 2 would be: 1 bad quantity, 1 missing user/);
      return true;
    });
    await assert.rejects(runIngest([broken], strict), /broken\.csv, line 3.*MISSING COLUMNS/);
    await assert.rejects(runIngest([t], strict), /t\.ndjson, line 5, column "ordered_at".*"x"/);
    await assert.rejects(
      runIngest([good], { ...strict, catalogue: c }),
      /c\.csv, line 3, column "catalog_item_id"/,
    );
    await assert.rejects(
      runIngest([good], { source: { strict: true, outliers: { maxQuantity: 2, action: "drop" } } }),
      /good\.csv, line 4, column "quantity": outlier quantity \("3"\)/,
    );
  });
});

/** Twenty ordinary customers, a bot, and a pallet of socks. */
const UNLIKELY = [
  HEADER,
  ...Array.from({ length: 20 }, (_, n) => `U${n},${n % 3},1,2024-01-0${1 + n % 9}`),
  ...Array.from({ length: 5 }, (_, n) => `bot,b${n},1,2024-03-01`),
  "U1,0,500,2024-01-05",
  "U2,0,-400,2024-01-05",
].join("\n");

Deno.test("ingest: outliers and bots are reported, capped or dropped", async () => {
  const run = (files: string[], outliers: object, bots: object) =>
    runIngest(files, { source: { outliers, bots } });
  await withFiles({ "p.csv": UNLIKELY }, async (files) => {
    await using plain = await run(files, {}, { maxRowsPerDay: 4 });
    const { outliers, bots, rows } = await plain.report.read();
    assert.deepEqual([outliers.maxQuantity, outliers.rows, rows.dropped], [5000, 0, 0]);
    assert.deepEqual(bots, {
      action: "report",
      maxRowsPerDay: 4,
      users: 1,
      rows: 5,
      examples: [{ user: "bot", day: "2024-03-01", rows: 5 }],
    });

    await using cap = await run(files, { maxQuantity: 10, action: "cap" }, {});
    const capped = await cap.report.read();
    assert.deepEqual([capped.rows.dropped, capped.outliers.rows], [0, 2]);
    assert.deepEqual(capped.outliers.examples.map(({ line, quantity }) => [line, quantity]), [
      [27, "500"],
      [28, "-400"],
    ]);
    assert.ok((await netPairs(cap)).includes("U1 0 10"));

    await using drop = await run(
      files,
      { maxQuantity: 10, action: "drop" },
      { maxRowsPerDay: 4, action: "drop" },
    );
    const dropped = await drop.report.read();
    assert.deepEqual(dropped.rows, { read: 27, kept: 20, dropped: 7 });
    assert.equal(dropped.dropped["outlier quantity"]?.rows, 2);
    assert.equal(dropped.dropped["bot-like user"]?.examples[0]?.line, 22);
    assert.deepEqual((await drop.items.read()).map(({ id }) => id), ["0", "1", "2"]);
    assert.ok(!(await drop.users.read()).includes("bot"));
    assert.equal((await drop.interactions.read()).users, 20);
  });
});

Deno.test("ingest: every form and rule gives the same bytes at 1, 2 and 8 threads", async () => {
  const many = Array.from({ length: 4000 }, (_, n) => {
    const day = `2024-0${1 + n % 9}-1${n % 7}`;
    return [`u${n * 7919 % 301}`, String(n * 104729 % 97), String(n % 5 === 0 ? "x" : n % 40), day];
  });
  const csv = [keys, ...many].map((cells) => cells.join(",")).join("\n");
  const ndjson =
    many.map((cells) =>
      JSON.stringify(Object.fromEntries(cells.map((cell, at) => [keys[at], cell])))
    ).join("\n") + "\nnone\n";
  const catalogue = "catalog_item_id,catalog_item_name\n" +
    Array.from({ length: 300 }, (_, n) => `${n % 150},name ${n}\n`).join("");
  const strict = { source: { strict: true } };
  const acts = {
    source: {
      outliers: { maxQuantity: 30, action: "drop" },
      bots: { maxRowsPerDay: 6, action: "drop" },
    },
  };
  await withFiles({
    "p.csv": csv,
    "p.ndjson": ndjson,
    "u.csv": utf16(csv, true),
    "c.csv": catalogue,
    "s.csv": csv.replaceAll(",x,", ",1,").replaceAll(",0,", ",1,"),
    "unclosed.csv": csv + '\nA,1,1,"2024\n' + csv,
  }, async ([p = "", n = "", u = "", c = "", s = "", q = ""]) => {
    const runs: [string[], Options][] = [
      [[n], {}],
      [[u], {}],
      [[q], {}],
      [[p, n, u], acts],
      [[p], { source: { outliers: { maxQuantity: 30, action: "cap" } }, catalogue: c }],
      [[s], strict],
    ];
    for (const [files, options] of runs) {
      const found = new Set<string>();
      for (const threads of [1, 2, 8]) found.add(await digests(files, { ...options, threads }));
      assert.equal(found.size, 1, files.join());
    }
  });
});

Deno.test("ingest: many small files of three kinds of header, each in the same time", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const paths = Array.from({ length: 1500 }, (_, n) => join(folder, `${10_000 + n}.csv`));
    await Promise.all(paths.map((path, n) => {
      const header = n % 3 === 0
        ? HEADER
        : n % 3 === 1
        ? HEADER + ",note"
        : HEADER.replaceAll(",", ";");
      const row = `u${n % 100},${n % 7},${n === 1234 ? "x" : 1},2024-01-01`;
      return Deno.writeTextFile(
        path,
        `${header}\n${n % 3 === 1 ? row + ",n" : n % 3 === 2 ? row.replaceAll(",", ";") : row}\n`,
      );
    }));
    const timed = async (paths: readonly string[]) => {
      const started = performance.now();
      await using out = await runIngest([...paths]);
      const { rows, dropped, users } = await out.report.read();
      return { rows, dropped, users, seconds: (performance.now() - started) / 1000 };
    };
    // Were the time that of the square of the files, it would be a hundred times as long, each time; a
    // machine that stands still does so once.
    let times = Infinity;
    for (let run = 0; run < 3 && !(times < 50); run++) {
      const few = await timed(paths.slice(0, 150));
      const { rows, dropped, users, seconds } = await timed(paths);
      assert.deepEqual([rows, users], [{ read: 1500, kept: 1499, dropped: 1 }, 100]);
      assert.equal(dropped["bad quantity"]?.examples[0]?.file, "11234.csv");
      times = seconds / few.seconds;
    }
    assert.ok(times < 50, `ten times the files take ${times} times as long`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
