/** The command: opens data and contenders, measures case by case, prints tables or one JSON object. */
import { measureMachine } from "../machine/machine.ts";
import { type Arguments, parseArguments, USAGE } from "./arguments.ts";
import { drawChart } from "./chart.ts";
import { type DataSet, openData, sources } from "./data.ts";
import { measureCase } from "./measure.ts";
import { cases, contendersOf, ownProgram, type PlannedCase } from "./plan.ts";
import { scaleSources, usualWeights } from "./plan.ts";
import type { CaseResult, Report } from "./results.ts";
import { sparkMissing } from "./rivals.ts";
import { measureScale, sameBytes } from "./scale.ts";
import { sharesOf } from "./shares.ts";
import { variants, withBackends } from "./solvers.ts";
import { caseTable, machineTable, scaleTable } from "./table.ts";

/** Where the command writes. */
export interface Output {
  /** Standard output. */
  readonly say: (text: string) => void;
  /** Standard error: progress. */
  readonly log: (line: string) => void;
}

const DIGEST_THREADS = [1, 2, 3, 8];

/** Runs the command; returns its exit code: 1 where a solver or rival failed, 2 for wrong arguments. */
export async function main(args: readonly string[], output: Output): Promise<number> {
  let parsed: Arguments;
  try {
    parsed = parseArguments(args);
  } catch (error) {
    output.log(`${USAGE}\n\n${error instanceof Error ? error.message : error}`);
    return 2;
  }
  const { json, work, chart } = parsed;
  await Deno.mkdir(work, { recursive: true });
  const load = Deno.loadavg()[0] ?? 0;
  if (load > 0.5) output.log(`others are at work on this machine (load ${load.toFixed(1)})`);
  const report = parsed.scale
    ? await runScale(parsed, load, output)
    : await runCases(parsed, load, output);
  if (chart !== undefined && report.cases.length > 0) {
    await drawChart(report.cases, chart);
    output.log(`the chart is ${chart}`);
  }
  if (json) output.say(JSON.stringify(report));
  const failed = report.cases.some(({ solvers }) => solvers.some(({ error }) => error !== null)) ||
    report.scaleErrors.length > 0 || !report.scale.every(sameBytes);
  return failed ? 1 : 0;
}

async function runCases(args: Arguments, load: number, output: Output): Promise<Report> {
  const { only, factors, threads, work, json } = args;
  const { say, log } = output;
  const machine = { ...await measureMachine(threads), load };
  if (!json) say(machineTable(machine));
  const results: CaseResult[] = [];
  const shares: Report["shares"] = [];
  const leftOut: Report["leftOut"] = [];
  for (const planned of cases) {
    if (!only.includes(planned.name) || (factors && planned.factors !== factors)) continue;
    const title = `${planned.name}, ${planned.factors} factors`;
    const names = await takingPart(planned, args, leftOut);
    if (names.length === 0) continue;
    const data = await open(planned.source, args, log);
    if (typeof data === "string") {
      log(`${title} left out: ${data}`);
      leftOut.push({ name: title, reason: data });
      continue;
    }
    const scratch = await Deno.makeTempDir({ dir: work, prefix: ".factors-" });
    try {
      const result = await measureCase(
        { ...planned, runs: args.runs ?? planned.runs },
        data,
        await contendersOf(names, { work, threads, log }),
        {
          threads,
          quality: args.quality ? { users: planned.judged ?? Infinity } : undefined,
          scratch,
          log,
        },
      );
      results.push(result);
      const share = sharesOf(result, machine);
      if (share) shares.push({ case: planned.name, factors: planned.factors, ...share });
      if (!json) say(caseTable(result, share));
    } finally {
      await Deno.remove(scratch, { recursive: true });
    }
  }
  for (const { name, reason } of leftOut) if (!json) say(`left out: ${name}: ${reason}`);
  return { cases: results, scale: [], scaleErrors: [], leftOut, machine, shares };
}

/** Who takes part in a case; adds to `leftOut` who does not, and why. */
async function takingPart(
  { name, factors, solvers, leftOut: never }: PlannedCase,
  { solvers: wanted, ablation, spark, work }: Arguments,
  leftOut: Report["leftOut"],
): Promise<string[]> {
  if (ablation) {
    return solvers.includes("implicit") ? ["implicit", "simd", ...Object.keys(variants)] : [];
  }
  const isWanted = (solver: string) => wanted?.includes(solver) ?? true;
  const leave = (solver: string, reason: string) =>
    leftOut.push({ name: `${solver} in ${name}, ${factors} factors`, reason });
  for (const [solver, reason] of Object.entries(never)) if (isWanted(solver)) leave(solver, reason);
  const taking = (await withBackends(solvers)).filter(isWanted);
  if (!taking.includes("spark") || spark) return taking;
  const missing = await sparkMissing(work);
  if (missing === undefined) return taking;
  leave("spark", missing);
  // Beside nobody there is nothing to measure in Spark's own case.
  return [];
}

async function runScale(args: Arguments, load: number, { say, log }: Output): Promise<Report> {
  const { threads, digests, json, work, shared } = args;
  const report: Report = {
    ...{ cases: [], scale: [], scaleErrors: [], leftOut: [], machine: null, shares: [] },
  };
  if (load > 1) log("the times below say little while others are at work");
  for (const name of scaleSources) {
    if (!args.only.includes(name)) continue;
    try {
      const data = await openData(name, sources[name], { work, shared, log });
      const options = {
        ...{ factors: args.factors ?? 64, threads, weights: usualWeights, log },
        digestThreads: digests ? DIGEST_THREADS : [],
      };
      report.scale.push(await measureScale(name, data, ownProgram(), options));
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      log(`${name} FAILED: ${message}`);
      report.scaleErrors.push({ name, error: message });
    }
  }
  if (!json) say(scaleTable(report.scale));
  return report;
}

/** A data set, or why it is not here. */
async function open(
  name: keyof typeof sources,
  options: Arguments,
  log: (line: string) => void,
): Promise<DataSet | string> {
  try {
    return await openData(name, sources[name], { ...options, log });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    return error.message;
  }
}
