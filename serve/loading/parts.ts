/** What the thread that loads a model tells the one that serves. */
import type { Model } from "../../pipeline/als/model.ts";
import type { Item } from "../../pipeline/data/items.ts";
import type { Prepared } from "../../pipeline/prepared.ts";

/** A model without its texts. */
export type Arrays = Omit<Model, "users" | "items">;

/** Texts come in parts, each of which is taken over in about a millisecond. */
export type Part =
  | { readonly part: "arrays"; readonly arrays: Arrays; readonly prepared: Prepared }
  | { readonly part: "users"; readonly users: readonly string[] }
  | { readonly part: "items"; readonly items: readonly Item[] }
  | { readonly part: "end" }
  | { readonly part: "failed"; readonly name: string; readonly message: string };

/** What the thread that serves says: first what to load, then after each part that it wants the next. */
export type Wanted = { readonly dir: string } | typeof NEXT;

export const NEXT = "next";

/** Ids, or items, of a part. */
export const PART_SIZE = 1000;
