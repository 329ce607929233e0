/** The config at each cut of a rolling origin: what may differ there, and what must not. */
import type { z } from "zod";
import { evaluateSchema } from "./evaluate.ts";
import type { splitSchema } from "./split.ts";
import { trainRules, trainSchema } from "./train.ts";

const schemas = { train: trainSchema.superRefine(trainRules), evaluate: evaluateSchema };

/** Figures of several cuts are only one series where these are the same. */
const SAME: Readonly<Record<keyof typeof schemas, readonly string[]>> = {
  train: ["model"],
  evaluate: ["k", "target"],
};

/** The sections that a cut may have of its own. */
export interface CutConfig {
  readonly train: z.infer<typeof trainSchema>;
  readonly evaluate: z.infer<typeof evaluateSchema>;
}

interface Sections extends CutConfig {
  readonly split: z.infer<typeof splitSchema>;
}

/**
 * The cuts before the main one, the earliest first: a cut as `split.cut`, and how many days before that
 * (or before the one that `null` stands for) it lies.
 */
export function earlierCuts(
  { cut, rolling }: Pick<z.infer<typeof splitSchema>, "cut" | "rolling">,
): { readonly cut: string | null; readonly earlierDays: number }[] {
  if (rolling === null) return [];
  const { cuts, everyDays } = rolling;
  if (typeof cuts !== "number") return cuts.map((cut) => ({ cut, earlierDays: 0 }));
  return Array.from(
    { length: cuts - 1 },
    (_, n) => ({ cut, earlierDays: (cuts - 1 - n) * everyDays }),
  );
}

/** The config of the cut `n`, from 0, the earliest. Throws `ZodError` where an override does not fit. */
export function atCut({ train, evaluate, split }: Sections, n: number): CutConfig {
  const over = split.rolling?.overrides[n];
  if (over === undefined) return { train, evaluate };
  return {
    train: schemas.train.parse(merged(train, over.train)),
    evaluate: schemas.evaluate.parse(merged(evaluate, over.evaluate)),
  };
}

/** Whether every override fits; for `superRefine` of the whole config. */
export function overrideRules(config: Sections, context: z.RefinementCtx): void {
  for (const [n, over] of (config.split.rolling?.overrides ?? []).entries()) {
    for (const section of ["train", "evaluate"] as const) {
      const path = ["split", "rolling", "overrides", n, section];
      for (const key of SAME[section]) {
        if (!(key in over[section])) continue;
        const message = "must be the same at every cut, or the figures are no series: leave it out";
        context.addIssue({ code: "custom", path: [...path, key], message });
      }
      const parsed = schemas[section].safeParse(merged(config[section], over[section]));
      for (const issue of parsed.error?.issues ?? []) {
        context.addIssue({
          code: "custom",
          path: [...path, ...issue.path],
          message: issue.message,
        });
      }
    }
  }
}

/** `base` with `over` put over it, objects key by key; what is not an object is replaced. */
function merged(base: unknown, over: unknown): unknown {
  if (!isRecord(base) || !isRecord(over)) return over;
  const result: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(over)) {
    result[key] = Object.hasOwn(base, key) ? merged(base[key], value) : value;
  }
  return result;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
