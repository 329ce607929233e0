/** Which cases there are, and who takes part in which. */
import { fileURLToPath } from "node:url";
import type { sources } from "./data.ts";
import type { Case, Contender } from "./measure.ts";
import { openRival, type RivalName, rivalNames } from "./rivals.ts";

export interface PlannedCase extends Case {
  readonly source: keyof typeof sources;
  /** Rivals and own solvers, in the order of the table. */
  readonly solvers: readonly string[];
  /** Users that NDCG@10 is a mean over, a seeded sample; all where it is left out. */
  readonly judged?: number;
  /** Who could have been here, and why not. */
  readonly leftOut: Readonly<Record<string, string>>;
}

/** Those of every case but Spark's. */
export const usualWeights = { alpha: 30, lambda: 100, regularization: "constant" } as const;
const both = ["implicit", "irspack"];
const slow = {
  tfjs: "minutes a sweep without native TensorFlow",
  reference: "minutes a sweep: plain loops in float64",
};
const wide = { ...slow, tfjs: "its tensors of 256 factors take minutes a sweep" };

/** Every case of the bench; `a` and `b` are the generated shops that the project is measured by. */
export const cases: readonly PlannedCase[] = [
  {
    ...{ name: "a", source: "a", factors: 64, runs: 5, ...usualWeights },
    solvers: [...both, "simd", "tfjs", "reference"],
    leftOut: {},
  },
  {
    ...{ name: "a", source: "a", factors: 256, runs: 5, ...usualWeights },
    solvers: [...both, "simd"],
    leftOut: wide,
  },
  {
    ...{ name: "b", source: "b", factors: 64, runs: 3, ...usualWeights, judged: 5000 },
    solvers: [...both, "simd"],
    leftOut: slow,
  },
  {
    ...{ name: "beauty", source: "beauty", factors: 64, runs: 5, ...usualWeights },
    solvers: [...both, "simd", "tfjs", "reference"],
    leftOut: {},
  },
  {
    ...{ name: "cj", source: "cj", factors: 64, runs: 5, ...usualWeights },
    solvers: [...both, "simd", "tfjs", "reference"],
    leftOut: {},
  },
  {
    ...{ name: "c", source: "c", factors: 64, runs: 3, ...usualWeights },
    solvers: ["simd"],
    leftOut: { ...slow, implicit: "own solver only", irspack: "own solver only" },
  },
  {
    // Spark weights its regularization by a row's entries: an objective of its own.
    ...{ name: "a-weighted", source: "a", factors: 64, runs: 3, alpha: 30, lambda: 5 },
    regularization: "weighted",
    solvers: ["spark", "simd"],
    leftOut: { implicit: "has no weighted regularization", irspack: "not compared here" },
  },
  {
    // For the tests: everything that a case does, in a second or two.
    ...{ name: "tiny", source: "tiny", factors: 8, runs: 2, ...usualWeights },
    solvers: [...both, "simd", "tfjs", "reference"],
    leftOut: {},
  },
];

/** What is measured unless --only says otherwise. */
export const usualCases: readonly string[] = ["a", "b", "beauty", "cj", "c", "a-weighted"];

/** The sizes of --scale. */
export const scaleSources = ["5M", "10M", "b", "c"] as const satisfies (keyof typeof sources)[];

/** Own solvers in a child; they read /proc, which Deno allows only where all is allowed. */
export function ownProgram(): { command: string; args: string[]; env: Record<string, string> } {
  const own = fileURLToPath(new URL("own.ts", import.meta.url));
  return { command: Deno.execPath(), args: ["run", "--quiet", "--allow-all", own], env: {} };
}

/** How to start each of `names`; a rival that cannot be installed comes with its error. */
export async function contendersOf(
  names: readonly string[],
  options: { work: string; threads: number; log: (line: string) => void },
): Promise<Contender[]> {
  const contenders: Contender[] = [];
  for (const name of names) {
    const rival = rivalNames.find((one) => one === name);
    contenders.push({
      name,
      program: rival ? await openOrError(rival, options) : ownProgram(),
    });
  }
  return contenders;
}

async function openOrError(
  name: RivalName,
  options: { work: string; threads: number; log: (line: string) => void },
): Promise<Contender["program"]> {
  try {
    return await openRival(name, options);
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}
