/** In which cells two executions of a notebook differ. */
import { isDeepStrictEqual } from "node:util";
import { type Notebook, outputsOf } from "./notebook.ts";

/** "code cell 3" for each cell whose outputs in `committed` are not those of `made`. */
export function differences(committed: Notebook, made: Notebook): string[] {
  const [before, after] = [outputsOf(committed), outputsOf(made)].map((cells) =>
    // What reads a notebook back joins no lines: compare what was put out, not how it is split.
    cells.map((cell) => JSON.parse(JSON.stringify(cell), joined))
  );
  return (after ?? []).flatMap((cell, n) =>
    isDeepStrictEqual(before?.[n], cell) ? [] : [`code cell ${n + 1}`]
  );
}

function joined(_: string, value: unknown): unknown {
  const lines = Array.isArray(value) && value.length > 0 &&
    value.every((line) => typeof line === "string");
  return lines ? value.join("") : value;
}
