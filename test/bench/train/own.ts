/** An own solver as a child of the bench: the same jobs and answers as `test/bench/rivals/serve.py`. */
import { join } from "node:path";
import { stdin } from "node:process";
import { createInterface } from "node:readline";
import type { FactorPair, Problem, Solver } from "../../../pipeline/als/solver.ts";
import { problemOf, readPairs } from "./matrix.ts";
import { writeNpy } from "./npy.ts";
import { type Job, jobSchema, type Message, type Setup, setupSchema } from "./protocol.ts";
import { ownSolver } from "./solvers.ts";

async function main(): Promise<void> {
  const lines = createInterface({ input: stdin })[Symbol.asyncIterator]();
  const next = async () => {
    const line = await lines.next();
    return line.done ? undefined : line.value;
  };
  const setup = setupSchema.parse(JSON.parse(await next() ?? "null"));
  const problem = problemOf(await readPairs(setup.data, "train", setup.items));
  const solver = await ownSolver(setup.solver);
  say({ ready: true });
  for (let line = await next(); line !== undefined; line = await next()) {
    say(await run(solver, problem, setup, jobSchema.parse(JSON.parse(line)), next));
  }
}

/** One fit from the problem in memory: worker start, whitening and the solver's start included. */
async function run(
  solver: Solver,
  problem: Problem,
  { factors, seed, threads }: Setup,
  { iterations, trace, save }: Job,
  answer: () => Promise<string | undefined>,
): Promise<Message> {
  let paused = 0;
  let seconds = 0;
  const began = performance.now();
  for await (const sweep of solver.solve(problem, { factors, iterations, seed, threads })) {
    const now = performance.now();
    seconds = (now - began - paused) / 1000;
    if (trace !== null) {
      await saveFactors(trace, sweep, problem, factors);
      say({ iteration: sweep.sweep, seconds });
      if (await answer() !== "next") break;
    } else if (save !== null && sweep.sweep === iterations) {
      await saveFactors(save, sweep, problem, factors);
    }
    paused += performance.now() - now;
  }
  return { done: true, seconds, peakMiB: peakMebibytes(), runtime: { ...await solver.runtime() } };
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

/** By the kernel's account; null where it keeps none. */
function peakMebibytes(): number | null {
  try {
    const status = Deno.readTextFileSync("/proc/self/status");
    const kilobytes = Number(status.match(/VmHWM:\s+(\d+) kB/)?.[1] ?? 0);
    return kilobytes > 0 ? kilobytes / 1024 : null;
  } catch {
    return null;
  }
}

function say(message: Message): void {
  Deno.stdout.writeSync(new TextEncoder().encode(JSON.stringify(message) + "\n"));
}

if (import.meta.main) await main();
