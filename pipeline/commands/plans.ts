/** Plans as `explain` and `run --dry-run` show them. */
import { reasonLine, stateLine } from "../engine/explain.ts";
import type { StagePlan } from "../engine/plan.ts";

/** Each stage, its reasons below it. */
export function planText(plans: readonly StagePlan[]): string {
  return plans.flatMap((each) => [
    stateLine(each),
    ...each.reasons.map((reason) => `  ${reasonLine(reason)}`),
  ]).join("\n");
}

/** `{"stages": […]}`; each reason has its line as `text`. */
export function planJson(plans: readonly StagePlan[]): object {
  return {
    stages: plans.map(({ name, state, key, reasons, waitsFor }) => ({
      name,
      state,
      key: key ?? null,
      reasons: reasons.map((reason) => ({ ...reason, text: reasonLine(reason) })),
      waitsFor,
    })),
  };
}
