/** A notebook that was never executed, for tests. */
import type { Notebook } from "../../notebooks/run/notebook.ts";

/** One cell of code for each source: `c0`, `c1` and so on. */
export function codeNotebook(
  sources: readonly string[],
  metadata: Notebook["metadata"] = {},
): Notebook {
  const cells = sources.map((source, n) => ({
    cell_type: "code" as const,
    id: `c${n}`,
    metadata: {},
    source,
    execution_count: null,
    outputs: [],
  }));
  return { cells, metadata, nbformat: 4, nbformat_minor: 5 };
}
