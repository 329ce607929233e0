/** How good a ranking is: mean NDCG@10 of the held-out pairs, by the project's own metric code. */
import { uniformInt } from "pure-rand/distribution/uniformInt";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";
import { meanNdcg } from "../../../pipeline/metrics/ranking.ts";
import { testSet } from "../../../pipeline/metrics/test_set.ts";
import { TopKPool } from "../../../pipeline/topk/pool.ts";
import type { Csr } from "../../../pipeline/data/matrix.ts";
import type { DataSet } from "./data.ts";
import type { Pairs } from "./matrix.ts";

const K = 10;

/** Judges factors by the same users, the full catalogue, training items removed. */
export class Judge implements Disposable {
  /** Users that the figure is a mean over. */
  readonly users: number;
  readonly #train: Csr;
  readonly #rows: Uint32Array;
  readonly #relevant: Csr;
  readonly #pool: TopKPool;

  /** A seeded sample of `most` users where more have something held out. */
  constructor({ train, held }: DataSet, threads: number, most: number) {
    this.#train = ones(train);
    const all = testSet(this.#train, ones(held), "new");
    const rows = sample(all.users.length, most);
    this.#rows = Uint32Array.from(rows, (r) => all.users[r]!);
    this.#relevant = takeRows(all.relevant, rows);
    this.users = rows.length;
    this.#pool = new TopKPool(threads);
  }

  /** users x factors, items x factors, row-major. */
  async ndcg(users: Float32Array, items: Float32Array, factors: number): Promise<number> {
    const lists = await this.#pool.topK({
      users: { rows: users.length / factors, cols: factors, data: users },
      items: { rows: items.length / factors, cols: factors, data: items },
      rows: this.#rows,
      k: K,
      candidates: { pairs: this.#train, mode: "without" },
    });
    return meanNdcg(lists, this.#relevant, K);
  }

  [Symbol.dispose](): void {
    this.#pool[Symbol.dispose]();
  }
}

function ones(pairs: Pairs): Csr {
  return { ...pairs, values: new Float32Array(pairs.indices.length).fill(1) };
}

/** `most` of the numbers below `count`, ascending; all where there are no more. */
function sample(count: number, most: number): Uint32Array {
  const all = Uint32Array.from({ length: count }, (_, at) => at);
  if (count <= most) return all;
  const generator = xoroshiro128plus(1);
  for (let n = 0; n < most; n++) {
    const drawn = uniformInt(generator, n, count - 1);
    [all[n], all[drawn]] = [all[drawn]!, all[n]!];
  }
  return all.slice(0, most).sort();
}

function takeRows(m: Csr, rows: Uint32Array): Csr {
  const parts = [...rows].map((r) => m.indices.subarray(m.indptr[r]!, m.indptr[r + 1]!));
  const indptr = new Uint32Array(rows.length + 1);
  parts.forEach((part, at) => indptr[at + 1] = indptr[at]! + part.length);
  const indices = new Uint32Array(indptr[rows.length]!);
  parts.forEach((part, at) => indices.set(part, indptr[at]!));
  const values = new Float32Array(indices.length).fill(1);
  return { rows: rows.length, cols: m.cols, indptr, indices, values };
}
