import type { Csr } from "../data/matrix.ts";

/**
 * Rows of a sparse matrix cut into rectangles that tensor ops can take: rows of like length, padded
 * to the longest one.
 */
export interface Bucket {
  /** Place of its first row in the order of the side. */
  readonly first: number;
  readonly rows: number;
  /** Entries of its longest row. */
  readonly length: number;
  /** rows x length; columns as places in the other side's order; 0 where padded. */
  readonly columns: Int32Array;
  /** rows x length; preference: 1 where there is an entry, 0 where padded. */
  readonly preference: Float32Array;
  /** rows x length; extra confidence c - 1; 0 where padded. */
  readonly extra: Float32Array;
}

/**
 * The order in which a solver keeps the rows of one side: longest first, equal ones by row, those
 * without entries last. Rows of one bucket are then neighbours, and no scatter is needed.
 */
export function longestFirst(m: Csr): Uint32Array {
  const length = (r: number) => m.indptr[r + 1]! - m.indptr[r]!;
  return Uint32Array.from({ length: m.rows }, (_, r) => r)
    .sort((a, b) => length(b) - length(a) || a - b);
}

/**
 * Buckets over the rows of `m` that have entries, in the order given.
 *
 * @param columnPlace where each column stands in the other side's order
 * @param cells most padded entries in one bucket, unless a single row is longer
 */
export function* buckets(
  m: Csr,
  order: Uint32Array,
  columnPlace: Uint32Array,
  cells: number,
): Generator<Bucket> {
  const lengthAt = (place: number) => {
    const r = order[place];
    return r === undefined ? 0 : m.indptr[r + 1]! - m.indptr[r]!;
  };
  for (let first = 0; lengthAt(first) > 0;) {
    const length = lengthAt(first);
    let rows = 1;
    // A row shorter than three quarters would be padded more than it is worth.
    while (lengthAt(first + rows) * 4 >= length * 3 && (rows + 1) * length <= cells) rows++;
    const columns = new Int32Array(rows * length);
    const preference = new Float32Array(rows * length);
    const extra = new Float32Array(rows * length);
    for (let r = 0; r < rows; r++) {
      const row = order[first + r]!;
      let at = r * length;
      for (let p = m.indptr[row]!; p < m.indptr[row + 1]!; p++, at++) {
        columns[at] = columnPlace[m.indices[p]!]!;
        preference[at] = 1;
        extra[at] = m.values[p]!;
      }
    }
    yield { first, rows, length, columns, preference, extra };
    first += rows;
  }
}

/** Where each row stands in `order`. */
export function placesOf(order: Uint32Array): Uint32Array {
  const places = new Uint32Array(order.length);
  for (let place = 0; place < order.length; place++) places[order[place]!] = place;
  return places;
}
