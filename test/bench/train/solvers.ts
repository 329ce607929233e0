/** The project's own solvers by the names under which the bench lists them. */
import type { Solver } from "../../../pipeline/als/solver.ts";
import { loadSolver, type SolverName } from "../../../pipeline/als/solvers.ts";
import { tensorBackends } from "../../../pipeline/als/tfjs_backends.ts";

const TFJS = "tfjs-";

function isSolverName(name: string): name is SolverName {
  return ["reference", "simd", "tfjs"].includes(name);
}

/** A solver of the pipeline, or `tfjs-` with the name of a tensor backend. */
export async function ownSolver(name: string): Promise<Solver> {
  if (isSolverName(name)) return await loadSolver(name);
  const backends = tensorBackends.filter((backend) => TFJS + backend.name === name);
  if (backends.length === 0) throw new RangeError(`There is no solver called "${name}"`);
  const { tfjsSolver } = await import("../../../pipeline/als/tfjs.ts");
  return tfjsSolver(backends);
}
