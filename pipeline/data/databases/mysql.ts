/** Reads MySQL and MariaDB: every question of one snapshot, row by row as the server sends them. */
// @ts-types="./mysql2.d.ts"
import { type Connection, createConnection, type Field } from "mysql2";
import { isIP } from "node:net";
import { z } from "zod";
import type { Address } from "./address.ts";
import { connectTimeout, tlsOptions, withTls } from "./connection.ts";
import { databaseFailure } from "./failure.ts";
import type { Question } from "./query.ts";
import { bitsText, decimalText, floatText } from "./values.ts";

/** The character set of what is no text. */
const BINARY = 63;
/** Types by their numbers in the protocol: the blobs, VAR_STRING, STRING and GEOMETRY. */
const OF_BYTES = new Set([249, 250, 251, 252, 253, 254, 255, 15]);

/**
 * After so many rows others get their turn: as long as the server has more ready, nothing else, Ctrl-C
 * among it, would.
 */
const PAUSE_AFTER = 5000;

/**
 * Asks all questions of the database at `address` in one transaction, REPEATABLE READ and READ ONLY, of
 * one snapshot (tables of InnoDB; others have none). Each row goes to its question's sink as it comes:
 * the server waits where this process is slow.
 *
 * Throws `DatabaseError`, and what a sink throws.
 */
export async function readMysql(
  address: Address,
  questions: readonly Question[],
  signal: AbortSignal,
): Promise<void> {
  const key = questions[0]?.url ?? "";
  const connection = await connected(address, key);
  let lost: unknown;
  connection.on("error", (error: unknown) => lost ??= error);
  const { promise: stopped, reject } = Promise.withResolvers<never>();
  stopped.catch(() => {});
  const stop = () =>
    void kill(connection, address, key).catch(() => {}).finally(() => {
      hangUp(connection);
      reject(signal.reason);
    });
  signal.addEventListener("abort", stop, { once: true });
  let current = key;
  try {
    signal.throwIfAborted();
    for (
      const statement of [
        "SET SESSION time_zone = '+00:00', SESSION net_write_timeout = 600",
        "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ",
        "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY",
      ]
    ) await ask(connection, statement);
    for (const question of questions) {
      current = question.key;
      await Promise.race([stream(connection, question, signal), stopped]);
    }
    await ask(connection, "COMMIT");
  } catch (error) {
    signal.throwIfAborted();
    throw databaseFailure(lost ?? error, address, current);
  } finally {
    signal.removeEventListener("abort", stop);
    hangUp(connection);
  }
}

const fieldsSchema = z.array(z.object({
  name: z.string(),
  characterSet: z.number().optional(),
  columnType: z.number().optional(),
  extendedTypeName: z.string().optional(),
}));

/** Asks one question; its rows are handed on before the next packet is looked at. */
function stream(
  connection: Connection,
  { key, sql, sink }: Question,
  signal: AbortSignal,
): Promise<void> {
  return new Promise((resolve, reject) => {
    let failed = false;
    const fail = (error: unknown) => {
      failed = true;
      reject(error);
      hangUp(connection);
    };
    const guarded = <T>(use: (value: T) => void) => (value: T) => {
      if (failed) return;
      try {
        signal.throwIfAborted();
        use(value);
      } catch (error) {
        fail(error);
      }
    };
    let [results, rows] = [0, 0];
    let columns = 0;
    const query = connection.query({ sql, rowsAsArray: true, typeCast: textOf });
    query.on("error", fail);
    query.on(
      "fields",
      guarded((found: unknown) => {
        const fields = fieldsSchema.safeParse(found);
        if (!fields.success || results++ > 0) {
          throw new TypeError(
            `${key} gives ${fields.success ? "several tables" : "no rows"}: write one SELECT`,
          );
        }
        for (const { name, characterSet, columnType = 0, extendedTypeName } of fields.data) {
          if (characterSet === BINARY && OF_BYTES.has(columnType) && !extendedTypeName) {
            throw new TypeError(`${key}: column "${name}" holds bytes: write HEX(${name})`);
          }
        }
        columns = fields.data.length;
        sink.open(fields.data.map(({ name }) => name));
      }),
    );
    query.on(
      "result",
      guarded((row: unknown) => {
        if (!isRow(row, columns)) throw new TypeError(`${key} gives no rows: write one SELECT`);
        sink.add(row);
        if (++rows % PAUSE_AFTER !== 0) return;
        connection.pause();
        setTimeout(() => connection.resume());
      }),
    );
    query.on("end", () => {
      if (!failed) resolve();
    });
    // A connection that ends without a word leaves its query without an answer.
    connection.once("end", () => fail(new Error("The connection was lost")));
  });
}

/** What `textOf` made, told at the border: two million rows are too many for a schema. */
function isRow(row: unknown, columns: number): row is readonly (string | null)[] {
  return Array.isArray(row) && row.length === columns;
}

/** A value's text: the server writes all of them as text. */
function textOf(field: Field): string | null {
  if (field.type === "BIT") {
    const bytes = field.buffer();
    return bytes === null ? null : bitsText(bytes);
  }
  // JSON comes as bytes, which are UTF-8 by its definition.
  const text = field.type === "JSON" ? field.string("utf8") : field.string();
  if (text === null) return null;
  if (field.type === "NEWDECIMAL" || field.type === "DECIMAL") return decimalText(text);
  return field.type === "FLOAT" || field.type === "DOUBLE" ? floatText(text) : text;
}

/** Ends a query that nobody waits for any more: the server itself notices only when it sends a row. */
async function kill({ threadId }: Connection, address: Address, key: string): Promise<void> {
  const other = await connected(address, key);
  try {
    if (threadId !== null) await ask(other, `KILL ${threadId}`);
  } finally {
    hangUp(other);
  }
}

/** The driver alone would take in what the server has still to send. */
function hangUp(connection: Connection): void {
  connection.destroy();
  connection.stream.destroy();
}

function ask(connection: Connection, sql: string): Promise<void> {
  return new Promise((resolve, reject) => {
    connection.query(sql, (error) => error === null ? resolve() : reject(error));
  });
}

async function connected(address: Address, key: string): Promise<Connection> {
  // The driver compares names alone.
  if (address.tls === "verify-full" && isIP(address.host) !== 0) {
    throw new TypeError(`${key}: sslmode=verify-full wants a name in place of ${address.host}`);
  }
  const connect = async (encrypted: boolean) => {
    const { host, port, user, password, database } = address;
    const ssl = encrypted
      ? { ssl: { ...await tlsOptions(address), verifyIdentity: address.tls === "verify-full" } }
      : {};
    const connection = createConnection({
      host,
      port,
      charset: "utf8mb4",
      connectTimeout,
      enableKeepAlive: true,
      multipleStatements: false,
      ...(user === undefined ? {} : { user }),
      ...(password === undefined ? {} : { password }),
      ...(database === undefined ? {} : { database }),
      ...ssl,
    });
    return await new Promise<Connection>((resolve, reject) => {
      connection.connect((error) => {
        if (error === null) return resolve(connection);
        connection.destroy();
        reject(error);
      });
    });
  };
  const refused = (error: unknown) =>
    error instanceof Error && "code" in error && error.code === "HANDSHAKE_NO_SSL_SUPPORT";
  return await withTls(address, key, connect, refused);
}
