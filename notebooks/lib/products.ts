/** Products and purchases as people call them. */

/** What names a product. */
export interface Named {
  readonly id: string;
  readonly name: string | null;
  readonly brand: string | null;
}

/** "Walnut spatula · Lowland Craft"; the id of a product without a name. */
export function label({ id, name, brand }: Named): string {
  return [name ?? id, brand].filter((part) => part !== null && part !== "").join(" · ");
}

/** The beginning of a customer's id: enough to tell customers of a page apart. */
export function shortId(id: string): string {
  return id.length > 12 ? `${id.slice(0, 12)}…` : id;
}
