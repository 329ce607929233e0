/** The last export as the start of a fit: what `train.init` = "previous" asks for. */
import type { Factors } from "../data/formats.ts";
import { type Interactions, pairs } from "../data/interactions.ts";
import type { Item } from "../data/items.ts";
import type { Model } from "../als/model.ts";
import { checkWidth, mayHaveSeen, startFrom } from "../als/previous.ts";
import type { Reporter } from "../engine/effects.ts";
import type { Input } from "../engine/stage.ts";

interface Inputs {
  readonly previous: Input<Model | undefined>;
  readonly users: Input<readonly string[] | undefined>;
  readonly items: Input<readonly Item[] | undefined>;
}

interface Params {
  readonly init: "fresh" | "previous";
  readonly model: string;
  readonly factors: number;
  readonly seed: number;
}

/** The last export, to start fits of these users and items from. */
export interface Previous {
  /** "sha256:" and 64 hex digits. */
  readonly model: string;
  /** When the latest purchase was that it knows, ISO 8601 in UTC; undefined: it does not say. */
  readonly fittedUntil: string | undefined;
  /** Whether it may know of a purchase later than `cut`, in seconds; null: a time not known. */
  mayHaveSeen(cut: number | null): boolean;
  /** Its factors for a fit of `part`, and a line that says how much of them fits. */
  start(part: Interactions): { readonly factors: Factors; readonly line: string };
}

/**
 * The last export, where `init` asks for it and there is one; that there is none is reported. Throws
 * `RangeError` where it is of another kind or width, and as `loadModel` does, with the remedy for here.
 */
export async function openPrevious(
  inputs: Inputs,
  params: Params,
  report: Reporter,
): Promise<Previous | undefined> {
  if (params.init === "fresh") return undefined;
  const model = await read(inputs.previous);
  if (model === undefined) {
    report.log("there is no earlier export to start from, so this fit starts afresh");
    return undefined;
  }
  const { manifest } = model;
  // One that does not say it is older than the second model.
  const kind = manifest.params.model ?? "als";
  if (kind !== params.model) {
    throw new RangeError(
      `The last export is of the model "${kind}", train.model is "${params.model}": factors of one ` +
        `mean nothing to the other; set train.init to "fresh" for one run`,
    );
  }
  // Also where this fit will not start from it: the one that is exported will.
  checkWidth(model, params.factors);
  const users = await inputs.users.read() ?? [];
  const items = (await inputs.items.read() ?? []).map(({ id }) => id);
  return {
    model: manifest.model,
    fittedUntil: manifest.fittedUntil,
    mayHaveSeen: (cut) => mayHaveSeen(manifest, cut),
    start(part) {
      const bought = pairs(part);
      const { factors, ...known } = startFrom(model, { users, items, pairs: bought }, params);
      const line = `starts from the export ${manifest.model.slice(0, 19)}, which has ` +
        `${known.users} of ${count(bought.indptr)} users and ` +
        `${known.items} of ${new Set(bought.indices).size} items with purchases`;
      return { factors, line };
    },
  };
}

/** Rows with an entry. */
function count(indptr: Uint32Array): number {
  let rows = 0;
  for (let r = 1; r < indptr.length; r++) if (indptr[r]! > indptr[r - 1]!) rows++;
  return rows;
}

async function read(previous: Input<Model | undefined>): Promise<Model | undefined> {
  try {
    return await previous.read();
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const remedy = 'Move that folder away, or set train.init to "fresh" for one run';
    throw Object.assign(new Error(`The last export is not usable: ${reason}`, { cause }), {
      remedy,
    });
  }
}
