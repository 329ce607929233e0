/** How purchases are cut into a training and a test part. */
import { z } from "zod";

/** A point in time: an ISO date, its first moment, or an ISO date and time. */
const cutTime = z.union([z.iso.datetime({ offset: true, local: true }), z.iso.date()], {
  error: 'write it as "2024-05-31" or "2024-05-31T23:59:59Z"',
});

/** Seconds since 1970 of such a time, in UTC unless it says otherwise. */
export function secondsOf(iso: string): number {
  const zoned = /T.*(Z|[+-]\d\d:?\d\d)$/i.test(iso) || !iso.includes("T");
  return Date.parse(zoned ? iso : `${iso}Z`) / 1000;
}

/** Cuts before the main one, to see how figures vary over time. */
export const rollingSchema = z.strictObject({
  cuts: z.union([z.int().min(2).max(100), z.array(cutTime).min(1).max(99)], {
    error: "write a number of cuts from 2 to 100, or a list of the earlier ones as dates or times",
  }).describe(
    "How many cuts, that of the split itself included, which is the last; or the earlier ones as times, the earliest first.",
  ),
  everyDays: z.number().positive().default(28)
    .describe("Days from one cut to the next, where cuts is a number."),
  overrides: z.array(z.strictObject({
    train: z.record(z.string(), z.unknown()).default({}),
    evaluate: z.record(z.string(), z.unknown()).default({}),
  })).default([]).describe(
    "What each cut but the last has other than train and evaluate say, the earliest first; objects are " +
      "merged key by key. Empty: nothing. For params that were tuned for each cut.",
  ),
});

export const splitSchema = z.strictObject({
  strategy: z.enum(["auto", "temporal", "leave-last-out", "random", "held-out-users", "given"])
    .default("auto"),
  days: z.number().positive().default(28)
    .describe("temporal: days that are tested, counted from the cut (and its gap)."),
  cut: cutTime.nullable().default(null).describe(
    "temporal: training holds what is not later, in UTC unless it says otherwise; a date alone is its " +
      "first moment. null: so that the test part ends with the last purchase.",
  ),
  gapDays: z.number().min(0).default(0)
    .describe("temporal: days after the cut that belong to neither part."),
  rolling: rollingSchema.nullable().default(null)
    .describe("temporal: the same at earlier cuts, too; the last one is exported. null: one cut."),
  fraction: z.number().gt(0).lt(1).default(0.2).describe("random: share of a user's items."),
  heldOut: z.strictObject({
    users: z.number().gt(0).lt(1).default(0.1)
      .describe("Share of the users with two items that training does not see."),
    foldIn: z.number().gt(0).lt(1).default(0.8)
      .describe("Share of their items that are folded in; the others are tested."),
  }).prefault({}).describe("held-out-users: who is held out, and what is known of them."),
  seed: z.int().min(0).default(42),
  test: z.strictObject({ path: z.string().min(1) }).optional()
    .describe("given: a file of test purchases with the columns of source.interactions."),
});

/** What keys of `split` must agree on; for `superRefine`. */
export function splitRules(
  { strategy, cut, gapDays, rolling }: z.infer<typeof splitSchema>,
  context: z.RefinementCtx,
): void {
  const temporal = strategy === "auto" || strategy === "temporal";
  const asked = { cut: cut !== null, gapDays: gapDays > 0, rolling: rolling !== null };
  for (const [key, set] of Object.entries(asked)) {
    if (!set || temporal) continue;
    context.addIssue({
      code: "custom",
      path: [key],
      message:
        `is for split.strategy "temporal", which is "${strategy}": leave it out, or set that`,
    });
  }
  if (rolling !== null) rollingRules(rolling, cut, context);
}

function rollingRules(
  { cuts, overrides }: z.infer<typeof rollingSchema>,
  cut: string | null,
  context: z.RefinementCtx,
): void {
  const count = typeof cuts === "number" ? cuts : cuts.length + 1;
  if (overrides.length > 0 && overrides.length !== count - 1) {
    context.addIssue({
      code: "custom",
      path: ["rolling", "overrides"],
      message:
        `holds ${overrides.length} entries for ${count} cuts: write one for each cut but the ` +
        `last, ${count - 1} in all, or none`,
    });
  }
  if (typeof cuts === "number") return;
  const times = [...cuts, ...(cut === null ? [] : [cut])].map(secondsOf);
  if (times.every((time, n) => n === 0 || time > times[n - 1]!)) return;
  context.addIssue({
    code: "custom",
    path: ["rolling", "cuts"],
    message: "must ascend, and lie before split.cut, which is the last one",
  });
}
