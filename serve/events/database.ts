/** The file of the event store: an SQLite database that one process holds. */
import { DatabaseSync } from "node:sqlite";

/** The folder of events, or the file in it, cannot be written. */
export class UnwritableError extends Error {
  override readonly name = "UnwritableError";

  /** At `path`, for the reason that `error` gives. */
  constructor(path: string, error: unknown) {
    const why = error instanceof Error ? error.message : String(error);
    super(
      `${path} cannot be written: ${why}. Check the folder's rights and the disk, or name another ` +
        "by --events",
      { cause: error },
    );
  }
}

/** Says in the file's header whose it is: "RECO". */
const APPLICATION = 0x5245434f;

/** Of the tables below. A newer file is refused, an older one would be brought up to it here. */
const VERSION = 1;

/** How long another process may take to let the file go, in milliseconds: one that is stopping. */
const PATIENCE_MS = 1000;

/**
 * seq: order of arrival, over events and deletions. quantity: thousandths of a piece. time, received:
 * seconds since 1970 UTC. id: the sender's own, by which a repetition is known.
 */
const TABLES = `
CREATE TABLE store (name TEXT NOT NULL, salt TEXT NOT NULL, sequence INTEGER NOT NULL) STRICT;
CREATE TABLE events (
  seq INTEGER PRIMARY KEY,
  user TEXT NOT NULL,
  item TEXT NOT NULL,
  quantity INTEGER NOT NULL,
  time INTEGER NOT NULL,
  received INTEGER NOT NULL,
  id TEXT UNIQUE
) STRICT;
CREATE INDEX events_by_user ON events (user, seq);
CREATE TABLE deletions (
  hash TEXT PRIMARY KEY,
  seq INTEGER NOT NULL,
  time INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
`;

/** Pages of the log before they are moved into the database, which holds up who asks meanwhile. */
const LOG_PAGES = 4000;

/** The write-ahead log of the database at `path`: what is in it and synced, a crash does not lose. */
export function logOf(path: string): string {
  return `${path}-wal`;
}

/**
 * Opens the database at `path`, or makes it. A commit is in the write-ahead log, whole or not at all, but
 * not synced: who must know that it is on the disk syncs the log (`logOf`). SQLite syncs both files where
 * it moves one into the other. What is deleted is overwritten.
 *
 * Throws `Deno.errors.Busy` where another process holds it, `SyntaxError` where it is damaged, another
 * program's or of a newer version, and `UnwritableError` where it cannot be written.
 */
export function openDatabase(path: string): DatabaseSync {
  let db: DatabaseSync | undefined;
  try {
    db = new DatabaseSync(path);
    // Exclusive from the start: then the index of the log is in memory, and no second process gets in.
    db.exec(`PRAGMA busy_timeout = ${PATIENCE_MS}; PRAGMA locking_mode = EXCLUSIVE;`);
    const fault = foreign(db);
    if (fault !== undefined) throw new SyntaxError(`${path} ${fault}`);
    db.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON;`);
    const damage = textOf(db, "PRAGMA quick_check(1)");
    if (damage !== "ok") throw new SyntaxError(`${path} is damaged: ${damage}. ${RESTORE}`);
    // The write takes the lock, which is then kept, and syncs the log and its place in the folder.
    db.exec("BEGIN IMMEDIATE");
    if (numberOf(db, "PRAGMA user_version") === 0) {
      db.exec(
        `${TABLES} PRAGMA application_id = ${APPLICATION}; PRAGMA user_version = ${VERSION};`,
      );
      const random = (bytes: number) => crypto.getRandomValues(new Uint8Array(bytes)).toHex();
      db.prepare("INSERT INTO store (name, salt, sequence) VALUES (?, ?, 0)")
        .run(random(8), random(16));
    }
    db.exec("UPDATE store SET sequence = sequence");
    db.exec("COMMIT");
    db.exec(`PRAGMA synchronous = NORMAL; PRAGMA wal_autocheckpoint = ${LOG_PAGES};`);
    return db;
  } catch (error) {
    try {
      db?.close();
    } catch {
      // The first error says more.
    }
    throw told(path, error);
  }
}

const RESTORE = "Restore it from a backup, or move it away: then a new, empty one is made";

/** Why a file is none of ours, in words; `undefined` where it is, or is new. */
function foreign(db: DatabaseSync): string | undefined {
  const application = numberOf(db, "PRAGMA application_id");
  const version = numberOf(db, "PRAGMA user_version");
  if (application === APPLICATION) {
    return version <= VERSION ? undefined : `was written by a newer version of this program ` +
      `(format ${version}, and this one knows ${VERSION}): install that one again`;
  }
  const empty = application === 0 && version === 0 &&
    numberOf(db, "SELECT count(*) FROM sqlite_master") === 0;
  return empty ? undefined : "is a database of another program: name another folder";
}

/** SQLite's words are few: what they mean here. */
function told(path: string, error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof SyntaxError) return error;
  const { message } = error;
  if (/locked|busy/i.test(message)) {
    return new Deno.errors.Busy(
      `${path} is in use by another server: stop that one, or start this one with another ` +
        "--events and --port",
      { cause: error },
    );
  }
  if (/not a database|malformed|corrupt|encrypted/i.test(message)) {
    return new SyntaxError(`${path} is damaged: ${message}. ${RESTORE}`, { cause: error });
  }
  if (/readonly|read-only|unable to open|disk I\/O|full/i.test(message)) {
    return new UnwritableError(path, error);
  }
  return error;
}

/** The single number that a query gives. */
export function numberOf(db: DatabaseSync, sql: string): number {
  return Number(firstOf(db, sql));
}

function textOf(db: DatabaseSync, sql: string): string {
  return String(firstOf(db, sql));
}

function firstOf(db: DatabaseSync, sql: string): unknown {
  return Object.values(db.prepare(sql).get() ?? {})[0];
}
