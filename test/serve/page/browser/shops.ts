/** The servers that are looked at, by their addresses: what `page_test.ts` starts. */
export interface Shops {
  /** Shows customers. */
  readonly shop: string;
  /** The same, to who has `token`. */
  readonly guarded: string;
  readonly token: string;
  /** Shows customers to nobody. */
  readonly baskets: string;
  /** Has no model. */
  readonly empty: string;
}

/** A customer with purchases, one of whom nothing is known, and one who bought since the training. */
export const CUSTOMERS = { known: "user1", unknown: "nobody at all", since: "user2" } as const;
