/** The models that are served: trained on generated purchases, kept in `.bench/serve`. */
import { join } from "node:path";
import { buyers, loadModel, type Model, saveModel } from "../../../pipeline/als/model.ts";
import { simd } from "../../../pipeline/als/simd.ts";
import type { Csr } from "../../../pipeline/data/matrix.ts";
import { openData, type Source, sources } from "../train/data.ts";
import { type Pairs, problemOf } from "../train/matrix.ts";
import { writeNpy } from "../train/npy.ts";

/** A model on disk. */
export interface ServedModel {
  /** As `saveModel` writes it: what the recommender serves. */
  readonly dir: string;
  /** The same as the rival reads it. */
  readonly plain: string;
  readonly model: Model;
}

export interface ModelRequest {
  readonly users: number;
  readonly items: number;
  readonly factors: number;
  readonly threads: number;
}

/** Sweeps of the fit: as many as reach the target of `bench:train`, and a few more. */
const SWEEPS = 10;

/** The model of this size, made where it is not there yet. */
export async function openModel(
  { users, items, factors, threads }: ModelRequest,
  { work, log }: { readonly work: string; readonly log: (line: string) => void },
): Promise<ServedModel> {
  const folder = join(work, "serve", `${users}x${items}x${factors}`);
  const [dir, plain] = [join(folder, "model"), join(folder, "plain")];
  const known = await loadModel(dir).catch(() => undefined);
  if (known !== undefined && await Deno.stat(join(plain, "done")).then(() => true, () => false)) {
    return { dir, plain, model: known };
  }
  const like = sources.a;
  const source: Source = users === like.users && items === like.items
    ? like
    : { kind: "drawn", users, items, pairs: 20 * users, fewest: 5, heldOut: 0, seed: 42 };
  const data = await openData(`serve-${users}x${items}`, source, { work, shared: "", log });
  log(`training ${users} x ${items}, ${factors} factors`);
  const model = await trained(data.train, factors, threads);
  await Deno.mkdir(plain, { recursive: true });
  await saveModel(dir, model);
  await savePlain(plain, model);
  return { dir, plain, model: await loadModel(dir) };
}

async function trained(train: Pairs, factors: number, threads: number): Promise<Model> {
  const { rows: users, cols: items } = train;
  const seen: Csr = { ...train, values: new Float32Array(train.indices.length).fill(1) };
  const weights = { alpha: 30, lambda: 100, regularization: "constant" } as const;
  const problem = problemOf(train, weights);
  let fitted: Pick<Model, "userFactors" | "itemFactors"> | undefined;
  const options = { factors, iterations: SWEEPS, threads, seed: 1 };
  for await (const { sweep, userFactors, itemFactors } of simd.solve(problem, options)) {
    if (sweep < SWEEPS) continue;
    fitted = {
      userFactors: { rows: users, cols: factors, data: userFactors.slice() },
      itemFactors: { rows: items, cols: factors, data: itemFactors.slice() },
    };
  }
  if (!fitted) throw new Error("The solver yielded no sweep");
  // Ids and texts of the lengths that a shop has.
  const digits = (n: number, length: number) => String(n).padStart(length, "0");
  return {
    ...fitted,
    users: Array.from({ length: users }, (_, u) => `b9cbac77a336d62efd54404d${digits(u, 8)}`),
    items: Array.from({ length: items }, (_, i) => ({
      id: String(10_000_000 + i),
      name: `Product ${i} in a box of twelve, ${["red", "green", "blue"][i % 3]}`,
      brand: `Brand ${i % 997}`,
      attributes: { category: `Category ${i % 61}` },
    })),
    seen,
    popularity: buyers(seen),
    manifest: {
      version: 1,
      model: "",
      data: "generated",
      split: "none",
      params: { factors, iterations: SWEEPS, ...weights },
      files: {},
      integerItemIds: true,
      fittedOn: "all",
      sweeps: SWEEPS,
      biasColumns: 0,
      trendColumns: 0,
      metricsFittedOn: "train",
      metrics: {},
      baselines: {},
      versions: { deno: Deno.version.deno },
    },
  };
}

/** The model as NumPy arrays and JSON. */
async function savePlain(folder: string, model: Model): Promise<void> {
  const { userFactors, itemFactors, seen } = model;
  for (
    const [name, { data, rows, cols }] of [["users", userFactors], ["items", itemFactors]] as const
  ) {
    await writeNpy(join(folder, `${name}.npy`), data, [rows, cols]);
  }
  await writeNpy(join(folder, "train.indptr.npy"), seen.indptr);
  await writeNpy(join(folder, "train.indices.npy"), seen.indices);
  const catalogue = model.items.map(({ id, name, brand }) => ({ id: Number(id), name, brand }));
  await Deno.writeTextFile(join(folder, "users.json"), JSON.stringify(model.users));
  await Deno.writeTextFile(join(folder, "catalogue.json"), JSON.stringify(catalogue));
  await Deno.writeTextFile(join(folder, "done"), "");
}
