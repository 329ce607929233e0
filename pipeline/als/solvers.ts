import type { ModelName } from "./biases.ts";
import type { Solver } from "./solver.ts";

/** A solver that `loadSolver` knows. */
export type SolverName = "reference" | "simd" | "tfjs" | "spark";

type Solvers = Readonly<Partial<Record<SolverName, () => Promise<Solver>>>>;

/** The solvers by model and name. Each is imported only when asked for: some bring large packages. */
const solvers: Readonly<Record<ModelName, Solvers>> = {
  als: {
    reference: async () => (await import("./reference.ts")).reference,
    simd: async () => (await import("./simd.ts")).simd,
    tfjs: async () => (await import("./tfjs.ts")).tfjs,
    spark: async () => (await import("./spark/spark.ts")).spark,
  },
  lmf: {
    reference: async () => (await import("../lmf/reference.ts")).reference,
    simd: async () => (await import("../lmf/lmf.ts")).lmf,
  },
};

export const solverNames: readonly SolverName[] = ["reference", "simd", "tfjs", "spark"];

/** The names of those that a model has. */
export function solversOf(model: ModelName): readonly SolverName[] {
  return solverNames.filter((name) => solvers[model][name] !== undefined);
}

/** What a solver promises of its bytes instead of the same ones; `undefined` where it promises these. */
export function toleranceOf(name: SolverName): string | undefined {
  if (name === "tfjs") return "tfjs keeps the objective within a tolerance, not the bytes";
  if (name === "spark") {
    return "spark sums in the order in which its parts arrive: the objective is kept within a tolerance";
  }
  return undefined;
}

/** The solver called `name` of a model. Throws `RangeError` where the model has none of that name. */
export async function loadSolver(name: SolverName, model: ModelName = "als"): Promise<Solver> {
  const load = solvers[model][name];
  if (load) return await load();
  throw new RangeError(
    `train.solver "${name}" does not fit train.model "${model}": set it to ` +
      solversOf(model).map((known) => JSON.stringify(known)).join(" or "),
  );
}
