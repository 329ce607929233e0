/** Reads PostgreSQL: every question of one snapshot, in batches, through cursors of the server. */
// @ts-types="./pg.d.ts"
import pg, { type Client } from "pg";
import type { Address } from "./address.ts";
import { databaseFailure } from "./failure.ts";
import { connectTimeout, tlsOptions, withTls } from "./connection.ts";
import type { Question } from "./query.ts";
import { booleanText, decimalText, floatText } from "./values.ts";

/** Types by their numbers in `pg_type`. */
const [BOOL, BYTEA, FLOAT4, FLOAT8, BPCHAR, NUMERIC] = [16, 17, 700, 701, 1042, 1700];

/** Rows of the first batch, and what a batch then aims at: rows may be long. */
const FIRST_ROWS = 200;
const MOST_ROWS = 10_000;
const BATCH_CHARACTERS = 4_000_000;

/**
 * Asks all questions of the database at `address` in one transaction, REPEATABLE READ and READ ONLY: one
 * snapshot. Their cursors are declared before the first row is read, so that the tables keep their
 * columns until the last one is. Rows go to each question's sink, one question after the other.
 *
 * Throws `DatabaseError`, and what a sink throws.
 */
export async function readPostgres(
  address: Address,
  questions: readonly Question[],
  signal: AbortSignal,
): Promise<void> {
  const key = questions[0]?.url ?? "";
  const client = await connected(address, key);
  let lost: unknown;
  client.on("error", (error) => lost ??= error);
  const stop = () => void client.end().catch(() => {});
  signal.addEventListener("abort", stop, { once: true });
  let current = key;
  try {
    signal.throwIfAborted();
    await client.query("SET TIME ZONE 'UTC'; SET datestyle = 'ISO'; SET extra_float_digits = 1");
    // So that the server ends a query that nobody waits for any more; from 14 on, and not everywhere.
    await client.query("SET client_connection_check_interval = '2s'").catch(() => {});
    await client.query("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
    // All rows are wanted, not the first few soon.
    await client.query("SET LOCAL cursor_tuple_fraction = 1");
    for (const [at, question] of questions.entries()) {
      current = question.key;
      // The extended protocol takes one statement alone.
      await client.query({
        text: `DECLARE question${at} NO SCROLL CURSOR FOR ${question.sql}`,
        queryMode: "extended",
      });
    }
    for (const [at, question] of questions.entries()) {
      current = question.key;
      await readCursor(client, `question${at}`, question, signal);
    }
    await client.query("COMMIT");
  } catch (error) {
    signal.throwIfAborted();
    throw databaseFailure(reasonOf(error, lost), address, current);
  } finally {
    signal.removeEventListener("abort", stop);
    await client.end().catch(() => {});
  }
}

async function readCursor(
  client: Client,
  cursor: string,
  { key, sink }: Question,
  signal: AbortSignal,
): Promise<void> {
  let opened = false;
  for (let size = FIRST_ROWS;;) {
    const { fields, rows } = await client.query({
      text: `FETCH ${size} FROM ${cursor}`,
      rowMode: "array",
      types: { getTypeParser: textOf },
    });
    signal.throwIfAborted();
    if (!opened) {
      for (const { name, dataTypeID } of fields) {
        if (dataTypeID === BYTEA) {
          throw new TypeError(`${key}: column "${name}" is bytea: write encode("${name}", 'hex')`);
        }
      }
      sink.open(fields.map(({ name }) => name));
      opened = true;
    }
    let characters = 0;
    for (const row of rows) {
      for (const value of row) characters += value?.length ?? 0;
      sink.add(row);
    }
    if (rows.length < size) return;
    const each = Math.max(1, characters / rows.length);
    size = Math.max(1, Math.min(MOST_ROWS, 4 * size, Math.floor(BATCH_CHARACTERS / each)));
  }
}

/** What makes a value's text of what the server writes. Every value comes as text. */
function textOf(type: number): (value: string) => string {
  switch (type) {
    case BOOL:
      return booleanText;
    case FLOAT4:
    case FLOAT8:
      return floatText;
    case NUMERIC:
      return decimalText;
    case BPCHAR:
      // Blanks at its end mean nothing in a char(n).
      return (text) => text.replace(/ +$/, "");
    default:
      return (text) => text;
  }
}

/** Why the connection ended is said before the answer to what was asked then. */
function reasonOf(error: unknown, lost: unknown): unknown {
  return error instanceof Error && "code" in error ? error : lost ?? error;
}

async function connected(address: Address, key: string): Promise<Client> {
  const { host, port, user, password, database } = address;
  const connect = async (encrypted: boolean) => {
    const client = new pg.Client({
      host,
      port,
      user,
      password,
      database,
      ssl: encrypted ? await tlsOptions(address) : false,
      application_name: "recommender",
      connectionTimeoutMillis: connectTimeout,
      keepAlive: true,
    });
    try {
      await client.connect();
      return client;
    } catch (error) {
      await client.end().catch(() => {});
      throw error;
    }
  };
  const refused = (error: unknown) =>
    error instanceof Error && /does not support SSL/.test(error.message);
  return await withTls(address, key, connect, refused);
}
