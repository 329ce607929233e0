/** Vectors as points in the plane, those alike close to each other. */
import { uniformInt } from "pure-rand/distribution/uniformInt";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";
import { UMAP } from "umap-js";

const DRAWS = 2 ** 31;

/**
 * A plane that keeps neighbours by cosine together: UMAP (McInnes, Healy & Melville 2018), the same
 * points for the same vectors and seed. Which groups lie beside which says something, how far apart or
 * how large they are does not. Throws `RangeError` for fewer than four vectors.
 */
export function planeOf(
  vectors: readonly (readonly number[])[],
  seed = 42,
): readonly (readonly [x: number, y: number])[] {
  if (vectors.length < 4) {
    throw new RangeError(`${vectors.length} vectors make no map: give at least four`);
  }
  const random = xoroshiro128plus(seed);
  const umap = new UMAP({
    nComponents: 2,
    nNeighbors: Math.min(15, vectors.length - 1),
    minDist: 0.25,
    distanceFn: cosineDistance,
    random: () => uniformInt(random, 0, DRAWS - 1) / DRAWS,
  });
  return umap.fit(vectors.map((vector) => [...vector]))
    .map(([x = 0, y = 0]) => [x, y] as const);
}

function cosineDistance(a: readonly number[], b: readonly number[]): number {
  let [product, aa, bb] = [0, 0, 0];
  for (let k = 0; k < a.length; k++) {
    product += a[k]! * b[k]!;
    aa += a[k]! ** 2;
    bb += b[k]! ** 2;
  }
  return aa === 0 || bb === 0 ? 1 : 1 - product / Math.sqrt(aa * bb);
}
