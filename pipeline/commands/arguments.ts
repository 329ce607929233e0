/** The command line's words: which commands there are, which options each one takes. */
import { parseArgs } from "node:util";
import { z } from "zod";
import { TUNABLE, tuneSchema } from "../config/tune.ts";
import { UsageError } from "../errors.ts";
import { INDEXES } from "../vectors/limits.ts";
import type { Command, Options } from "./command.ts";

interface Entry {
  readonly load: () => Promise<{ readonly command: Command }>;
  /** Options beside those that every command takes. */
  readonly options: readonly string[];
  /** How many words may follow, such as a stage. */
  readonly words: number;
}

const COMMANDS: Readonly<Record<string, Entry>> = {
  run: {
    load: () => import("./run.ts"),
    options: ["only", "force", "strict", "no-wait", "dry-run", "progress"],
    words: 0,
  },
  status: { load: () => import("./status.ts"), options: ["strict"], words: 0 },
  explain: { load: () => import("./explain.ts"), options: ["strict"], words: 1 },
  report: { load: () => import("./report.ts"), options: [], words: 0 },
  verify: {
    load: () => import("./verify.ts"),
    options: ["all", "repair", "no-wait"],
    words: 1,
  },
  tune: {
    load: () => import("./tune.ts"),
    options: ["model", "trials", "minutes", "write", "cut", "rolling", "strict", "no-wait"],
    words: 0,
  },
  gc: {
    load: () => import("./gc.ts"),
    options: ["max-bytes", "dry-run", "no-wait"],
    words: 0,
  },
  dag: { load: () => import("./dag.ts"), options: ["mermaid"], words: 0 },
  vectors: { load: () => import("./vectors.ts"), options: ["out", "schema", "index"], words: 0 },
  metrics: { load: () => import("./metrics.ts"), options: ["markdown", "no-wait"], words: 2 },
  gate: { load: () => import("./gate.ts"), options: ["against", "markdown", "no-wait"], words: 0 },
};

const EVERYWHERE = ["config", "set", "store", "json", "verbose", "help"];

/** The default of `gc --max-bytes`. */
const MAX_BYTES = "2GB";

/** What `--help` prints. */
export const HELP = `Usage: deno task pipeline [${Object.keys(COMMANDS).join("|")}] [options]

  run              bring everything up to date (the default)
    --only STAGE   this stage and what it needs
    --force        run again what is cached (with --only: that stage)
    --strict       fail at the first row that would be dropped, naming file, line and column
    --dry-run      only say what would run, and why
    --no-wait      fail where another run is at work, instead of waiting for it
    --progress json  say on standard error how far it is, one JSON object a line
  status           say which stages are up to date
  explain [STAGE]  say why stages would run: which file, param or input changed
  report           show what ingest read, kept and dropped in the last run
  verify           compare everything that the lock file names with its digest
    --repair       remove what is damaged: the next run makes it anew
  verify STAGE     run the stage again, aside, and compare what comes out (--all: every stage)
  tune             search for params on a validation slice of the training part
    --model NAME   what to tune: ${TUNABLE.join(", ")}, all (default: tune.model, train.model)
    --trials N     try so many params (default: tune.trials)
    --minutes N    end after so many minutes a model (default: tune.minutes)
    --rolling      at every cut of split.rolling; --cut N: at one of them, from 1, the earliest
    --write        put the best into the config file
  gc               free what no lock file reaches, least recently used first
    --max-bytes N  until the store takes no more than N, as in 500MB (default: ${MAX_BYTES})
    --dry-run      only say what would be freed
  dag              show which stage feeds which
    --mermaid      as a Mermaid flowchart
  vectors          write the exported model as SQL and COPY files for PostgreSQL with pgvector
    --out DIR      where to (default: vectors)
    --schema NAME  the schema that they make (default: recommender)
    --index KIND   ${INDEXES.join(", ")} (default: hnsw)
  metrics diff REV what changed in the metrics since a git revision (as deno task metrics diff REV)
    --markdown F   write the table to a file, too
  gate             refuse a change that may cost too much (as deno task gate): exit code 3
    --against REV  compare with this revision (default: where the branch left gate.base)
    --markdown F   write the table to a file, too

Everywhere:
  --config FILE    the config (default: pipeline.json)
  --set KEY=VALUE  change a value of the config, as in --set train.factors=32; repeatable
  --store DIR      keep outputs and lock file in DIR (default: .pipeline, lock file by the config)
  --json           print one JSON object
  --verbose        show where in the code an error arose
  --help           show this

Relative paths count from the project root.`;

export interface Arguments {
  readonly command: Entry;
  readonly options: Options;
}

/**
 * Reads a command line; `undefined` where help is wanted.
 *
 * @throws {UsageError} where a command, an option or a value is none.
 */
