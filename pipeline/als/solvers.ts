import type { Solver } from "./solver.ts";

/** A solver that `loadSolver` knows. */
export type SolverName = "reference" | "simd" | "tfjs";

/** The solvers by name. Each is imported only when it is asked for: some bring large packages. */
const solvers: Readonly<Record<SolverName, () => Promise<Solver>>> = {
  reference: async () => (await import("./reference.ts")).reference,
  simd: async () => (await import("./simd.ts")).simd,
  tfjs: async () => (await import("./tfjs.ts")).tfjs,
};

export const solverNames: readonly SolverName[] = ["reference", "simd", "tfjs"];

/** The solver called `name`. */
export function loadSolver(name: SolverName): Promise<Solver> {
  return solvers[name]();
}
