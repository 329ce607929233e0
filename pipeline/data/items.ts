/** One product of the catalogue. */
export interface Item {
  /** As in the purchases. */
  readonly id: string;
  /** As customers see it; null where it is not known. */
  readonly name: string | null;
  /** Null where it has none. */
  readonly brand: string | null;
  /** Further columns of the catalogue, by name; null where empty. */
  readonly attributes: Readonly<Record<string, string | null>>;
}
