/** `explain [STAGE]`: why stages would run, from what to what. */
import { plan } from "../engine/plan.ts";
import { UsageError } from "../errors.ts";
import type { Command } from "./command.ts";
import { planJson, planText } from "./plans.ts";

/** Prints a plan with its reasons; `{"stages": […]}`. Throws `UsageError` where STAGE is none. */
export const command: Command = async ({ io, options, graph, workspace }) => {
  const all = await plan(graph, workspace);
  const plans = options.stage === undefined
    ? all
    : all.filter(({ name }) => name === options.stage);
  if (plans.length === 0) {
    throw new UsageError(
      `There is no stage "${options.stage}"`,
      `The stages are ${all.map(({ name }) => name).join(", ")}`,
    );
  }
  if (!options.json) io.out(planText(plans));
  return planJson(plans);
};
