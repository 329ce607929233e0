/** A sparse matrix in the kernels' memory. */
import type { Csr } from "../data/matrix.ts";
import type { Layout } from "../kernels/layout.ts";

/** Where its arrays lie, in the order in which kernels take them. */
export type CsrPlace = readonly [indptr: number, indices: number, values: number];

/** Room for a matrix. */
export function placeCsr(layout: Layout, { rows, indices }: Csr): CsrPlace {
  return [
    layout.take(4 * (rows + 1)),
    layout.take(4 * indices.length),
    layout.take(4 * indices.length),
  ];
}

/** Puts a matrix in place. */
export function writeCsr(
  { buffer }: WebAssembly.Memory,
  [indptr, indices, values]: CsrPlace,
  m: Csr,
): void {
  new Uint32Array(buffer, indptr, m.indptr.length).set(m.indptr);
  new Uint32Array(buffer, indices, m.indices.length).set(m.indices);
  new Float32Array(buffer, values, m.values.length).set(m.values);
}
