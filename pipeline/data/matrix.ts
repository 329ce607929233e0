/**
 * A sparse matrix in compressed rows. Row `r` holds the entries `indptr[r] .. indptr[r + 1]`;
 * its columns ascend and are unique.
 */
export interface Csr {
  readonly rows: number;
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
  readonly rows: number;
  readonly cols: number;
  readonly data: Float32Array;
}
