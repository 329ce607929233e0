/** Spark keeps the contract of solvers: for `task test:spark`, since each fit starts a JVM. */
import { sparkSolver } from "../../pipeline/als/spark/spark.ts";
import { testContract } from "../als/contract.ts";

testContract({
  name: "spark",
  solver: sparkSolver(),
  // MLlib solves every row, but from a start of its own, items first.
  exact: false,
  scoreTolerance: 2e-3,
  objectiveTolerance: 1e-4,
  runs: 2,
  threads: [2],
  slowFactors: 64,
  lastOnly: true,
});
