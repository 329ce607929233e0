/** A trained model, in memory and on disk. Loading needs neither DuckDB nor FFI. */
import { basename, dirname, join, resolve } from "node:path";
import { csrFormat, dense, denseTensor } from "../data/formats.ts";
import type { Item } from "../data/items.ts";
import type { Csr, Dense } from "../data/matrix.ts";
import { pick, readSafetensors, writeSafetensors } from "../data/safetensors.ts";
import { readItems, readUsers } from "../data/tables.ts";
import {
  fileDigest,
  isManifest,
  MANIFEST,
  type Manifest,
  modelDigest,
  readManifest,
} from "./manifest.ts";

/** A trained model with all that is needed to answer: what `export` writes and `serve` loads. */
export interface Model {
  /** users x factors, then biases, then the trend where the manifest says so: `learnedColumns` */
  readonly userFactors: Dense;
  /** items x factors, as the users' */
  readonly itemFactors: Dense;
  /** Ids by user index, ascending. */
  readonly users: readonly string[];
  /** By item index, ids ascending. */
  readonly items: readonly Item[];
  /** users x items, what each user has bought (net quantity above zero); values are quantities. */
  readonly seen: Csr;
  /** items; how many users bought it: the order of popular items. */
  readonly popularity: Float32Array;
  /**
   * entries of `seen`; the extra confidence c - 1 that each was fitted with. There where a half-life
   * decayed purchases: the quantities of `seen` alone do not tell it.
   */
  readonly confidence?: Float32Array | undefined;
  /** Where it comes from, and how good it is. */
  readonly manifest: Manifest;
}

const FACTORS = "model.safetensors";
const USERS = "users.parquet";
const ITEMS = "items.parquet";
const SEEN = "seen.safetensors";
const FILES = [FACTORS, ITEMS, SEEN, USERS];

/**
 * Writes a model to the folder `dir`, which it makes or, where a model is in it, replaces: built
 * beside it, then swapped by rename. Returns the manifest with the digests of the files.
 *
 * Throws `TypeError` where the parts of the model do not fit together, and
 * `Deno.errors.AlreadyExists` where `dir` holds something else than a model.
 */
export async function saveModel(dir: string, model: Model): Promise<Manifest> {
  const fault = inconsistency(model);
  if (fault !== undefined) throw new TypeError(`The model cannot be saved: ${fault}`);
  // Only writing needs DuckDB; a server that only loads must never start it.
  const { itemsFormat, usersFormat } = await import("../data/parquet.ts");
  const target = resolve(dir);
  const replace = await holdsModel(target);
  const unique = crypto.randomUUID();
  const draft = join(dirname(target), `.${basename(target)}.${unique}.new`);
  const old = join(dirname(target), `.${basename(target)}.${unique}.old`);
  await Deno.mkdir(draft, { recursive: true });
  try {
    await writeSafetensors(join(draft, FACTORS), {
      tensors: {
        user_factors: denseTensor(model.userFactors),
        item_factors: denseTensor(model.itemFactors),
        popularity: { shape: [model.items.length], data: model.popularity },
        ...(model.confidence &&
          { confidence: { shape: [model.confidence.length], data: model.confidence } }),
      },
      metadata: {},
    });
    await csrFormat.write(join(draft, SEEN), model.seen);
    await itemsFormat.write(join(draft, ITEMS), model.items);
    await usersFormat.write(join(draft, USERS), model.users);
    const files: Record<string, string> = {};
    for (const name of FILES) files[name] = await fileDigest(join(draft, name));
    const manifest = { ...model.manifest, model: modelDigest(files), files };
    await Deno.writeTextFile(join(draft, MANIFEST), JSON.stringify(manifest, null, 2) + "\n");
    if (replace) await Deno.rename(target, old);
    try {
      await Deno.rename(draft, target);
    } catch (error) {
      if (replace) await Deno.rename(old, target);
      throw error;
    }
    if (replace) await Deno.remove(old, { recursive: true });
    return manifest;
  } catch (error) {
    await Deno.remove(draft, { recursive: true }).catch(() => {});
    throw error;
  }
}

/**
 * Loads the model in `dir` and checks every digest and that all parts fit together.
 *
 * Throws `Deno.errors.NotFound` where there is no model or a file of it is missing, and
 * `SyntaxError` where a file is damaged or does not belong to the others; the message names the file.
 */
export async function loadModel(dir: string): Promise<Model> {
  const manifest = await readManifest(dir, FILES);
  const file = await readSafetensors(join(dir, FACTORS));
  const model: Model = {
    userFactors: dense(file, "user_factors"),
    itemFactors: dense(file, "item_factors"),
    popularity: pick(file, "popularity", Float32Array).data,
    users: await readUsers(join(dir, USERS)),
    items: await readItems(join(dir, ITEMS)),
    seen: await csrFormat.read(join(dir, SEEN)),
    ...(file.tensors.confidence &&
      { confidence: pick(file, "confidence", Float32Array).data }),
    manifest,
  };
  const fault = inconsistency(model);
  if (fault !== undefined) {
    throw new SyntaxError(
      `The model in ${dir} is not usable: ${fault}. Make it again with \`deno task pipeline\``,
    );
  }
  return model;
}

