/** Real purchases for `lmf.ts`, split into a training and a test part; undefined where they are not there. */
import { fileURLToPath } from "node:url";
import { sourceSchema } from "../../pipeline/config/source.ts";
import type { Interactions } from "../../pipeline/data/interactions.ts";
import { tablesOf } from "../../pipeline/data/memory.ts";
import { cutTime, leaveLastOut, partition, temporal } from "../../pipeline/data/split.ts";
import { runIngest } from "../support/ingest.ts";

/** Where the purchases of others lie: no part of the project. */
const SHARED = new URL("../../../shared/data/", import.meta.url);

/** How the training part was made, as the validation slice needs to know it. */
export interface Parts {
  readonly train: Interactions;
  readonly test: Interactions;
  readonly strategy: "temporal" | "leave-last-out";
}

const DAYS = 35;

/** The Complete Journey, read and split as `examples/complete-journey.json` says. */
export async function completeJourney(): Promise<Parts | undefined> {
  const folder = new URL("complete-journey/", SHARED);
  if (!await exists(folder)) return undefined;
  const example = new URL("../../examples/complete-journey.json", import.meta.url);
  const source = sourceSchema.parse(JSON.parse(await Deno.readTextFile(example)).source);
  await using out = await runIngest([fileURLToPath(new URL("transactions.parquet", folder))], {
    catalogue: fileURLToPath(new URL("products.parquet", folder)),
    interactions: source.interactions.columns,
    items: source.items.columns,
  });
  const all = await out.interactions.read();
  const time = timesOf(all);
  const [train, test] = partition(all, temporal(time, cutTime(time, DAYS)));
  return { train, test, strategy: "temporal" };
}

/** Amazon Beauty, lines of `user item item …` in time order: each user's last item is tested. */
export async function beauty(): Promise<Parts | undefined> {
  const file = new URL("amazon/Beauty.txt", SHARED);
  if (!await exists(file)) return undefined;
  const lines = (await Deno.readTextFile(file)).trim().split("\n");
  const { interactions } = tablesOf(lines.flatMap((line) => {
    const [user = "", ...items] = line.split(" ");
    // Only the order within a user is known: one day each.
    return items.map((item, day) => ({ user, item, time: new Date(day * 86_400_000) }));
  }));
  const [train, test] = partition(interactions, leaveLastOut(interactions, timesOf(interactions)));
  return { train, test, strategy: "leave-last-out" };
}

/** What the validation slice is told of the split. */
export function summaryOf({ strategy }: Parts) {
  return {
    ...{ strategy, days: DAYS, gapDays: 0 },
    ...{ fraction: 0.2, heldOut: { users: 0.1, foldIn: 0.8 } },
  };
}

function timesOf({ time }: Interactions): Float64Array {
  if (time === undefined) throw new TypeError("These purchases have no times");
  return time;
}

async function exists(url: URL): Promise<boolean> {
  return await Deno.stat(url).then(() => true, () => false);
}
