/** `status`: which stages are up to date. */
import { stateLine } from "../engine/explain.ts";
import { plan } from "../engine/plan.ts";
import type { Command } from "./command.ts";

/** Prints one line a stage; `{"stages": […]}`. Writes nothing but the stat cache. */
export const command: Command = async ({ io, options, graph, workspace }) => {
  const plans = await plan(graph, workspace);
  if (!options.json) io.out(plans.map(stateLine).join("\n"));
  return {
    stages: plans.map(({ name, state, key, waitsFor }) => ({
      name,
      state,
      key: key ?? null,
      waitsFor,
    })),
  };
};
