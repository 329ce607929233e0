/**
 * A sparse matrix in compressed rows. Row `r` holds the entries `indptr[r] .. indptr[r + 1]`;
 * its columns ascend and are unique.
 */
export interface Csr {
  /** Number of rows. */
  readonly rows: number;
  /** Number of columns; `indices` are below it. */
  readonly cols: number;
  /** rows + 1 */
  readonly indptr: Uint32Array;
  /** entries */
  readonly indices: Uint32Array;
  /** entries */
  readonly values: Float32Array;
}

/** A dense matrix, row-major: `data[r * cols + c]`. */
export interface Dense {
  /** Number of rows. */
  readonly rows: number;
  /** Number of columns. */
  readonly cols: number;
  /** rows x cols */
  readonly data: Float32Array;
}

/**
 * Builds a matrix from entries in any order; entries at the same place are added up in the order
 * given. `value` may be shorter than needed only if it is left out: then every entry is 1.
 */
export function csrFromEntries(
  rows: number,
  cols: number,
  row: ArrayLike<number>,
  col: ArrayLike<number>,
  value?: ArrayLike<number>,
): Csr {
  // Two stable counting sorts, by column and then by row, leave columns ascending in each row.
  const byCol = countingOrder(cols, col, undefined);
  const order = countingOrder(rows, row, byCol);
  const indptr = new Uint32Array(rows + 1);
  const indices = new Uint32Array(order.length);
  const sums = new Float64Array(order.length);
  let entries = 0;
  let lastRow = -1;
  let lastCol = -1;
  for (const at of order) {
    const r = row[at]!;
    const c = col[at]!;
    const v = value ? value[at]! : 1;
    if (r === lastRow && c === lastCol) {
      sums[entries - 1]! += v;
      continue;
    }
    indices[entries] = c;
    sums[entries] = v;
    entries++;
    indptr[r + 1]!++;
    lastRow = r;
    lastCol = c;
  }
  for (let r = 0; r < rows; r++) indptr[r + 1]! += indptr[r]!;
  return {
    rows,
    cols,
    indptr,
    indices: indices.slice(0, entries),
    values: Float32Array.from(sums.subarray(0, entries)),
  };
}

/** The transpose: entries of each row in ascending order of the old row. */
export function transpose(m: Csr): Csr {
  const indptr = new Uint32Array(m.cols + 1);
  for (const c of m.indices) indptr[c + 1]!++;
  for (let c = 0; c < m.cols; c++) indptr[c + 1]! += indptr[c]!;
  const next = indptr.slice(0, m.cols);
  const indices = new Uint32Array(m.indices.length);
  const values = new Float32Array(m.values.length);
  for (let r = 0; r < m.rows; r++) {
    for (let p = m.indptr[r]!; p < m.indptr[r + 1]!; p++) {
      const at = next[m.indices[p]!]!++;
      indices[at] = r;
      values[at] = m.values[p]!;
    }
  }
  return { rows: m.cols, cols: m.rows, indptr, indices, values };
}

/** The columns of row `r`, ascending: a view. */
export function rowIndices(m: Csr, r: number): Uint32Array {
  return m.indices.subarray(m.indptr[r]!, m.indptr[r + 1]!);
}

/**
 * The columns of `m` that have a place from 0 in `place` (cols), each moved there, in a matrix of `cols`
 * columns. Places ascend with columns; -1 leaves one out.
 */
export function selectColumns(m: Csr, place: Int32Array, cols: number): Csr {
  const indptr = new Uint32Array(m.rows + 1);
  const indices = new Uint32Array(m.indices.length);
  const values = new Float32Array(m.indices.length);
  let kept = 0;
  for (let r = 0; r < m.rows; r++) {
    for (let p = m.indptr[r]!; p < m.indptr[r + 1]!; p++) {
      const to = place[m.indices[p]!]!;
      if (to < 0) continue;
      indices[kept] = to;
      values[kept++] = m.values[p]!;
    }
    indptr[r + 1] = kept;
  }
  return {
    rows: m.rows,
    cols,
    indptr,
    indices: indices.slice(0, kept),
    values: values.slice(0, kept),
  };
}

/** A copy of `m` with `cols` columns: zeros behind its own. */
export function widened(m: Dense, cols: number): Dense {
  const data = new Float32Array(m.rows * cols);
  for (let r = 0; r < m.rows; r++) {
    data.set(m.data.subarray(r * m.cols, (r + 1) * m.cols), r * cols);
  }
  return { rows: m.rows, cols, data };
}

/** Positions of `key` in ascending order of its values, equal ones in the order of `from`. */
function countingOrder(
  size: number,
  key: ArrayLike<number>,
  from: Uint32Array | undefined,
): Uint32Array {
  const start = new Uint32Array(size + 1);
  for (let i = 0; i < key.length; i++) {
    const k = key[i]!;
    if (!(k >= 0 && k < size)) {
      throw new RangeError(`Index ${k} of entry ${i} is not below ${size}`);
    }
    start[k + 1]!++;
  }
  for (let k = 0; k < size; k++) start[k + 1]! += start[k]!;
  const order = new Uint32Array(key.length);
  for (let i = 0; i < key.length; i++) {
    const at = from ? from[i]! : i;
    order[start[key[at]!]!++] = at;
  }
  return order;
}
