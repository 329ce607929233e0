/** The data sets of the bench, made once and kept in `.bench/data` under a digest of what made them. */
import { createHash } from "node:crypto";
import { join } from "node:path";
import { type Drawn, generate, GENERATOR, type Traded } from "./generate.ts";
import { type Pairs, readPairs, type Split, writePairs } from "./matrix.ts";
import { amazon, completeJourney, type RealSource, stampOf } from "./real.ts";

export interface DataSet {
  /** Holds train.indptr.npy, train.indices.npy, held.indptr.npy and held.indices.npy. */
  readonly folder: string;
  readonly users: number;
  readonly items: number;
  readonly train: Pairs;
  readonly held: Pairs;
}

export type Source = Traded | Drawn | RealSource;

/** The sets by name. */
export const sources = {
  a: { kind: "traded", users: 33_000, items: 30_000, orders: 5.9, heldOut: 0.2, seed: 42 },
  b: {
    kind: "drawn",
    users: 138_000,
    items: 27_000,
    pairs: 24e6 / 0.9,
    fewest: 20,
    heldOut: 0.1,
    seed: 42,
  },
  c: {
    kind: "drawn",
    users: 1_000_000,
    items: 200_000,
    pairs: 50e6,
    fewest: 5,
    heldOut: 0,
    seed: 42,
  },
  "5M": {
    kind: "drawn",
    users: 100_000,
    items: 27_000,
    pairs: 5e6,
    fewest: 5,
    heldOut: 0,
    seed: 42,
  },
  "10M": {
    kind: "drawn",
    users: 138_000,
    items: 27_000,
    pairs: 10e6,
    fewest: 5,
    heldOut: 0,
    seed: 42,
  },
  tiny: { kind: "traded", users: 300, items: 200, orders: 4, heldOut: 0.2, seed: 42 },
  beauty: { kind: "amazon", file: "amazon/Beauty.txt" },
  cj: { kind: "complete-journey", file: "complete-journey/transactions.parquet", weeks: 48 },
} as const satisfies Readonly<Record<string, Source>>;

/**
 * The data set of `source`, from `work`/data where it is there already. `shared` is where real
 * purchases lie. Throws `Deno.errors.NotFound` where those are missing.
 */
export async function openData(
  name: string,
  source: Source,
  { work, shared, log }: { work: string; shared: string; log: (line: string) => void },
): Promise<DataSet> {
  const made = "file" in source ? await stampOf(join(shared, source.file)) : GENERATOR;
  const key = createHash("sha256").update(JSON.stringify([source, made])).digest("hex");
  const folder = join(work, "data", `${name}-${key.slice(0, 12)}`);
  if (!await Deno.stat(folder).then(() => true, () => false)) {
    log(`making the purchases of ${name}`);
    await write(folder, await make(source, shared, work));
  }
  const { items } = JSON.parse(await Deno.readTextFile(join(folder, "shape.json")));
  if (typeof items !== "number") throw new TypeError(`${folder}/shape.json names no items`);
  const train = await readPairs(folder, "train", items);
  const held = await readPairs(folder, "held", items);
  return { folder, users: train.rows, items, train, held };
}

async function make(source: Source, shared: string, work: string): Promise<Split> {
  switch (source.kind) {
    case "amazon":
      return amazon(await Deno.readTextFile(join(shared, source.file)));
    case "complete-journey":
      return await completeJourney(join(shared, source.file), source.weeks, work);
    default:
      return generate(source);
  }
}

/** A folder appears whole or not at all. */
async function write(folder: string, { train, held }: Split): Promise<void> {
  const parent = join(folder, "..");
  await Deno.mkdir(parent, { recursive: true });
  const temporary = await Deno.makeTempDir({ dir: parent, prefix: ".making-" });
  await writePairs(temporary, "train", train);
  await writePairs(temporary, "held", held);
  await Deno.writeTextFile(join(temporary, "shape.json"), JSON.stringify({ items: train.cols }));
  await Deno.rename(temporary, folder);
}
