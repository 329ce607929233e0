import assert from "node:assert/strict";
import { z } from "zod";
import { numbers, openDuckDB } from "../../pipeline/data/duckdb.ts";

async function withScratch(use: (scratch: string) => Promise<void>): Promise<void> {
  const scratch = await Deno.makeTempDir();
  try {
    await use(scratch);
  } finally {
    await Deno.remove(scratch, { recursive: true });
  }
}

Deno.test("query: rows by column name, parsed; what does not fit the schema is refused", async () => {
  await withScratch(async (scratch) => {
    using db = await openDuckDB({ threads: 2, scratch });
    const row = z.object({ n: z.number(), text: z.string().nullable() });
    assert.deepEqual(
      await db.query(`SELECT 1 AS n, 'a "b" ø' AS text UNION ALL SELECT 2, NULL ORDER BY n`, row),
      [{ n: 1, text: 'a "b" ø' }, { n: 2, text: null }],
    );
    assert.deepEqual(await db.query("SELECT 1 AS n WHERE false", row), []);
    await assert.rejects(db.query("SELECT 'x' AS n, 'y' AS text", row), /expected number/);
    assert.deepEqual(await numbers(db, "SELECT 3 AS a, 4 AS b", "a"), { a: 3 });
    await assert.rejects(numbers(db, "SELECT 3 AS a", "c" as string), /gives no "c"/);
  });
});

Deno.test("openDuckDB: times without a zone are UTC whatever the machine says", async () => {
  await withScratch(async (scratch) => {
    using db = await openDuckDB({ threads: 1, scratch });
    const sql = "SELECT CAST(epoch(CAST('2024-07-01' AS TIMESTAMPTZ)) AS BIGINT) AS seconds";
    assert.deepEqual(await numbers(db, sql, "seconds"), { seconds: Date.UTC(2024, 6, 1) / 1000 });
  });
});

Deno.test("a process that has asked DuckDB much ends well, though garbage was collected", async () => {
  const module = new URL("../../pipeline/data/duckdb.ts", import.meta.url).href;
  await withScratch(async (scratch) => {
    const script = `
      import { numbers, openDuckDB } from ${JSON.stringify(module)};
      for (let round = 0; round < 40; round++) {
        const scratch = await Deno.makeTempDir({ dir: ${JSON.stringify(scratch)} });
        using db = await openDuckDB({ threads: 2, scratch });
        await db.run("CREATE TABLE t AS SELECT range AS a FROM range(10000)");
        await numbers(db, "SELECT count(*) AS n FROM t", "n");
        gc();
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
      console.log("end");`;
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["eval", "--v8-flags=--expose-gc", "--no-check", script],
      env: { NO_COLOR: "1" },
    }).output();
    const said = new TextDecoder().decode(stderr);
    assert.deepEqual([code, new TextDecoder().decode(stdout)], [0, "end\n"], said);
  });
});
