/** What the training part says of items: no model's doing, hence fair to judge any model by. */
import { type Csr, rowIndices, transpose } from "../data/matrix.ts";

export interface TrainingFacts {
  /** Items of the catalogue. */
  readonly items: number;
  /** items: share of the training users who bought it. */
  readonly popularity: Float64Array;
  /** items: -log2 of that share; an item that nobody bought counts as one with one buyer. */
  readonly selfInformation: Float64Array;
  /** Mean over the test users of the mean popularity of what they bought in training. */
  readonly profilePopularity: number;
  /** items x sampled users: who bought it in training, ascending. */
  readonly buyers: Csr;
}

/** Users whose purchases tell how alike two items are, at most: every n-th, so that it stays quick. */
export const SAMPLED_USERS = 50_000;

/** `train` is users x items; `testUsers` are its rows that are judged, each with a purchase. */
export function trainingFacts(train: Csr, testUsers: Uint32Array): TrainingFacts {
  let users = 0;
  for (let u = 0; u < train.rows; u++) if (train.indptr[u + 1]! > train.indptr[u]!) users++;
  const counts = new Uint32Array(train.cols);
  for (const item of train.indices) counts[item]!++;
  const popularity = Float64Array.from(counts, (count) => users === 0 ? 0 : count / users);
  let profiles = 0;
  for (const user of testUsers) {
    let sum = 0;
    const bought = rowIndices(train, user);
    for (const item of bought) sum += popularity[item]!;
    profiles += bought.length === 0 ? 0 : sum / bought.length;
  }
  return {
    items: train.cols,
    popularity,
    selfInformation: Float64Array.from(
      counts,
      (count) => users === 0 ? 0 : Math.log2(users / Math.max(1, count)),
    ),
    profilePopularity: testUsers.length === 0 ? 0 : profiles / testUsers.length,
    buyers: transpose(everyNth(train, Math.ceil(train.rows / SAMPLED_USERS))),
  };
}

/** The rows 0, n, 2n, … of `m`. */
function everyNth(m: Csr, n: number): Csr {
  if (n <= 1) return m;
  const rows = Math.ceil(m.rows / n);
  const indptr = new Uint32Array(rows + 1);
  for (let r = 0; r < rows; r++) {
    indptr[r + 1] = indptr[r]! + m.indptr[r * n + 1]! - m.indptr[r * n]!;
  }
  const indices = new Uint32Array(indptr[rows]!);
  for (let r = 0; r < rows; r++) indices.set(rowIndices(m, r * n), indptr[r]!);
  return { rows, cols: m.cols, indptr, indices, values: new Float32Array(indices.length).fill(1) };
}
