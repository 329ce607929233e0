/**
 * Purchases as columns, one entry for each (user, item, time), ordered by user, item, time.
 * Returns are negative quantities: `pairs` nets them.
 */
export interface Interactions {
  /** Number of users; indices are below it. */
  readonly users: number;
  /** Number of items; indices are below it. */
  readonly items: number;
  readonly user: Uint32Array;
  readonly item: Uint32Array;
  readonly quantity: Float64Array;
  /** Seconds since 1970 UTC; `undefined` where the source has no time. */
  readonly time: Float64Array | undefined;
}
