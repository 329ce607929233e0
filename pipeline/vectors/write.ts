/** A model as files for PostgreSQL with pgvector: tables as COPY reads them, and SQL around them. */
import { basename, join } from "node:path";
import { z } from "zod";
import { fileDigest } from "../als/manifest.ts";
import type { Model } from "../als/model.ts";
import { syncTree, textOf } from "../engine/atomic.ts";
import { replaceBuilt } from "../engine/replace.ts";
import { UsageError } from "../errors.ts";
import { copyRow, copyText, copyVector, NULL, storable } from "./copy.ts";
import { checkLimits, type Index } from "./limits.ts";
import { indexSql, loadSql, schemaSql, swapSql } from "./sql.ts";

/** How a model is written. */
export interface VectorsOptions {
  /** Of the database. */
  readonly schema: string;
  readonly index: Index;
  readonly signal?: AbortSignal | undefined;
}

/** What was written. */
export interface VectorsSummary {
  /** Digest of the model. */
  readonly model: string;
  /** Of the vectors. */
  readonly columns: number;
  readonly index: Index;
  readonly schema: string;
  /** Rows of each table. */
  readonly items: number;
  readonly users: number;
  readonly seen: number;
  /** Texts of items in which U+FFFD stands for a character that PostgreSQL cannot store. */
  readonly replaced: number;
  /** Files with their digests. */
  readonly files: Readonly<Record<string, string>>;
}

/** What tells a folder of such files from others. */
const MANIFEST = "vectors.json";
const FILES = ["items.copy", "users.copy", "seen.copy"];
const SCRIPTS = {
  "load.sql": loadSql,
  "schema.sql": schemaSql,
  "index.sql": indexSql,
  "swap.sql": swapSql,
};
const manifestSchema = z.looseObject({ kind: z.literal("pgvector"), model: z.string() });

/** Characters that are put together before they are written. */
const CHUNK = 2 ** 20;

/**
 * Writes `model` into the folder `dir` (absolute), in place of an earlier export: built beside it, then
 * swapped by rename. Equal models give equal bytes; memory beside the model's is that of a chunk.
 *
 * Throws `UsageError` where `dir` holds something else, the schema's name does not fit, or pgvector has no
 * such index for so many columns, and `TypeError` where an id cannot be stored.
 */
export async function writeVectors(
  dir: string,
  model: Model,
  { schema, index, signal }: VectorsOptions,
): Promise<VectorsSummary> {
  checkSchema(schema);
  checkLimits(model, index);
  await refuseForeign(dir);
  const columns = model.itemFactors.cols;
  const options = { schema, columns, index, model: model.manifest.model };
  const counts = { items: model.items.length, users: model.users.length };
  const summary = { ...options, ...counts, seen: model.seen.indices.length };
  let replaced = 0;
  const rows = {
    "items.copy": itemRows(model, () => replaced++),
    "users.copy": userRows(model),
    "seen.copy": seenRows(model),
  };
  let written: VectorsSummary | undefined;
  await replaceBuilt(dir, async (draft) => {
    await Deno.mkdir(draft);
    const files: Record<string, string> = {};
    for (const [name, of] of Object.entries(rows)) {
      await writeLines(join(draft, name), of, signal);
      files[name] = await fileDigest(join(draft, name));
    }
    for (const [name, sql] of Object.entries(SCRIPTS)) {
      await Deno.writeTextFile(join(draft, name), sql(options));
      files[name] = await fileDigest(join(draft, name));
    }
    written = { ...summary, replaced, files };
    const manifest = { kind: "pgvector", version: 1, ...written };
    await Deno.writeTextFile(join(draft, MANIFEST), JSON.stringify(manifest, null, 2) + "\n");
    await syncTree(draft);
  });
  return written!;
}

/** index, id, name, brand, attributes, buyers, factors */
function* itemRows(
  { items, itemFactors: { cols, data }, popularity }: Model,
  onReplaced: () => void,
): Generator<string> {
  const text = (value: string) => {
    const stored = storable(value);
    if (stored !== value) onReplaced();
    return stored;
  };
  const field = (value: string | null) => value === null ? NULL : copyText(text(value));
  for (const [index, { id, name, brand, attributes }] of items.entries()) {
    const known = Object.entries(attributes).filter((entry) => entry[1] !== null)
      .map(([key, value]) => [key, text(value!)]);
    const json = copyText(JSON.stringify(Object.fromEntries(known)));
    const fields = [index, copyText(id), field(name), field(brand), json, popularity[index]!];
    yield copyRow([...fields, copyVector(data, index * cols, cols)]);
  }
}

/** index, id, factors */
function* userRows({ users, userFactors: { cols, data } }: Model): Generator<string> {
  for (const [index, id] of users.entries()) {
    yield copyRow([index, copyText(id), copyVector(data, index * cols, cols)]);
  }
}

/** user_index, item_index, quantity */
function* seenRows({ seen: { rows, indptr, indices, values } }: Model): Generator<string> {
  for (let user = 0; user < rows; user++) {
    for (let at = indptr[user]!; at < indptr[user + 1]!; at++) {
      yield copyRow([user, indices[at]!, Number(values[at]!.toPrecision(9))]);
    }
  }
}

async function writeLines(
  path: string,
  lines: Iterable<string>,
  signal: AbortSignal | undefined,
): Promise<void> {
  using file = await Deno.open(path, { write: true, createNew: true });
  const encoder = new TextEncoder();
  let chunk = "";
  const flush = async () => {
    signal?.throwIfAborted();
    const bytes = encoder.encode(chunk);
    for (let at = 0; at < bytes.length;) at += await file.write(bytes.subarray(at));
    chunk = "";
  };
  for (const line of lines) {
    chunk += line;
    if (chunk.length >= CHUNK) await flush();
  }
  await flush();
}

/** It goes into SQL as it is: no quotes, whatever the user's own rules for names are. */
function checkSchema(schema: string): void {
  if (
    /^[a-z_][a-z0-9_]{0,49}$/.test(schema) && !/^(pg_|public$|information_schema$)/.test(schema)
  ) {
    return;
  }
  throw new UsageError(
    `--schema ${schema}: the name of a schema of its own is up to 50 small letters, digits and _`,
    "Give one as --schema recommender",
  );
}

/** Refuses to replace a folder that holds more than an earlier export. */
async function refuseForeign(dir: string): Promise<void> {
  const remedy = "Name a folder of its own by --out DIR, or move what is there away";
  const names: string[] = [];
  try {
    for await (const { name } of Deno.readDir(dir)) names.push(name);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return;
    if (!(error instanceof Deno.errors.NotADirectory)) throw error;
    throw new UsageError(`${dir} cannot be replaced: it is, or lies in, a file`, remedy);
  }
  if (names.length === 0) return;
  const ours = [...FILES, ...Object.keys(SCRIPTS), MANIFEST];
  const foreign = names.find((name) => !ours.includes(name));
  if (foreign !== undefined) {
    throw new UsageError(`${dir} cannot be replaced: no export made the ${foreign} in it`, remedy);
  }
  if (isExport(await textOf(join(dir, MANIFEST)))) return;
  throw new UsageError(
    `${dir} cannot be replaced: it holds no earlier export, since ${MANIFEST} of ${
      basename(dir)
    } is ` +
      "missing or another's",
    remedy,
  );
}

function isExport(text: string | undefined): boolean {
  try {
    return manifestSchema.safeParse(JSON.parse(text ?? "")).success;
  } catch {
    return false;
  }
}
