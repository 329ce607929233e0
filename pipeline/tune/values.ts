/** Plain values of a parsed config. */
import type { Params, Value } from "./draw.ts";

/** Of a section those params that have a value: all, or those of `names`. Throws `TypeError` for a list. */
export function paramsOf(section: object, names: readonly string[] = Object.keys(section)): Params {
  const all = new Map<string, unknown>(Object.entries(section));
  return Object.fromEntries(
    names.filter((name) => all.get(name) !== undefined)
      .map((name) => [name, valueOf(all.get(name))]),
  );
}

function valueOf(value: unknown): Value {
  if (value === null || typeof value === "number" || typeof value === "string") return value;
  if (typeof value === "boolean") return value;
  if (typeof value === "object" && !Array.isArray(value)) return paramsOf(value);
  throw new TypeError(`${JSON.stringify(value)} is no value that can be tuned`);
}
