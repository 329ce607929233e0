/** Real servers, started here: what PostgreSQL and MariaDB give, how they fail, and what stays. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { fetchTables } from "../../../pipeline/data/databases/fetch.ts";
import { openDuckDB } from "../../../pipeline/data/duckdb.ts";
import { silent } from "../../../pipeline/engine/effects.ts";
import {
  asParquet,
  COLUMNS,
  contents,
  DIALECTS,
  environment,
  fill,
  inFolder,
  ITEMS,
  noSecret,
  ORDERS,
  outputs,
  type Ran,
  read,
  rowsIn,
  run,
  SECRET,
  THINGS,
  WITH_SECRET,
} from "../../support/database_shop.ts";
import { execute, missing, PASSWORD, type Server, sleeping } from "../../support/databases.ts";

for (const kind of ["postgresql", "mysql"] as const) {
  const reason = await missing(kind);
  const { start, types, sleep, cut } = DIALECTS[kind];
  Deno.test({
    name: `a database as the source: ${kind}${reason === undefined ? "" : ` (${reason})`}`,
    ignore: reason !== undefined,
  }, async (t) => {
    await using server = await start();
    Deno.env.set(SECRET, PASSWORD);
    await fill(server, types.time);
    const url = WITH_SECRET(server.url);
    const source = (query = ORDERS, more: object = {}) => ({
      interactions: { url, query, columns: COLUMNS },
      items: { query: ITEMS, columns: { id: "id" } },
      ...more,
    });

    /** Takes so many seconds for each row. */
    const slow = (seconds: number) =>
      `${ORDERS} WHERE ${sleep(seconds)} ${kind === "mysql" ? "= 0" : "IS NOT NULL"}`;

    await t.step("the same digests as from Parquet, in whatever order the rows come", async () => {
      await inFolder(async (folder) => {
        const { orders, items } = await asParquet(folder);
        const parquet = await run(folder, {
          interactions: { path: orders, columns: COLUMNS },
          items: { path: items, columns: { id: "id" } },
        });
        assert.equal(parquet.code, 0, parquet.lines.join("\n"));
        const expected = await outputs(folder);
        const first = await run(folder, source());
        assert.equal(first.code, 0, first.lines.join("\n"));
        const found = await outputs(folder);
        for (const output of ["interactions", "users", "items"]) {
          assert.equal(found[`ingest.${output}`], expected[`ingest.${output}`], output);
        }
        const turned = await run(folder, source(`${ORDERS} ORDER BY q DESC, t DESC`));
        assert.equal(turned.code, 0);
        assert.deepEqual(await outputs(folder), found);
        assert.ok(turned.lines.includes("ingest: cached"), turned.lines.join("\n"));
      });
    });

    await t.step("each run reads again; manual: only where nothing was read yet", async () => {
      await inFolder(async (folder) => {
        const reads = ({ lines }: Ran) => lines.some((line) => line.startsWith("fetch: read"));
        assert.ok(reads(await run(folder, source())));
        const again = await run(folder, source());
        assert.ok(reads(again) && again.lines.includes("ingest: cached"), again.lines.join("\n"));
        const manual = source(ORDERS, { refresh: "manual" });
        assert.ok(!reads(await run(folder, manual)));
        assert.ok(reads(await run(folder, source(ITEMS, { refresh: "manual" }))));
      });
    });

    await t.step("types come as ingest reads them", async () => {
      const rows = await read(
        server,
        `SELECT CAST(9223372036854775807 AS ${kind === "mysql" ? "signed" : "bigint"}) AS big,
           CAST(1.10 AS decimal(30, 2)) AS tenths, CAST(12 AS decimal(30, 2)) AS whole,
           d, plain, day, c, yes FROM kinds`,
      );
      assert.deepEqual(rows, [{
        big: "9223372036854775807",
        tenths: "1.10",
        whole: "12",
        d: "1000000000000000",
        plain: kind === "mysql" ? "2024-01-02 03:04:05.678900" : "2024-01-02 03:04:05.6789",
        day: "2024-02-29",
        c: "ab",
        yes: kind === "mysql" ? "1" : "true",
      }]);
      await assert.rejects(
        read(server, "SELECT bytes FROM kinds"),
        /column "bytes" (is bytea|holds bytes): write/,
      );
    });

    await t.step("both queries see one moment", async () => {
      const writing = (async () => {
        await sleeping(server);
        await execute(server, ["INSERT INTO things (i, label) VALUES ('later', 'x')"]);
      })();
      await inFolder(async (folder) => {
        using db = await openDuckDB({ threads: 1, scratch: folder });
        const asked = (name: string, query: string) => ({
          name,
          query,
          url,
          path: join(folder, `${name}.parquet`),
        });
        const reading = fetchTables(db, [
          asked("interactions", `SELECT 1 AS a, ${sleep(1.5)} AS b`),
          asked("items", "SELECT i FROM things"),
        ], { environment, report: silent, signal: AbortSignal.timeout(120_000) });
        await Promise.all([reading, writing]);
        const count = await rowsIn(join(folder, "items.parquet"));
        assert.equal(count, THINGS.length);
      });
      await execute(server, ["DELETE FROM things WHERE i = 'later'"]);
    });

    await t.step("Ctrl-C ends it at once, as every stage", async () => {
      await inFolder(async (folder) => {
        using db = await openDuckDB({ threads: 1, scratch: folder });
        const controller = new AbortController();
        const path = join(folder, "rows.parquet");
        const asked = [{ name: "interactions", url, query: slow(20), path }];
        const reading = fetchTables(db, asked, {
          environment,
          report: silent,
          signal: controller.signal,
        });
        const aborting = sleeping(server).then(() => {
          controller.abort(new DOMException("Interrupted", "AbortError"));
          return performance.now();
        });
        await assert.rejects(reading, { name: "AbortError" });
        assert.ok(performance.now() - await aborting < 10_000, "it waits for no row");
        // The server too stops working for nobody.
        await sleeping(server, false);
      });
    });

    await t.step("what fails says what to do, leaves the store, and tells no secret", async () => {
      await inFolder(async (folder) => {
        assert.equal((await run(folder, source())).code, 0);
        const before = await contents(folder);
        const said: string[] = [];
        const fails = async (source: object, message: RegExp, remedy: RegExp) => {
          const { code, lines } = await run(folder, source, ["--verbose"]);
          said.push(...lines);
          assert.equal(code, 1, lines.join("\n"));
          assert.match(lines.at(-1) ?? "", message);
          assert.match(lines.filter((line) => line.startsWith("What to do")).join(), remedy);
          // A query that gives something else was read well: that stays.
          if (!/has no column/.test(message.source)) assert.equal(await contents(folder), before);
        };
        const at = (url: string) => ({
          ...source(),
          interactions: { ...source().interactions, url },
        });

        Deno.env.set(SECRET, `${PASSWORD}-wrong`);
        await fails(
          source(),
          /url: .*(authentication failed|Access denied)/,
          /Check user and pass/,
        );
        Deno.env.set(SECRET, PASSWORD);
        await fails(at(server.url), /asks for a password, and there is none/, /Set (PG|MYSQL_)/);
        await fails(at(url.replace(/:\d+\//, ":1/")), /ECONNREFUSED/, /Check host and port/);
        await fails(
          at(url.replace(/shop$/, "nowhere")),
          /nowhere/,
          /Check the name of the database/,
        );
        await fails(
          source("SELECT u, i FROM nowhere"),
          /query: .*nowhere/,
          /Check the table's name/,
        );
        await fails(
          source("SELECT u, nix FROM orders"),
          /query: .*nix/,
          /column's name in the query/,
        );
        await fails(
          source("SELECT u, i FROM orders WHERE ("),
          /query: .*syntax/,
          /Correct the query/,
        );
        await fails(
          source("SELECT u, u FROM orders"),
          /several columns "u"/,
          /Correct what it names/,
        );

        await execute(server, timeouts(server, true));
        await fails(source(slow(3)), /timeout|max_statement_time/, /longer statement_timeout/);
        await execute(server, timeouts(server, false));

        const cutting = (async () => {
          await sleeping(server);
          await execute(server, [cut]);
        })();
        await fails(source(slow(5)), /terminat|lost|killed/, /Run again/);
        await cutting;
        await fails(source("SELECT u AS x FROM orders"), /query has no column "u"/, /Correct/);
        assert.doesNotMatch(said.join("\n"), new RegExp(RegExp.escape(PASSWORD)));
        await noSecret(folder);
      });
    });

    await t.step("a table that is altered between the queries", async () => {
      const copied = kind === "mysql" ? ", ALGORITHM = COPY" : "";
      await inFolder(async (folder) => {
        const altering = (async () => {
          await sleeping(server);
          await execute(server, [`ALTER TABLE things ADD COLUMN more int${copied}`]);
        })();
        const { code, lines } = await run(
          folder,
          source(slow(0.3)),
        );
        await altering;
        // PostgreSQL holds the change up until the snapshot is read; MySQL refuses the second query.
        if (kind === "postgresql") assert.equal(code, 0, lines.join("\n"));
        else {
          assert.equal(code, 1);
          assert.match(lines.join("\n"), /items\.query: .*definition has changed/);
          assert.match(lines.join("\n"), /What to do: Run again/);
        }
      });
    });

    await t.step("a server that goes away", async () => {
      await inFolder(async (folder) => {
        const going = (async () => {
          await sleeping(server);
          await server.kill();
        })();
        const { code, lines } = await run(
          folder,
          source(slow(5)),
        );
        await going;
        assert.equal(code, 1);
        assert.match(lines.join("\n"), /What to do: Run again/);
      });
    });
  });
}

function timeouts({ kind }: Server, on: boolean): string[] {
  return kind === "mysql"
    ? ["SET SESSION max_statement_time = 0", `SET GLOBAL max_statement_time = ${on ? 1 : 0}`]
    : [
      "SET statement_timeout = 0",
      `ALTER ROLE owner ${on ? "SET statement_timeout = 1000" : "RESET statement_timeout"}`,
    ];
}
