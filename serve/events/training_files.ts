/** What the store hands to a training: its events and deletions as files that ingest reads. */
import { join } from "node:path";
import type { DatabaseSync } from "node:sqlite";

/** What the files say of their store. */
export interface StoreFacts {
  readonly name: string;
  readonly salt: string;
  /** Later entries are left for the training after. */
  readonly through: number;
}

const EVENTS = "training-events.ndjson";
const DELETIONS = "training-deletions.ndjson";

/** Rows that are read in one turn: others are answered in between. */
const AT_ONCE = 5000;

/**
 * Writes both files into the folder `dir`, each only where it has a row, and returns the pipeline's
 * settings that name them. Throws where they cannot be written.
 */
export async function writeForTraining(
  dir: string,
  db: DatabaseSync,
  { name, salt, through }: StoreFacts,
): Promise<readonly string[]> {
  await removeTrainingFiles(dir);
  const events = db.prepare(
    `SELECT seq, user, item, quantity, time FROM events WHERE seq > ? AND seq <= ?
     ORDER BY seq LIMIT ${AT_ONCE}`,
  );
  const deletions = db.prepare(
    `SELECT seq, hash, time FROM deletions WHERE seq > ? AND seq <= ? ORDER BY seq LIMIT ${AT_ONCE}`,
  );
  const files = [
    {
      key: "source.events.path",
      path: join(dir, EVENTS),
      rows: (after: number) =>
        events.all(after, through).map(({ seq, user, item, quantity, time }) => ({
          ...{ store: name, seq, user, item },
          quantity: Number(quantity) / 1000,
          time: instant(time),
        })),
    },
    {
      key: "source.exclude.path",
      path: join(dir, DELETIONS),
      rows: (after: number) =>
        deletions.all(after, through)
          .map(({ seq, hash, time }) => ({ store: name, seq, salt, hash, time: instant(time) })),
    },
  ];
  const settings: string[] = [];
  for (const { key, path, rows } of files) {
    if (await write(path, rows)) settings.push(`${key}=${JSON.stringify(path)}`);
  }
  return settings;
}

/** Removes the files: customers' purchases need not lie about. */
export async function removeTrainingFiles(dir: string): Promise<void> {
  for (const name of [EVENTS, DELETIONS]) {
    await Deno.remove(join(dir, name)).catch((error) => {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    });
  }
}

/** Writes one JSON object a line; returns whether there was any, else there is no file. */
async function write(
  path: string,
  rows: (after: number) => { readonly seq: unknown }[],
): Promise<boolean> {
  let part = rows(0);
  if (part.length === 0) return false;
  using file = await Deno.open(path, { write: true, create: true, truncate: true, mode: 0o600 });
  const encoder = new TextEncoder();
  for (; part.length > 0; part = rows(Number(part.at(-1)?.seq))) {
    const bytes = encoder.encode(part.map((row) => JSON.stringify(row) + "\n").join(""));
    for (let at = 0; at < bytes.length;) at += await file.write(bytes.subarray(at));
  }
  return true;
}

function instant(seconds: unknown): string {
  return new Date(Number(seconds) * 1000).toISOString();
}
