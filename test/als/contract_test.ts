/** The solvers that compute in this process keep the contract. A new one joins by one more line here. */
import { reference } from "../../pipeline/als/reference.ts";
import { simd, simdSolver } from "../../pipeline/als/simd.ts";
import { tfjsSolver } from "../../pipeline/als/tfjs.ts";
import { backendsHere } from "./backends_here.ts";
import { type Contract, testContract } from "./contract.ts";

const threads = [1, 2, 3, 8];

const solvers: readonly Contract[] = [
  {
    name: "reference",
    solver: reference,
    exact: true,
    scoreTolerance: 1e-5,
    objectiveTolerance: 1e-6,
    runs: 80,
    threads,
    slowFactors: 200,
  },
  ...(await backendsHere()).flatMap((backend): Contract[] => {
    const name = `tfjs on ${backend.name}`;
    const toTheEnd = tfjsSolver([backend], { steps: 30, momentum: 0, start: "random" });
    const same = {
      ...{ scoreTolerance: 2e-3, objectiveTolerance: 1e-4, slowFactors: 512 },
      // The slow one knows of no threads.
      threads: backend.name === "cpu" ? [2] : threads,
    };
    return [
      { ...same, name: `${name}, rows solved to the end`, solver: toTheEnd, exact: true, runs: 25 },
      { ...same, name, solver: tfjsSolver([backend]), exact: false, runs: 5 },
    ];
  }),
  {
    name: "simd with rows solved to the end",
    solver: simdSolver({ steps: 60, momentum: 0, packed: "never", start: "random" }),
    exact: true,
    scoreTolerance: 2e-3,
    objectiveTolerance: 1e-4,
    runs: 40,
    threads,
    slowFactors: 1024,
  },
  {
    name: "simd",
    solver: simd,
    exact: false,
    scoreTolerance: 2e-3,
    objectiveTolerance: 1e-4,
    runs: 25,
    threads,
    slowFactors: 1024,
  },
];

for (const contract of solvers) testContract(contract);
