/** One product of the catalogue. */
export interface Item {
  readonly id: string;
  readonly name: string | null;
  readonly brand: string | null;
  /** Further columns of the catalogue, by name; null where empty. */
  readonly attributes: Readonly<Record<string, string | null>>;
}
