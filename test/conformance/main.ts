/**
 * `deno task conformance`: every ranking metric on random cases beside those who define it, and what
 * popular libraries report for the same lists. Exit code 1 where anything differs, or where an oracle
 * that is needed is not to be had.
 */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { rankingMetricNames } from "../../pipeline/metrics/ranking.ts";
import { type Answer, ask } from "./ask.ts";
import { type Case, ownValues, randomCases, ranked, tiedScores, workedExamples } from "./cases.ts";
import { type Conformity, conformity, reported } from "./compare.ts";
import { writeGolden } from "./golden.ts";
import { columns, cut, libraries, type Library } from "./libraries.ts";
import { conforms, reportText, type Result } from "./report.ts";

const work = fileURLToPath(new URL("../../.bench", import.meta.url));
const USAGE =
  "deno task conformance [--json] [--cases 1000] [--seed 42] [--spark] [--write-golden]";

interface Options {
  readonly cases: number;
  readonly seed: number;
  /** Ask Spark itself, too. */
  readonly spark: boolean;
  readonly golden: boolean;
  readonly log: (line: string) => void;
}

/** What a library says of lists as it is brought them, and of lists as they are. */
interface Said {
  readonly library: Library;
  readonly answer: Answer;
  readonly values: { readonly brought: Answer["values"]; readonly plain: Answer["values"] };
  readonly worked: Answer["values"];
}

/** Asks everyone; what is missing is part of the result. */
async function measure({ cases: count, seed, spark, golden, log }: Options): Promise<Result> {
  const cases = randomCases(count, seed);
  const own = cases.map(ownValues);
  const said: Said[] = [];
  const missing: Result["missing"][number][] = [];
  for (const library of libraries) {
    try {
      // One job of Spark's for each list and metric.
      if (library.name === "Spark" && !spark) throw new Error("--spark asks it, for minutes");
      log(`asking ${library.name}`);
      said.push(await listen(library, cases, log));
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      missing.push({ library: library.name, needed: library.needed, reason });
    }
  }
  const found: Conformity[] = said.flatMap(({ library, values }) =>
    conformity(library, values.brought, own)
  );
  if (golden && missing.some(({ needed }) => needed)) log("goldens stay: an oracle is missing");
  else if (golden) {
    const answers = said.map(({ library, answer, values }) =>
      [library.name, { version: answer.version, values: values.brought }] as const
    );
    await writeGolden(cases, new Map(answers));
  }
  const ownColumns = (of: readonly Case[]) => {
    const values = of.map(ownValues);
    return Object.fromEntries(columns.map((column) => [column, values.map((v) => v[column])]));
  };
  return {
    cases: count,
    seed,
    conformity: found.sort((a, b) => order(a) - order(b)),
    libraries: [
      {
        name: "this project",
        version: "",
        reported: reported({ differs: {} }, ownColumns(workedExamples), ownColumns(cases), own),
      },
      ...said.filter(({ library }) => library.reports).map((
        { library, answer, worked, values },
      ) => ({
        name: library.name,
        version: answer.version,
        reported: reported(library, worked, values.plain, own),
      })),
    ],
    brought: said.filter(({ library }) => Object.keys(library.oracleOf).length > 0)
      .map(({ library }) => ({ library: library.name, as: library.broughtAs })),
    ties: [
      { library: "this project", order: ranked(tiedScores) },
      ...said.flatMap(({ library, answer }) =>
        answer.order ? [{ library: library.name, order: answer.order }] : []
      ),
    ],
    missing,
  };
}

/** One answer for all that is asked, taken apart again. */
async function listen(
  library: Library,
  cases: readonly Case[],
  log: (line: string) => void,
): Promise<Said> {
  const brought = cases.map(cut).map((of) => ({ ...of, list: library.brought(of.list, of.k) }));
  const plain = library.reports ? cases.map(cut) : [];
  const worked = library.reports ? workedExamples.map(cut) : [];
  const answer = await ask(library, [...brought, ...plain, ...worked], { work, log });
  const part = (from: number, length: number) =>
    Object.fromEntries(
      Object.entries(answer.values).map((
        [name, column],
      ) => [name, column.slice(from, from + length)]),
    );
  return {
    library,
    answer,
    values: {
      brought: part(0, brought.length),
      plain: part(brought.length, plain.length),
    },
    worked: part(brought.length + plain.length, worked.length),
  };
}

/** By metric, in the order of this project's columns. */
function order({ metric }: Conformity): number {
  return rankingMetricNames.indexOf(metric);
}

function say(to: typeof Deno.stdout, line: string): void {
  to.writeSync(new TextEncoder().encode(`${line}\n`));
}

/** The options; undefined where they are none, which is said. */
function parse(args: readonly string[]) {
  const text = (value: string) => ({ type: "string", default: value }) as const;
  const flag = { type: "boolean", default: false } as const;
  try {
    const options = { json: flag, cases: text("1000"), seed: text("42"), spark: flag };
    return parseArgs({ args: [...args], options: { ...options, "write-golden": flag } }).values;
  } catch (error) {
    say(Deno.stderr, `${error instanceof Error ? error.message : error}\n${USAGE}`);
    return undefined;
  }
}

/** Returns the exit code. */
async function main(args: readonly string[]): Promise<number> {
  const values = parse(args);
  if (values === undefined) return 2;
  const [cases, seed] = [Number(values.cases), Number(values.seed)];
  if (!Number.isInteger(cases) || cases < 1 || !Number.isInteger(seed)) {
    say(Deno.stderr, `--cases ${values.cases} --seed ${values.seed}: whole numbers, cases from 1`);
    return 2;
  }
  await Deno.mkdir(join(work, "venv"), { recursive: true });
  const result = await measure({
    ...{ cases, seed, spark: values.spark, golden: values["write-golden"] },
    log: (line) => say(Deno.stderr, line),
  });
  const good = conforms(result);
  say(
    Deno.stdout,
    values.json ? JSON.stringify({ ...result, conforms: good }) : reportText(result),
  );
  return good ? 0 : 1;
}

if (import.meta.main) Deno.exit(await main(Deno.args));
