/** Broken purchases on the command line: a message, an exit code, and a store that is as it was. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { main } from "../../pipeline/main.ts";
import { buildPipeline } from "../../pipeline/pipeline.ts";
import { filesOf, textDigest } from "../../pipeline/engine/digest.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url)).replace(/[/\\]$/, "");
const GOOD =
  "user_id_hash,catalog_item_id,quantity,ordered_at\nA,1,1,2024-01-01\nB,2,1,2024-01-02\n";

/** Runs `--only ingest` over `path`; `onStart` is called when the stage starts. */
async function ingest(
  folder: string,
  path: string,
  { args = [], onStart = () => {} }: { args?: string[]; onStart?: () => void } = {},
) {
  const lines: string[] = [];
  const code = await main([
    ...["--only", "ingest", "--store", join(folder, "store"), "--set"],
    `source.interactions.path=${path}`,
    ...args,
  ], {
    root: ROOT,
    out: (text) => lines.push(...text.split("\n")),
    err: (text) => {
      lines.push(...text.split("\n"));
      if (text.startsWith("ingest: clean")) onStart();
    },
    terminal: false,
    signal: new AbortController().signal,
    build: buildPipeline,
  });
  return { code, lines };
}

/** What the store holds, but for its caches: digests of files, and which files an input was. */
async function storeDigest(folder: string): Promise<string> {
  const store = join(folder, "store");
  const names = (await filesOf(store)).filter((name) => !/stat|^inputs\//.test(name));
  const texts = names.map(async (name) =>
    `${name} ${textDigest((await Deno.readFile(join(store, name))).join())}`
  );
  return (await Promise.all(texts)).join("\n");
}

Deno.test("ingest on the command line: what fails leaves the store as it was", async () => {
  const folder = await Deno.makeTempDir();
  const write = async (name: string, content: string | Uint8Array) => {
    const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
    await Deno.writeFile(join(folder, name), bytes);
    return join(folder, name);
  };
  try {
    const good = await write("good.csv", GOOD);
    assert.equal((await ingest(folder, good)).code, 0);
    const before = await storeDigest(folder);
    assert.match(before, /objects\//);

    await Deno.mkdir(join(folder, "folder.csv"));
    await Deno.symlink(join(folder, "loop.csv"), join(folder, "loop.csv"));
    const bad: readonly [string, string, RegExp][] = [
      ["a folder", join(folder, "folder.csv"), /is a folder/],
      ["a link to itself", join(folder, "loop.csv"), /loop\.csv .*cannot be read/],
      ["nothing", join(folder, "none-*.csv"), /matches no file/],
      ["empty", await write("empty.csv", ""), /it is empty/],
      ["header only", await write("header.csv", GOOD.split("\n")[0]!), /it has no rows/],
      ["no such column", await write("column.csv", "a,b\n1,2\n"), /no column "user_id_hash"/],
      ["garbage", await write("bytes.csv", new Uint8Array([0, 1, 255, 254])), /zero bytes/],
      [
        "a lying name",
        await write("csv.parquet", GOOD + "C,3,1,2024-01-03\n"),
        /csv\.parquet cannot be read/,
      ],
      [
        "cut short",
        await write("cut.csv.gz", gzipSync(GOOD.repeat(99)).subarray(0, 60)),
        /cut\.csv\.gz cannot be read/,
      ],
      ["quoted header", await write("q.csv", '"user_id_hash\n",b\n1,2\n'), /does not close/],
    ];
    for (const [name, path, message] of bad) {
      const { code, lines } = await ingest(folder, path);
      assert.equal(code, 1, `${name}: ${lines.join("\n")}`);
      assert.match(lines.at(-1) ?? "", message, name);
      assert.ok(!lines.some((line) => /^\s+at /.test(line)), `${name} gives a stack trace`);
      assert.equal(await storeDigest(folder), before, name);
    }
    const dropping = await write("drop.csv", GOOD + "A,1,many,2024-01-01\n");
    const strict = await ingest(folder, dropping, { args: ["--strict"] });
    assert.equal(strict.code, 1);
    assert.match(strict.lines.at(-1) ?? "", /drop\.csv, line 4, column "quantity"/);
    assert.equal(await storeDigest(folder), before);
    const table = (await ingest(folder, dropping)).lines.join("\n");
    assert.match(
      table,
      /ingest: rows dropped +1\ningest: {3}bad quantity +1 {2}first: drop\.csv line 4/,
    );

    const out: string[] = [];
    const code = await main(["report", "--store", join(folder, "store")], {
      root: ROOT,
      out: (text) => out.push(text),
      err: () => {},
      terminal: false,
      signal: new AbortController().signal,
      build: buildPipeline,
    });
    assert.equal(code, 0);
    assert.match(out.join(), /^rows read +3\nrows kept +2\n/);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("ingest on the command line: a file that changes while it is read is not stored", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const path = join(folder, "p.csv");
    for (const change of ["append", "truncate", "replace"] as const) {
      await Deno.writeTextFile(path, GOOD);
      const onStart = () => {
        if (change === "truncate") Deno.truncateSync(path, GOOD.length - 5);
        else if (change === "append") {
          Deno.writeTextFileSync(path, "C,3,1,2024\n", { append: true });
        } else Deno.writeTextFileSync(path, "nothing like it\n");
      };
      const { code, lines } = await ingest(folder, path, { onStart });
      assert.equal(code, 1, `${change}: ${lines.join("\n")}`);
      assert.match(
        lines.at(-1) ?? "",
        change === "replace" ? /no column/ : /changed while ingest ran/,
      );
      assert.doesNotMatch(await storeDigest(folder), /objects\//, change);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
