/**
 * Customers who asked to be forgotten: what they bought until then is left out, counted, and shown
 * nowhere. The list names them by id, or by a salted hash of it, as the server writes it.
 */
import { z } from "zod";
import { createBroken } from "./broken.ts";
import { type Database, numbers } from "./duckdb.ts";
import { readOnce } from "./purchases.ts";
import type { Exclusion } from "./rows.ts";
import { openSources, type Source } from "./source.ts";
import { literal } from "./sql.ts";
import { textOf, timeOf } from "./values.ts";

const KEY = "source.exclude.path";

/** Number of the lists among the sources of table `broken`: theirs are not counted as purchases. */
const LISTS = -2;

/**
 * Fills table `excluded` (key, until) from `files`, lists of one row a customer: `user`, or `hash` and
 * `salt` (the SHA-256 of salt and id, in hexadecimal digits), and `time`; without one, or where
 * purchases have no times, all is left out. Returns how to look users up (`undefined` where nobody is
 * listed), and the lists.
 *
 * Throws `SyntaxError` where a list lacks the columns or a row cannot be read: whoever asked to be
 * forgotten must not be passed over.
 */
export async function loadExcluded(
  db: Database,
  files: readonly string[],
): Promise<{ exclusion: Exclusion | undefined; sources: readonly Source[] }> {
  const sources = await openSources(db, files, "utf-8", ["user", "hash", "salt", "time"]);
  await createBroken(db);
  await db.run(`CREATE TABLE listed (salt VARCHAR, key VARCHAR, "time" VARCHAR, until BIGINT)`);
  for (const source of sources) {
    const { columns } = source;
    const hashed = columns.has("hash") && columns.has("salt");
    if (!hashed && !columns.has("user")) {
      throw new SyntaxError(
        `${source.files[0]} has neither a column "user" nor "hash" and "salt": a list for ${KEY} ` +
          "names each customer by one of them",
      );
    }
    const text = (column: string) => columns.has(column) ? textOf(columns, column) : "NULL";
    const values = [
      hashed ? text("salt") : "NULL",
      hashed ? `coalesce(${text("hash")}, ${text("user")})` : text("user"),
      text("time"),
      columns.has("time") ? timeOf(columns, "time") : "NULL",
    ];
    await readOnce(
      db,
      source,
      LISTS,
      (scan) => `INSERT INTO listed SELECT ${values.join(", ")} FROM ${scan}`,
    );
    await refuseBroken(db, source);
  }
  await db.run(`
    CREATE TABLE excluded AS SELECT key,
      CASE WHEN count(until) = count(*) THEN max(until) END AS until FROM listed GROUP BY key`);
  const salts = await db.query(
    "SELECT DISTINCT salt FROM listed ORDER BY salt NULLS FIRST",
    z.object({ salt: z.string().nullable() }),
  );
  await db.run("DROP TABLE listed");
  const keys = salts.map(({ salt }) =>
    salt === null ? `"user"` : `sha256(${literal(salt)} || "user")`
  );
  return { exclusion: keys.length === 0 ? undefined : { keys }, sources };
}

/** A row that says nobody, or no time where it means to, is a fault of the list. */
async function refuseBroken(db: Database, source: Source): Promise<void> {
  const { broken, nobody, timeless } = await numbers(
    db,
    `SELECT (SELECT count(*) FROM broken WHERE source = ${LISTS}) AS broken,
       count(*) FILTER (WHERE key IS NULL) AS nobody,
       count(*) FILTER (WHERE "time" IS NOT NULL AND until IS NULL) AS timeless FROM listed`,
    "broken",
    "nobody",
    "timeless",
  );
  const faults = [
    [broken, "broken"],
    [nobody, "without a customer"],
    [timeless, "with a time that cannot be read"],
  ].filter(([rows]) => rows !== 0).map(([rows, fault]) => `${rows} ${fault}`);
  if (faults.length === 0) return;
  throw new SyntaxError(
    `${source.files.join(", ")}: of its rows ${faults.join(", ")}. Correct the list of ${KEY}: a ` +
      "customer who asked to be forgotten must not be passed over",
  );
}
