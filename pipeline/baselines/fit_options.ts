/** What a fit may be told beside its params; none of it changes a byte of the result. */
export interface BaselineOptions {
  /** Worker threads; default 1. */
  readonly threads?: number | undefined;
  /** Ends the fit between two steps. */
  readonly signal?: AbortSignal | undefined;
  /** Called now and then with how much is done. */
  readonly progress?: ((done: number, total: number) => void) | undefined;
}
