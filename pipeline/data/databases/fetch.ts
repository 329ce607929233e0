/** Databases as files: what a query gives, read from one snapshot, as a Parquet file in a total order. */
import { join } from "node:path";
import type { Reporter } from "../../engine/effects.ts";
import type { Database } from "../duckdb.ts";
import { copyToParquet, exactly } from "../sql.ts";
import { type Address, addressOf, type Environment } from "./address.ts";
import { DatabaseError } from "./failure.ts";
import type { Sink } from "./query.ts";
import { writeRows } from "./table.ts";

/** A query and the file that its rows go to. */
export interface Asked {
  /** "interactions" or "items". */
  readonly name: string;
  readonly url: string;
  readonly query: string;
  /** Where the Parquet file is written; nothing is there yet. */
  readonly path: string;
}

export interface FetchOptions {
  readonly environment: Environment;
  readonly report: Reporter;
  readonly signal: AbortSignal;
}

/**
 * Reads every query and writes its rows, all columns as text, sorted by all of them: the same rows give
 * the same bytes. Queries of one URL are read from one snapshot. Rows pass through `db.scratch`, so that
 * memory stays bounded however many there are, and the connection ends before they are sorted.
 *
 * Throws `TypeError` where a url or what a query gives does not fit, `DatabaseError` where the database
 * fails; the messages name the config's key and hold no password.
 */
export async function fetchTables(
  db: Database,
  asked: readonly Asked[],
  { environment, report, signal }: FetchOptions,
): Promise<void> {
  const raw = (name: string) => join(db.scratch, `fetched-${name}.parquet`);
  for (const [url, group] of Map.groupBy(asked, ({ url }) => url)) {
    const from = `source.${group[0]?.name}.url`;
    const address = addressOf(url, from, environment);
    await requireNetwork(address);
    // What this machine's disk says is no word of the database's.
    let broken: unknown;
    const kept = (write: () => void) => {
      try {
        write();
      } catch (error) {
        broken ??= error;
        throw error;
      }
    };
    const tables = group.map(({ name, query }) => {
      const key = `source.${name}.query`;
      const writer = writeRows(
        raw(name),
        key,
        (rows) => report.progress(rows, 0, "rows", name),
      );
      const sink: Sink = {
        open: (columns) => kept(() => writer.open(columns)),
        add: (row) => kept(() => writer.add(row)),
      };
      return { name, writer, question: { key, url: from, sql: query, sink } };
    });
    const questions = tables.map(({ question }) => question);
    try {
      if (address.kind === "postgresql") {
        const { readPostgres } = await import("./postgres.ts");
        await readPostgres(address, questions, signal);
      } else {
        const { readMysql } = await import("./mysql.ts");
        await readMysql(address, questions, signal);
      }
    } catch (error) {
      throw broken ?? error;
    }
    for (const { name, writer } of tables) {
      writer.finish();
      report.log(`${writer.rows} rows of ${name} from ${address.label}`);
    }
  }
  for (const { name, path } of asked) {
    const select = `SELECT * FROM read_parquet(${exactly(raw(name))}) ORDER BY ALL`;
    await db.run(copyToParquet(select, path));
    await Deno.remove(raw(name));
  }
}

/** Throws `DatabaseError` where this process may not connect to the database. */
async function requireNetwork({ host, port, label }: Address): Promise<void> {
  const authority = `${host.includes(":") ? `[${host}]` : host}:${port}`;
  const { state } = await Deno.permissions.query({ name: "net", host: authority });
  if (state === "granted") return;
  throw new DatabaseError(
    `${label} cannot be reached from here: this task may not use the network`,
    "Run `deno task pipeline:db` (the server trains from a database with " +
      `--database ${authority}), or take what was read last by --set source.refresh=manual`,
  );
}
