/**
 * `deno task report [--config FILE] [--store DIR] [--against REV] [--out FILE] [--markdown FILE] [--no-customers]`
 *
 * Writes the report of the last run, from its lock file and the store: one HTML file that needs no network. Nothing is
 * run. `--json` prints one object.
 */
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { exitCode, failureJson, failureText } from "../../pipeline/commands/failure.ts";
import { openPlaces } from "../../pipeline/commands/places.ts";
import { writeAtomic } from "../../pipeline/engine/atomic.ts";
import { UsageError } from "../../pipeline/errors.ts";
import { count } from "../lib/numbers.ts";
import { beforeAt, keepReported, previousOf, reported } from "./before.ts";
import { differenceFrom } from "./difference.ts";
import { drawFigure } from "./figures.ts";
import { htmlReport } from "./html.ts";
import { markdownReport } from "./markdown.ts";
import { readRun } from "./read_run.ts";
import { reportSections } from "./sections.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

const HELP = `Usage: deno task report [options]

  --out FILE       where the HTML goes (default: report.html)
  --markdown FILE  write Markdown for a pull request, too
  --against REV    compare with the lock file of a git revision (default: the run that was reported before)
  --no-customers   leave out what customers bought, and rows of the input
  --config FILE    the config (default: pipeline.json)
  --store DIR      the store, with the lock file in it (default: .pipeline)
  --json           print one JSON object
  --help           show this

Relative paths count from the project root.`;

interface Made {
  /** Of the HTML file. */
  readonly html: string;
  readonly bytes: number;
  /** Of the Markdown file; null without one. */
  readonly markdown: string | null;
  /** What the run is compared with; null for the first report. */
  readonly against: string | null;
}

async function makeReport(options: Options): Promise<Made> {
  const { config, against, out, markdown } = options;
  const workspace = await openPlaces({ config, store: options.store }, ROOT);
  const run = await readRun(workspace, config, options.customers);
  const record = await reported(workspace, config, await Deno.readTextFile(workspace.lockPath));
  const before = against === undefined
    ? previousOf(record)
    : await beforeAt(workspace, config, against);
  const difference = before &&
    await differenceFrom(before, run.stages, run.evaluation.significance, workspace.store);
  const sections = reportSections(run, difference);
  const title = `Report of ${config}`;
  const html = await htmlReport(title, sections, drawFigure);
  await write(out, html);
  if (markdown !== undefined) await write(markdown, markdownReport(title, sections));
  try {
    await keepReported(workspace, config, record);
  } catch (error) {
    // A store that others share may be read-only: the report is made all the same.
    const why = error instanceof Error ? error.message : String(error);
    print(Deno.stderr, `The next report will not be compared with this run: ${why}`);
  }
  return {
    html: out,
    bytes: new TextEncoder().encode(html).length,
    markdown: markdown ?? null,
    against: before?.name ?? null,
  };
}

async function write(path: string, text: string): Promise<void> {
  const target = resolve(ROOT, path);
  await Deno.mkdir(dirname(target), { recursive: true });
  await writeAtomic(target, text);
}

interface Options {
  readonly config: string;
  readonly store: string | undefined;
  readonly against: string | undefined;
  readonly out: string;
  readonly markdown: string | undefined;
  readonly customers: boolean;
}

/** Undefined where help is wanted. */
function parseOptions(args: readonly string[]): Options | undefined {
  let values;
  try {
    ({ values } = parseArgs({
      args: [...args],
      options: {
        config: { type: "string" },
        store: { type: "string" },
        against: { type: "string" },
        out: { type: "string" },
        markdown: { type: "string" },
        "no-customers": { type: "boolean" },
        json: { type: "boolean" },
        verbose: { type: "boolean" },
        help: { type: "boolean", short: "h" },
      },
    }));
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new UsageError(message, "deno task report --help lists the options", { cause: error });
  }
  if (values.help) return undefined;
  return {
    config: values.config ?? "pipeline.json",
    store: values.store,
    against: values.against,
    out: values.out ?? "report.html",
    markdown: values.markdown,
    customers: values["no-customers"] !== true,
  };
}

/** Makes the report and returns the exit code. */
async function main(args: readonly string[]): Promise<number> {
  const json = args.includes("--json");
  try {
    const options = parseOptions(args);
    if (options === undefined) {
      print(Deno.stdout, json ? JSON.stringify({ help: HELP }) : HELP);
      return 0;
    }
    const made = await makeReport(options);
    if (json) print(Deno.stdout, JSON.stringify(made));
    else {
      const against = made.against === null ? "" : `, compared with ${made.against}`;
      print(Deno.stdout, `${made.html}: ${count(made.bytes / 1000)} kB${against}`);
      if (made.markdown !== null) print(Deno.stdout, made.markdown);
    }
    return 0;
  } catch (error) {
    if (json) print(Deno.stdout, JSON.stringify(failureJson(error)));
    print(Deno.stderr, failureText(error, args.includes("--verbose")));
    return exitCode(error);
  }
}

function print(stream: { writeSync(bytes: Uint8Array): number }, text: string): void {
  const bytes = new TextEncoder().encode(text + "\n");
  for (let at = 0; at < bytes.length;) at += stream.writeSync(bytes.subarray(at));
}

if (import.meta.main) Deno.exit(await main(Deno.args));
