/** What PostgreSQL and pgvector cannot hold, said before anything is written. */
import type { Model } from "../als/model.ts";
import { UsageError } from "../errors.ts";
import { unstorable } from "./copy.ts";

/** How items are indexed: by their vectors, by the same as float16, or not at all. */
export const INDEXES = ["hnsw", "halfvec", "none"] as const;
export type Index = (typeof INDEXES)[number];

/** Most dimensions: of pgvector's type `vector`, and of an index over it or over `halfvec`. */
const MOST = { none: 16_000, hnsw: 2_000, halfvec: 4_000 } as const;
/** The largest float16. */
const MOST_HALF = 65_504;
/** Bytes of an id: an entry of a B-tree has a third of a page, 2,704 bytes, for its head and the text. */
const MOST_ID = 2_600;

/**
 * Throws `UsageError` where pgvector has no such index for the model's vectors, and `TypeError` where an
 * id or an attribute's name cannot be stored as it is.
 */
export function checkLimits(model: Model, index: Index): void {
  const { cols, data } = model.itemFactors;
  if (cols > MOST.none) {
    throw new UsageError(
      `The model has ${cols} columns, and pgvector's vectors have at most ${MOST.none} dimensions`,
      "Train with fewer factors",
    );
  }
  if (cols > MOST[index]) {
    const other = index === "hnsw" && cols <= MOST.halfvec
      ? `--index halfvec, which takes ${MOST.halfvec}, or `
      : "";
    throw new UsageError(
      `The model has ${cols} columns, and pgvector indexes at most ${
        MOST[index]
      } dimensions of a ` +
        (index === "hnsw" ? "vector" : "halfvec"),
      `Give ${other}--index none (every query is then exact), or train with fewer factors`,
    );
  }
  if (index === "halfvec") {
    for (const factors of [data, model.userFactors.data]) {
      const large = factors.find((value) => Math.abs(value) > MOST_HALF);
      if (large === undefined) continue;
      throw new UsageError(
        `A factor is ${large}, and halfvec holds none beyond ${MOST_HALF}`,
        "Give --index hnsw or --index none",
      );
    }
  }
  model.users.forEach((id, at) => checkId("User", id, at));
  model.items.forEach(({ id }, at) => checkId("Item", id, at));
  for (const name of new Set(model.items.flatMap(({ attributes }) => Object.keys(attributes)))) {
    const why = unstorable(name);
    if (why === undefined) continue;
    throw new TypeError(
      `The attribute ${JSON.stringify(name)} has ${why}, in its name: give the column another one`,
    );
  }
}

function checkId(what: string, id: string, at: number): void {
  const remedy = "Correct it in the purchases and run the pipeline again";
  const why = unstorable(id);
  if (why !== undefined) {
    throw new TypeError(`${what} ${at}, ${shown(id)}, has ${why}, in its id. ${remedy}`);
  }
  if (id.length * 3 <= MOST_ID) return;
  const bytes = new TextEncoder().encode(id).length;
  if (bytes <= MOST_ID) return;
  throw new TypeError(
    `${what} ${at}, ${shown(id)}, has an id of ${bytes} bytes, and PostgreSQL's index takes ` +
      `${MOST_ID}. ${remedy}`,
  );
}

function shown(id: string): string {
  return JSON.stringify(id.length > 60 ? id.slice(0, 60) + "…" : id);
}
