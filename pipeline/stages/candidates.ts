import type { Csr } from "../data/matrix.ts";
import type { Target } from "../metrics/test_set.ts";
import type { Candidates } from "../topk/lists.ts";

/** The candidates among which a list is judged: those that could be relevant; undefined: every item. */
export function candidatesFor(target: Target, bought: Csr): Candidates | undefined {
  if (target === "all") return undefined;
  return { pairs: bought, mode: target === "new" ? "without" : "only" };
}
