/** Who bought what, without quantities: the matrices of the bench, on disk as they are in memory. */
import { join } from "node:path";
import { Random } from "../../../pipeline/data/sample/random.ts";
import type { Csr } from "../../../pipeline/data/matrix.ts";
import type { Problem } from "../../../pipeline/als/solver.ts";
import { readNpy, writeNpy } from "./npy.ts";

/** A matrix of ones in compressed rows: `Csr` without values. */
export type Pairs = Omit<Csr, "values">;

/** What solvers fit, and what a ranking by their factors is judged by. */
export interface Split {
  /** users x items */
  readonly train: Pairs;
  /** users x items, no pair of `train` among them. */
  readonly held: Pairs;
}

/** What makes a problem of pairs. */
export interface Weights {
  /** The confidence of a purchase is 1 + alpha. */
  readonly alpha: number;
  readonly lambda: number;
  /** weighted: lambda times the row's number of entries. */
  readonly regularization: "constant" | "weighted";
}

/** The problem that every solver and rival of a case fits. */
export function problemOf(train: Pairs, { alpha, lambda, regularization }: Weights): Problem {
  const perItem = new Uint32Array(train.cols);
  for (const item of train.indices) perItem[item]!++;
  const perUser = Uint32Array.from(
    { length: train.rows },
    (_, u) => train.indptr[u + 1]! - train.indptr[u]!,
  );
  // A row without entries is zero whatever its lambda, which only has to be above zero.
  const lambdas = (counts: Uint32Array) =>
    Float64Array.from(counts, (n) => lambda * (regularization === "weighted" ? n || 1 : 1));
  return {
    confidence: { ...train, values: new Float32Array(train.indices.length).fill(alpha) },
    userLambda: lambdas(perUser),
    itemLambda: lambdas(perItem),
  };
}

/** Sets a seeded share of each user's pairs aside, but never all of them. */
export function holdOut(all: Pairs, share: number, seed: number): Split {
  const random = new Random(seed);
  const held = new Uint8Array(all.indices.length);
  for (let u = 0; u < all.rows; u++) {
    const [from, to] = [all.indptr[u]!, all.indptr[u + 1]!];
    let kept = 0;
    for (let p = from; p < to; p++) {
      if (random.chance(share)) held[p] = 1;
      else kept++;
    }
    if (kept === 0) held.fill(0, from, to);
  }
  return { train: select(all, held, 0), held: select(all, held, 1) };
}

/** The entries whose mark is `wanted`. */
export function select(all: Pairs, marks: Uint8Array, wanted: number): Pairs {
  const { rows, cols } = all;
  const indptr = new Uint32Array(rows + 1);
  let count = 0;
  for (const mark of marks) if (mark === wanted) count++;
  const indices = new Uint32Array(count);
  let at = 0;
  for (let r = 0; r < rows; r++) {
    for (let p = all.indptr[r]!; p < all.indptr[r + 1]!; p++) {
      if (marks[p] === wanted) indices[at++] = all.indices[p]!;
    }
    indptr[r + 1] = at;
  }
  return { rows, cols, indptr, indices };
}

/** Writes `name`.indptr.npy (rows + 1) and `name`.indices.npy into `folder`. */
export async function writePairs(folder: string, name: string, pairs: Pairs): Promise<void> {
  await writeNpy(join(folder, `${name}.indptr.npy`), pairs.indptr);
  await writeNpy(join(folder, `${name}.indices.npy`), pairs.indices);
}

/** Reads what `writePairs` has written. */
export async function readPairs(folder: string, name: string, cols: number): Promise<Pairs> {
  const { data: indptr } = await readNpy(join(folder, `${name}.indptr.npy`), Uint32Array);
  const { data: indices } = await readNpy(join(folder, `${name}.indices.npy`), Uint32Array);
  return { rows: indptr.length - 1, cols, indptr, indices };
}
