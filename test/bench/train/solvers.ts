/** The project's own solvers by the names under which the bench lists them. */
import { fastest, type Method, simdSolver } from "../../../pipeline/als/simd.ts";
import type { Solver } from "../../../pipeline/als/solver.ts";
import { loadSolver, type SolverName } from "../../../pipeline/als/solvers.ts";
import { tensorBackends } from "../../../pipeline/als/tfjs_backends.ts";

const TFJS = "tfjs-";

/** The simd solver with one technique left out, or done another way. */
export const variants: Readonly<Record<string, Partial<Method>>> = {
  "simd without momentum": { momentum: 0 },
  "simd from random factors": { start: "random" },
  "simd in whole bytes": { packed: "never" },
  "simd, 1 step": { steps: 1 },
  "simd, 2 steps": { steps: 2 },
  "simd, 3 steps": { steps: 3 },
  "simd, 4 steps": { steps: 4 },
};

function isSolverName(name: string): name is SolverName {
  return ["reference", "simd", "tfjs"].includes(name);
}

/** A solver of the pipeline, one of `variants`, or `tfjs-` with the name of a tensor backend. */
export async function ownSolver(name: string): Promise<Solver> {
  if (isSolverName(name)) return await loadSolver(name);
  const variant = variants[name];
  if (variant) return simdSolver({ ...fastest, ...variant });
  const backends = tensorBackends.filter((backend) => TFJS + backend.name === name);
  if (backends.length === 0) throw new RangeError(`There is no solver called "${name}"`);
  const { tfjsSolver } = await import("../../../pipeline/als/tfjs.ts");
  return tfjsSolver(backends);
}
