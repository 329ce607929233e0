import type { CaseResult } from "./train/results.ts";

const none = { laps: [], memory: null, quality: null, runtime: null, error: null };

/** A case that nobody has measured: one rival, one that could not be installed, and `simd`. */
export const madeUpCase: CaseResult = {
  ...{ name: "a", factors: 8, users: 30, items: 20, interactions: 100 },
  ...{ target: 500, targetOf: "implicit after 15 iterations" },
  solvers: [
    {
      ...none,
      ...{ name: "implicit", seconds: 3, objective: 500, peakMiB: 310, iterations: 15 },
      ...{ runs: [3.2, 2.9, 3], coldSeconds: 3.5 },
      trace: [
        { iteration: 1, seconds: 0.2, objective: 900, ndcg: null },
        { iteration: 15, seconds: 3, objective: 500, ndcg: null },
      ],
    },
    {
      ...none,
      ...{ name: "irspack", seconds: null, objective: null, peakMiB: null, iterations: null },
      ...{ runs: [], coldSeconds: null, trace: [] },
      error: "irspack could not be installed: no wheel",
    },
    {
      ...none,
      ...{ name: "simd", seconds: 0.5, objective: 490, peakMiB: 100, iterations: 3 },
      ...{ runs: [0.5, 0.4, 0.6], coldSeconds: 0.7, laps: [0.3, 0.4, 0.5] },
      trace: [
        { iteration: 1, seconds: 0.3, objective: 700, ndcg: null },
        { iteration: 3, seconds: 0.5, objective: 490, ndcg: null },
      ],
    },
  ],
  ratios: { implicit: 6 },
  quality: null,
};
