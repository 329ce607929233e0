/** Runs the split stage alone on interactions. */
import type { Interactions } from "../../pipeline/data/interactions.ts";
import type { Strategy } from "../../pipeline/data/split.ts";
import { split } from "../../pipeline/stages/split.ts";
import { idsOf } from "./parts.ts";
import { runStage } from "./run_stage.ts";

function items(count: number) {
  return idsOf("i", count).map((id) => ({ id, name: null, brand: null, attributes: {} }));
}

const columns = { user: "user_id_hash", item: "catalog_item_id" };
const defaults = { ...split.params.parse({ columns: {} }), columns };

export interface Params {
  strategy?: "auto" | Strategy;
  days?: number;
  cut?: string;
  gapDays?: number;
  earlierDays?: number;
  fraction?: number;
  heldOut?: { users: number; foldIn: number };
  seed?: number;
}

/** What the stage wrote, said, and has for the lock file. */
export async function runSplit(
  interactions: Interactions,
  params: Params = {},
  given?: readonly string[],
) {
  const lines: string[] = [];
  await using out = await runStage(split, {
    params: { ...defaults, ...params },
    inputs: {
      interactions,
      users: idsOf("u", interactions.users),
      items: items(interactions.items),
      given,
    },
    report: { log: (line) => lines.push(line), progress() {} },
  });
  const [train, test, foldIn, summary] = await Promise.all([
    out.train.read(),
    out.test.read(),
    out.foldIn.read(),
    out.summary.read(),
  ]);
  return { train, test, foldIn, summary, lines, flat: await split.metrics?.(out) };
}
