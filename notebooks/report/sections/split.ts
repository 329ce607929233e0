/** What was held back, and what it leaks. */
import { leakLines } from "../../../pipeline/data/split/leak.ts";
import { count, day } from "../../lib/numbers.ts";
import type { Cell } from "../../lib/table.ts";
import { type Block, type Section, text } from "../blocks.ts";
import type { RunData } from "../read_run.ts";

const WARNING = /^warning: /;

/** The parts, the strategy, the leak guard's verdict. */
export function splitSection({ split, evaluation }: RunData): Section {
  const part = (name: string, of: RunData["split"]["train"] | null): Cell[][] =>
    of === null ? [] : [[name, of.interactions, of.users, of.pairs]];
  const { strategy, requested, cut, gapDays, days, leaks, unused } = split;
  const asked = requested === strategy ? "" : ` (asked for: ${requested})`;
  const when = cut === null ? "" : ` Training holds what is not later than ${day(cut)}` +
    `${gapDays > 0 ? `, then ${gapDays} days are in no part` : ""}; ${days} days are tested.`;
  return {
    id: "split",
    folded: true,
    title: "Split, and what it leaks",
    blocks: [
      text(`Strategy: ${strategy}${asked}.${when}`),
      text(`What the strategy leaks by design: ${leaks}`),
      ...leakLines(split.leak).map((line): Block =>
        WARNING.test(line)
          ? { kind: "warning", text: line.replace(WARNING, "") }
          : text(`The guard's verdict. ${line}.`)
      ),
      {
        kind: "table",
        caption: "The parts",
        columns: ["part", "purchases and returns", "customers", "pairs"],
        rows: [
          ...part("training", split.train),
          ...part("folded in", split.foldIn),
          ...part("test", split.test),
        ],
      },
      text(
        `${count(evaluation.users)} customers are tested on ${count(evaluation.relevant)} pairs; ` +
          `${count(evaluation.coldUsers)} without a training purchase are left out. ` +
          `${count(evaluation.unknownTestPairs)} test pairs are of ${
            count(evaluation.unknownTestItems)
          } ` +
          "products that training does not know: no model can find them. " +
          (unused.gap + unused.later === 0
            ? ""
            : `${count(unused.gap)} purchases lie in the gap, ${
              count(unused.later)
            } after the tested days.`),
      ),
    ],
  };
}
