/** The filter that a query asks for. */
import type { ItemFilter } from "../../pipeline/filters.ts";

/** The filter of a GET: `category` is the attribute of that name. */
export function filterOf(
  { exclude, category, brand }: {
    readonly exclude?: readonly string[] | undefined;
    readonly category?: readonly string[] | undefined;
    readonly brand?: readonly string[] | undefined;
  },
): ItemFilter {
  return { exclude, brands: brand, attributes: category && { category } };
}
