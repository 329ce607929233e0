/** An own solver as a child of the bench: the same jobs and answers as `test/bench/rivals/serve.py`. */
import { createHash } from "node:crypto";
import { join } from "node:path";
import { stdin } from "node:process";
import { createInterface } from "node:readline";
import type { FactorPair, Problem, Solver } from "../../../pipeline/als/solver.ts";
import { problemOf, readPairs } from "./matrix.ts";
import { writeNpy } from "./npy.ts";
import {
  type Done,
  type Job,
  jobSchema,
  type Message,
  type Setup,
  setupSchema,
} from "./protocol.ts";
import { ownSolver } from "./solvers.ts";

async function main(): Promise<void> {
  const lines = createInterface({ input: stdin })[Symbol.asyncIterator]();
  const next = async () => {
    const line = await lines.next();
    return line.done ? undefined : line.value;
  };
  const setup = setupSchema.parse(JSON.parse(await next() ?? "null"));
  const runtimeMiB = mebibytes("VmRSS");
  const problem = problemOf(await readPairs(setup.data, "train", setup.items), setup);
  const memory = { runtimeMiB, problemMiB: bytesOf(problem) / 2 ** 20 };
  const solver = await ownSolver(setup.solver);
  say({ ready: true });
  for (let line = await next(); line !== undefined; line = await next()) {
    const done = await run(solver, problem, setup, jobSchema.parse(JSON.parse(line)), next);
    say({ ...done, memory });
  }
}

/** One fit from the problem in memory: worker start, whitening and the solver's start included. */
async function run(
  solver: Solver,
  problem: Problem,
  { factors, seed, threads }: Setup,
  { iterations, trace, save, digest }: Job,
  answer: () => Promise<string | undefined>,
): Promise<Done> {
  let paused = 0;
  const laps: number[] = [];
  let hash: string | undefined;
  const began = performance.now();
  for await (const sweep of solver.solve(problem, { factors, iterations, seed, threads })) {
    const now = performance.now();
    const seconds = (now - began - paused) / 1000;
    laps.push(seconds);
    const last = sweep.sweep === iterations;
    if (last && save !== null) await saveFactors(save, sweep, problem, factors);
    if (last && digest) hash = digestOf(sweep);
    if (trace !== null) {
      await saveFactors(trace, sweep, problem, factors);
      say({ iteration: sweep.sweep, seconds });
      if (await answer() !== "next") break;
    }
    paused += performance.now() - now;
  }
  return {
    done: true,
    seconds: laps.at(-1) ?? 0,
    peakMiB: mebibytes("VmHWM"),
    laps,
    runtime: { ...await solver.runtime() },
    ...(hash === undefined ? {} : { digest: hash }),
  };
}

function digestOf({ userFactors, itemFactors }: FactorPair): string {
  const hash = createHash("sha256");
  for (const { buffer, byteOffset, byteLength } of [userFactors, itemFactors]) {
    hash.update(new Uint8Array(buffer, byteOffset, byteLength));
  }
  return hash.digest("hex");
}

async function saveFactors(
  folder: string,
  { userFactors, itemFactors }: FactorPair,
  { confidence: { rows, cols } }: Problem,
  factors: number,
): Promise<void> {
  await writeNpy(join(folder, "users.npy"), userFactors, [rows, factors]);
  await writeNpy(join(folder, "items.npy"), itemFactors, [cols, factors]);
}

function bytesOf({ confidence: { indptr, indices, values }, ...lambdas }: Problem): number {
  const arrays = [indptr, indices, values, lambdas.userLambda, lambdas.itemLambda];
  return arrays.reduce((sum, { byteLength }) => sum + byteLength, 0);
}

/** The memory that is in use (VmRSS), or most was (VmHWM), by the kernel's account; null without one. */
function mebibytes(what: "VmRSS" | "VmHWM"): number | null {
  try {
    const status = Deno.readTextFileSync("/proc/self/status");
    const kilobytes = Number(status.match(new RegExp(`${what}:\\s+(\\d+) kB`))?.[1] ?? 0);
    return kilobytes > 0 ? kilobytes / 1024 : null;
  } catch {
    return null;
  }
}

function say(message: Message): void {
  Deno.stdout.writeSync(new TextEncoder().encode(JSON.stringify(message) + "\n"));
}

if (import.meta.main) await main();
