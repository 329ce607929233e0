import { type Csr, rowIndices } from "../data/matrix.ts";

/** Which test items count: not bought in training, bought there, or all. */
export type Target = "new" | "repeat" | "all";

/** Whom and what a ranking is judged by: the same for every model. */
export interface TestSet {
  /** Ascending: those with a training interaction and a relevant test item. */
  readonly users: Uint32Array;
  /** users x items: row `r` holds the relevant items of `users[r]`; values are 1. */
  readonly relevant: Csr;
  /** Users left out: with a relevant test item and no training interaction. */
  readonly coldUsers: number;
  /** Distinct relevant items without a training interaction. */
  readonly unknownItems: number;
  /** Relevant pairs whose item has no training interaction. */
  readonly unknownPairs: number;
}

/**
 * The test set of a split; `train` and `test` are users x items. The test part may have users and
 * items beyond those of the training part: they count as cold and unknown. `fitted` is what the model
 * was fitted on, where `train` also has users who are folded in.
 */
export function testSet(train: Csr, test: Csr, target: Target, fitted: Csr = train): TestSet {
  const trained = new Uint8Array(Math.max(train.cols, test.cols));
  for (const item of fitted.indices) trained[item] = 1;
  const unknown = new Set<number>();
  const users: number[] = [];
  const indptr: number[] = [0];
  const indices: number[] = [];
  let coldUsers = 0;
  let unknownPairs = 0;
  for (let u = 0; u < test.rows; u++) {
    const bought = u < train.rows ? rowIndices(train, u) : new Uint32Array(0);
    const before = new Set(bought);
    const relevant = rowIndices(test, u).filter((item) =>
      target === "all" || before.has(item) === (target === "repeat")
    );
    if (relevant.length === 0) continue;
    if (bought.length === 0) {
      coldUsers++;
      continue;
    }
    users.push(u);
    for (const item of relevant) {
      indices.push(item);
      if (trained[item] === 1) continue;
      unknown.add(item);
      unknownPairs++;
    }
    indptr.push(indices.length);
  }
  return {
    users: Uint32Array.from(users),
    relevant: {
      rows: users.length,
      cols: test.cols,
      indptr: Uint32Array.from(indptr),
      indices: Uint32Array.from(indices),
      values: new Float32Array(indices.length).fill(1),
    },
    coldUsers,
    unknownItems: unknown.size,
    unknownPairs,
  };
}
