/**
 * `deno task notebooks [--check | --types] [--config FILE --out DIR] [notebook …]`
 *
 * Brings the pipeline up to date, executes the notebooks that are stale, and writes them and the
 * pictures that documents show. `--check`: executes all in scratch and compares with what is there;
 * exit code 0 only where nothing would change. `--types`: type-checks the cells. `--config` with
 * `--out`: executes copies for another pipeline, into a folder; the committed ones stay.
 */
import { join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { UsageError } from "../../pipeline/errors.ts";
import { runPipeline } from "../../pipeline/mod.ts";
import { doJob, type Report } from "./job.ts";
import type { Place } from "./target.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const DEFAULT_CONFIG = "pipeline.json";

/** Does what the arguments say. Throws `UsageError`, and as the pipeline does. */
async function main(args: string[]): Promise<Report> {
  const { check, types, config, out, paths } = await parse(args);
  if (types) return await doJob({ mode: "types", paths });
  if (!check) {
    const inPlace = out === undefined;
    const place = await placeOf(config, join(ROOT, ".pipeline", "notebooks"), inPlace);
    return await doJob({ mode: inPlace ? "execute" : "copy", paths, place, ...out });
  }
  const scratch = await Deno.makeTempDir();
  try {
    const place = await placeOf(config, scratch, false);
    return await doJob({ mode: "check", paths, place });
  } finally {
    await Deno.remove(scratch, { recursive: true });
  }
}

/** The pipeline's artifacts, brought up to date. */
async function placeOf(config: string, store: string, publish: boolean): Promise<Place> {
  const run = await runPipeline({ config, publish });
  return { root: ROOT, store, config, artifact: (name) => run.path(name) };
}

async function parse(args: string[]) {
  let parsed;
  try {
    parsed = parseArgs({
      args,
      allowPositionals: true,
      options: {
        check: { type: "boolean", default: false },
        types: { type: "boolean", default: false },
        config: { type: "string", default: DEFAULT_CONFIG },
        out: { type: "string" },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
  const { values: { check, types, config, out }, positionals } = parsed;
  if (check && types) throw new UsageError("--check and --types exclude each other: give one");
  if (out !== undefined && (check || types)) {
    throw new UsageError("--out is for execution: leave --check and --types away");
  }
  if (config !== DEFAULT_CONFIG && out === undefined) {
    throw new UsageError(
      `The committed notebooks show ${DEFAULT_CONFIG}: with --config give --out DIR for copies`,
    );
  }
  return {
    check,
    types,
    config: relative(ROOT, resolve(config)),
    out: out === undefined ? undefined : { out: resolve(out) },
    paths: positionals.length > 0 ? positionals.map((path) => resolve(path)) : await all(),
  };
}

/** The notebooks beside this folder, by name. */
async function all(): Promise<string[]> {
  const names: string[] = [];
  for await (const { name } of Deno.readDir(join(ROOT, "notebooks"))) {
    if (name.endsWith(".ipynb")) names.push(name);
  }
  return names.sort().map((name) => join(ROOT, "notebooks", name));
}

function say(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
}

if (import.meta.main) {
  try {
    const { lines, good } = await main(Deno.args);
    for (const line of lines) say(line);
    Deno.exit(good ? 0 : 1);
  } catch (error) {
    say(error instanceof Error ? error.message : String(error));
    if (error instanceof Error && "remedy" in error && error.remedy !== "") say(`${error.remedy}`);
    Deno.exit(error instanceof UsageError ? 2 : 1);
  }
}
