import type { Solver } from "./solver.ts";

/** The solvers by name. Each is imported only when it is asked for: some bring large packages. */
const solvers = {
  reference: async () => (await import("./reference.ts")).reference,
  tfjs: async () => (await import("./tfjs.ts")).tfjs,
} as const satisfies Readonly<Record<string, () => Promise<Solver>>>;

export type SolverName = keyof typeof solvers;

export const solverNames: readonly string[] = Object.keys(solvers);

/** The solver called `name`. */
export function loadSolver(name: SolverName): Promise<Solver> {
  return solvers[name]();
}