export function parseArguments(args: readonly string[]): Arguments | undefined {
  const { values, positionals: [name = "run", ...rest] } = parse(args);
  if (values.help) return undefined;
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (command === undefined) {
    throw new UsageError(
      `There is no command "${name}"`,
      `The commands are ${Object.keys(COMMANDS).join(", ")}`,
    );
  }
  for (const option of Object.keys(values)) {
    if (EVERYWHERE.includes(option) || command.options.includes(option)) continue;
    const users = Object.keys(COMMANDS).filter((each) => COMMANDS[each]?.options.includes(option));
    throw new UsageError(
      `--${option} is no option of ${name}`,
      `It belongs to ${users.join(", ")}`,
    );
  }
  const [first] = rest;
  const extra = rest[command.words];
  if (extra !== undefined) {
    throw new UsageError(`Unexpected argument "${extra}"`, "See deno task pipeline --help");
  }
  if (name === "verify" && values.all === true && first !== undefined) {
    throw new UsageError("verify takes a stage or --all, not both");
  }
  if (values.repair === true && (values.all === true || first !== undefined)) {
    throw new UsageError("verify --repair checks the store: leave the stage or --all out");
  }
  const { progress } = values;
  if (progress !== undefined && progress !== "json") {
    throw new UsageError(`--progress ${progress}: the one form that it takes is json`);
  }
  return {
    command,
    options: {
      config: values.config ?? "pipeline.json",
      set: values.set ?? [],
      store: values.store,
      only: values.only,
      force: values.force ?? false,
      strict: values.strict ?? false,
      wait: values["no-wait"] !== true,
      json: values.json ?? false,
      dryRun: values["dry-run"] ?? false,
      progress,
      all: values.all ?? false,
      repair: values.repair ?? false,
      mermaid: values.mermaid ?? false,
      ...parseTune(values),
      write: values.write ?? false,
      rolling: values.rolling ?? false,
      maxBytes: parseBytes(values["max-bytes"] ?? MAX_BYTES),
      stage: first,
      against: values.against,
      markdown: values.markdown,
      out: values.out ?? "vectors",
      schema: values.schema ?? "recommender",
      index: values.index ?? "hnsw",
      words: rest,
    },
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        config: { type: "string" },
        set: { type: "string", multiple: true },
        store: { type: "string" },
        only: { type: "string" },
        force: { type: "boolean" },
        strict: { type: "boolean" },
        "no-wait": { type: "boolean" },
        "dry-run": { type: "boolean" },
        "max-bytes": { type: "string" },
        progress: { type: "string" },
        all: { type: "boolean" },
        repair: { type: "boolean" },
        mermaid: { type: "boolean" },
        model: { type: "string" },
        trials: { type: "string" },
        minutes: { type: "string" },
        write: { type: "boolean" },
        cut: { type: "string" },
        rolling: { type: "boolean" },
        against: { type: "string" },
        markdown: { type: "string" },
        out: { type: "string" },
        schema: { type: "string" },
        index: { type: "string" },
        json: { type: "boolean" },
        verbose: { type: "boolean" },
        help: { type: "boolean", short: "h" },
      },
    });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new UsageError(message, "deno task pipeline --help lists the options", { cause: error });
  }
}

/** Options that stand in the config, too, and may be what they may be there. */
function parseTune(
  { model, trials, minutes, cut }: Readonly<
    Partial<Record<"model" | "trials" | "minutes" | "cut", string | undefined>>
  >,
): Pick<Options, "model" | "trials" | "minutes" | "cut"> {
  const { shape } = tuneSchema;
  const number = (text: string) => text.trim() === "" ? NaN : Number(text);
  const parse = <T>(
    name: string,
    schema: z.ZodType<T>,
    text: string | undefined,
    how: string,
    convert: (text: string) => unknown,
  ): T => {
    const parsed = schema.safeParse(text === undefined ? undefined : convert(text));
    if (parsed.success) return parsed.data;
    throw new UsageError(`--${name} ${text}: ${how}`);
  };
  const names = `it is one of ${TUNABLE.join(", ")}, all`;
  const whole = "write a whole number from 1 to 10000";
  return {
    model: parse("model", shape.model, model, names, (text) => text),
    trials: parse("trials", shape.trials, trials, whole, number),
    minutes: parse("minutes", shape.minutes, minutes, "write a number above 0", number),
    cut: parse("cut", z.int().min(1).optional(), cut, "write the number of a cut, from 1", number),
  };
}

const UNITS: Readonly<Record<string, number>> = { "": 1, k: 1e3, m: 1e6, g: 1e9, t: 1e12 };

/** "500", "500kB", "2GB": decimal units, as disks are sold. */
function parseBytes(text: string): number {
  const [, digits, unit = ""] = /^(\d+(?:\.\d+)?)\s*([kmgt]?)b?$/i.exec(text) ?? [];
  const factor = UNITS[unit.toLowerCase()];
  if (digits === undefined || factor === undefined) {
    throw new UsageError(`--max-bytes ${text}: write it as 2GB, 500MB or a number of bytes`);
  }
  return Math.floor(Number(digits) * factor);
}
