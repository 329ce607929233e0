/** Offsets of arrays in a memory that is made once all of them are known. */
export class Layout {
  /** The first page is the kernels' own. */
  #end = 65_536;

  /** Room for `bytes`, at a multiple of 64. */
  take(bytes: number): number {
    const at = this.#end;
    this.#end += Math.ceil(bytes / 64) * 64;
    return at;
  }

  /** How long the memory must be. */
  get bytes(): number {
    return this.#end;
  }
}
