/** The command: reads its arguments, opens data and contenders, measures case by case. */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { openData, type Source, sources } from "./data.ts";
import { type Case, type Contender, measureCase } from "./measure.ts";
import type { CaseResult } from "./results.ts";
import { openRival, rivalNames } from "./rivals.ts";
import { caseTable } from "./table.ts";

const root = fileURLToPath(new URL("../../../", import.meta.url));

interface Planned extends Case {
  readonly data: string;
  readonly source: Source;
  readonly own: readonly string[];
}

const cases: readonly Planned[] = [
  { name: "a", data: "a", source: sources.a, factors: 64, runs: 5, own: ["simd", "tfjs"] },
  { name: "a", data: "a", source: sources.a, factors: 256, runs: 5, own: ["simd"] },
  { name: "b", data: "b", source: sources.b, factors: 64, runs: 3, own: ["simd"] },
  { name: "beauty", data: "beauty", source: sources.beauty, factors: 64, runs: 5, own: ["simd"] },
  { name: "cj", data: "cj", source: sources.cj, factors: 64, runs: 5, own: ["simd"] },
];

/** Runs the command; returns its exit code. */
export async function main(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      json: { type: "boolean", default: false },
      only: { type: "string" },
      solvers: { type: "string" },
      factors: { type: "string" },
      runs: { type: "string" },
      quality: { type: "boolean", default: false },
      threads: { type: "string", default: "2" },
      work: { type: "string", default: join(root, ".bench") },
      shared: { type: "string", default: join(root, "..", "shared", "data") },
    },
  });
  const { work, shared } = values;
  const threads = Number(values.threads);
  await Deno.mkdir(work, { recursive: true });
  const only = values.only?.split(",");
  const wanted = values.solvers?.split(",");
  const results: CaseResult[] = [];
  let failed = false;
  const scratch = await Deno.makeTempDir({ dir: work, prefix: ".factors-" });
  try {
    for (const planned of cases) {
      if (only && !only.includes(planned.name)) continue;
      if (values.factors && Number(values.factors) !== planned.factors) continue;
      const data = await openData(planned.data, planned.source, { work, shared, log });
      const contenders: Contender[] = [];
      for (const name of [...rivalNames, ...planned.own]) {
        if (wanted && !wanted.includes(name)) continue;
        contenders.push({ name, program: await programOf(name, { work, threads, log }) });
      }
      const runs = values.runs ? Number(values.runs) : planned.runs;
      const quality = values.quality ? { users: 5000 } : undefined;
      const options = { threads, quality, scratch, log };
      const result = await measureCase({ ...planned, runs }, data, contenders, options);
      results.push(result);
      failed ||= result.solvers.some(({ error }) => error !== null);
      if (!values.json) say(caseTable(result));
    }
  } finally {
    await Deno.remove(scratch, { recursive: true });
  }
  if (values.json) say(JSON.stringify({ cases: results }));
  return failed ? 1 : 0;
}

async function programOf(
  name: string,
  options: { work: string; threads: number; log: (line: string) => void },
): Promise<Contender["program"]> {
  const rival = rivalNames.find((one) => one === name);
  try {
    if (rival) return await openRival(rival, options);
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
  const own = fileURLToPath(new URL("own.ts", import.meta.url));
  // Deno lets /proc, where the peak memory stands, be read only where all is allowed.
  return { command: Deno.execPath(), args: ["run", "-q", "--allow-all", own], env: {} };
}

function say(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
}

function log(line: string): void {
  Deno.stderr.writeSync(new TextEncoder().encode(`${line}\n`));
}
