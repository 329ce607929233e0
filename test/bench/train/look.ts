/** Judges factors that a child has written: one objective for all, in float64, outside the solvers. */
import { join } from "node:path";
import { objective } from "../../../pipeline/als/objective.ts";
import type { Problem } from "../../../pipeline/als/solver.ts";
import { readNpy } from "./npy.ts";
import type { Judge } from "./quality.ts";
import type { Point } from "./results.ts";

/** Reads users.npy and items.npy of `folder` at every look. */
export class Looker {
  readonly #problem: Problem;
  readonly #factors: number;
  readonly #folder: string;
  readonly #judge: Judge | undefined;

  constructor(problem: Problem, factors: number, folder: string, judge: Judge | undefined) {
    this.#problem = problem;
    this.#factors = factors;
    this.#folder = folder;
    this.#judge = judge;
  }

  /** The objective now, and NDCG@10 where there is a judge. Throws `RangeError` for other shapes. */
  async look(iteration: number, seconds: number): Promise<Point> {
    const { rows, cols } = this.#problem.confidence;
    const users = await this.#read("users", rows);
    const items = await this.#read("items", cols);
    const value = objective(this.#problem, users, items, this.#factors);
    if (!Number.isFinite(value)) throw new RangeError(`its objective is ${value}`);
    const ndcg = this.#judge ? await this.#judge.ndcg(users, items, this.#factors) : null;
    return { iteration, seconds, objective: value, ndcg };
  }

  async #read(name: string, rows: number): Promise<Float32Array> {
    const { data, shape } = await readNpy(join(this.#folder, `${name}.npy`), Float32Array);
    const expected = `${rows},${this.#factors}`;
    if (String(shape) !== expected) {
      throw new RangeError(`its ${name} have the shape ${shape} where ${expected} is expected`);
    }
    return data;
  }
}