/**
 * The columns of the factors that were learned, the first ones, without biases and trend behind them:
 * what is alike, and what an unseen basket is fitted to, is said by these alone.
 */
export function learnedColumns({ itemFactors, manifest }: Model): number {
  return itemFactors.cols - manifest.biasColumns - manifest.trendColumns;
}

/** How many users bought each item: the entries of each column. */
export function buyers({ cols, indices }: Csr): Float32Array {
  const counts = new Float32Array(cols);
  for (const item of indices) counts[item]!++;
  return counts;
}

/** What does not fit in a model, in words; `undefined` where all does. */
function inconsistency(model: Model): string | undefined {
  const { userFactors, itemFactors, users, items, seen, popularity } = model;
  const counts: [string, number, string, number][] = [
    ["rows of user factors", userFactors.rows, "users", users.length],
    ["rows of item factors", itemFactors.rows, "items", items.length],
    ["columns of user factors", userFactors.cols, "columns of item factors", itemFactors.cols],
    ["rows of seen pairs", seen.rows, "users", users.length],
    ["columns of seen pairs", seen.cols, "items", items.length],
    ["popularity counts", popularity.length, "items", items.length],
    ["row pointers of seen pairs", seen.indptr.length, "users + 1", users.length + 1],
    ["entries of seen pairs", seen.indices.length, "last row pointer", seen.indptr.at(-1) ?? 0],
    ["values of seen pairs", seen.values.length, "entries", seen.indices.length],
    [
      "confidences",
      model.confidence?.length ?? seen.indices.length,
      "entries",
      seen.indices.length,
    ],
  ];
  for (const [what, found, than, expected] of counts) {
    if (found !== expected) return `there are ${found} ${what}, but ${expected} ${than}`;
  }
  if (learnedColumns(model) < 1) return "it has biases or a trend but no learned factor";
  for (let u = 0; u < seen.rows; u++) {
    const from = seen.indptr[u]!;
    const to = seen.indptr[u + 1]!;
    if (from > to || (u === 0 && from !== 0)) return `row pointer ${u} of the seen pairs descends`;
    for (let p = from; p < to; p++) {
      const item = seen.indices[p]!;
      if (item >= seen.cols) return `user row ${u} has seen item ${item} of ${seen.cols}`;
      if (p > from && item <= seen.indices[p - 1]!) {
        return `seen items of user row ${u} are unsorted`;
      }
    }
  }
  for (const [what, ids] of [["user", users], ["item", items.map(({ id }) => id)]] as const) {
    if (new Set(ids).size !== ids.length) return `there are two ${what}s with the same id`;
  }
  const other = model.manifest.integerItemIds
    ? items.find(({ id }) => String(Number(id)) !== id || !Number.isSafeInteger(Number(id)))
    : undefined;
  if (other !== undefined) {
    return `${MANIFEST} says that all item ids are integers, but one is ${
      JSON.stringify(other.id)
    }`;
  }
  for (const [what, { data }] of [["user", userFactors], ["item", itemFactors]] as const) {
    if (!data.every(Number.isFinite)) return `a ${what} factor is not finite`;
  }
  const extra = model.confidence?.find((value) => !(value >= 0 && value < Infinity));
  if (extra !== undefined) return `a confidence is 1 + ${extra}`;
  return undefined;
}

/**
 * Whether there is a folder at `dir` to replace: one that holds nothing or a model, be it damaged.
 * Files that only have the names of a model's may be a shop's own tables.
 */
async function holdsModel(dir: string): Promise<boolean> {
  const names: string[] = [];
  try {
    for await (const entry of Deno.readDir(dir)) names.push(entry.name);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    if (!(error instanceof Deno.errors.NotADirectory)) throw error;
    throw new Deno.errors.AlreadyExists(
      `${dir} cannot be replaced by a model: it is, or lies in, a file. Name another folder`,
    );
  }
  const foreign = names.find((name) => name !== MANIFEST && !FILES.includes(name));
  if (foreign !== undefined) {
    throw new Deno.errors.AlreadyExists(
      `${dir} cannot be replaced by a model: ${foreign} is no part of one. Name another folder`,
    );
  }
  if (names.length > 0 && !await isManifest(join(dir, MANIFEST))) {
    throw new Deno.errors.AlreadyExists(
      `${dir} cannot be replaced by a model: its ${names.join(", ")} are not a model's, or ` +
        `${MANIFEST} is missing or damaged. Name another folder, or remove this one`,
    );
  }
  return true;
}
