import type { Csr } from "../data/matrix.ts";

/** How much each user tells of an item; `evaluate.baselines.itemKnn.featureWeighting` in the config. */
export type FeatureWeighting = "none" | "tfidf" | "bm25";

/** Of BM25, as Robertson and Walker (1994) and Ferrari Dacrema et al. (2019) have them. */
const K1 = 1.2;
const B = 0.75;

/**
 * The values of users x items as weights of terms in documents: items are documents, users are terms, so
 * that who buys everything tells less of each thing. With n_u the items of a user, n those with a buyer:
 * tfidf: sqrt(r) ln(n / (1 + n_u)). bm25: r (k1 + 1) / (r + k1 (1 - b + b |i| / mean)) ln(n / (1 + n_u)), |i| the
 * sum of an item's values. As in Ferrari Dacrema, Cremonesi, Jannach (2019), "Are we really making much
 * progress?", but for two things: the logarithm ends at zero, since a user of all items tells nothing, not the reverse;
 * and the weights are scaled to the mean square of the values, so that a shrinkage is worth as many users as without.
 */
export function weighFeatures(m: Csr, weighting: FeatureWeighting): Csr {
  if (weighting === "none") return m;
  const length = new Float64Array(m.cols);
  m.indices.forEach((item, p) => length[item]! += m.values[p]!);
  const bought = new Set(m.indices).size;
  // Nothing but zeros, where all purchases have faded, is a mean of zero.
  const mean = length.reduce((sum, value) => sum + value, 0) / bought || 1;
  const values = new Float32Array(m.values.length);
  for (let u = 0; u < m.rows; u++) {
    const [from, to] = [m.indptr[u]!, m.indptr[u + 1]!];
    const idf = Math.max(0, Math.log(bought / (1 + to - from)));
    for (let p = from; p < to; p++) {
      const r = m.values[p]!;
      const tf = weighting === "tfidf"
        ? Math.sqrt(r)
        : r * (K1 + 1) / (r + K1 * (1 - B + B * length[m.indices[p]!]! / mean));
      values[p] = tf * idf;
    }
  }
  const scale = Math.sqrt(squares(m.values) / squares(values));
  return { ...m, values: values.map((value) => Number.isFinite(scale) ? value * scale : value) };
}

function squares(values: Float32Array): number {
  let sum = 0;
  for (const value of values) sum += value * value;
  return sum;
}
