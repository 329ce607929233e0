/**
 * `deno task notebooks [--check | --types] [--config FILE --out DIR] [notebook …]`
 *
 * Brings the pipeline up to date, executes the notebooks that are stale, and writes them and the
 * pictures that documents show. `--check`: executes all in scratch and compares with what is there;
 * exit code 0 only where nothing would change. `--types`: type-checks the cells. `--config` with
 * `--out`: executes copies for another pipeline, into a folder; the committed ones stay.
 */
import { basename, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { UsageError } from "../../pipeline/errors.ts";
import { runPipeline } from "../../pipeline/mod.ts";
import { checkTypes } from "./cells.ts";
import { differences } from "./differences.ts";
import { formatNotebook, type Notebook, parseNotebook, withOutputs } from "./notebook.ts";
import { stalePictures, writePictures } from "./pictures.ts";
import { NotebookTarget, type Place } from "./target.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const DEFAULT_CONFIG = "pipeline.json";

/** What to do with the notebooks at `paths`. */
interface Job {
  readonly mode: "execute" | "check" | "types";
  readonly config: string;
  /** Where executed copies go; left out: in place. */
  readonly out: string | undefined;
  readonly paths: readonly string[];
}

interface Outcome {
  readonly good: boolean;
  readonly words: string;
}

/** Does the job, says one line for each notebook and a summary, and returns the exit code. */
async function main(args: string[]): Promise<number> {
  const job = await parseJob(args);
  const notebooks = new Map<string, Notebook>();
  const outcomes = new Map<string, Outcome>();
  const texts = new Map<string, string>();
  for (const path of job.paths) {
    try {
      const text = await Deno.readTextFile(path);
      texts.set(path, text);
      notebooks.set(path, parseNotebook(basename(path), text));
    } catch (error) {
      outcomes.set(path, failed(error));
    }
  }
  const scratch = job.mode === "check" ? await Deno.makeTempDir() : undefined;
  try {
    if (job.mode === "types") {
      const complaints = await checkTypes(notebooks, true);
      for (const path of notebooks.keys()) {
        const complaint = complaints.get(path);
        outcomes.set(path, complaint ? { good: false, words: complaint } : good("type-checked"));
      }
    } else {
      const place = await placeOf(job, scratch);
      const made = await execution(notebooks, job, place);
      for (const [path, result] of made) {
        outcomes.set(
          path,
          "error" in result
            ? failed(result.error)
            : await settle(path, texts.get(path) ?? "", result, job),
        );
      }
    }
  } finally {
    if (scratch !== undefined) await Deno.remove(scratch, { recursive: true });
  }
  for (const path of job.paths) {
    const [name, words = ""] = [basename(path), outcomes.get(path)?.words];
    say(words.startsWith(`${name}: `) ? words : `${name}: ${words}`);
  }
  const done = { execute: "up to date", check: "fresh", types: "type-checked" }[job.mode];
  const count = [...outcomes.values()].filter(({ good }) => good).length;
  say(`${count} of ${job.paths.length} notebooks ${done}`);
  return count === job.paths.length && count > 0 ? 0 : 1;
}

/** The pipeline's artifacts, brought up to date. */
async function placeOf({ mode, config }: Job, scratch: string | undefined): Promise<Place> {
  const run = await runPipeline({ config, publish: mode === "execute" });
  const store = scratch ?? join(ROOT, ".pipeline", "notebooks");
  return { root: ROOT, store, config, artifact: (name) => run.path(name) };
}

type Made =
  | { readonly notebook: Notebook; readonly why: readonly string[] }
  | { readonly error: unknown };

/** Executes what is stale; one that fails keeps no other from its turn. */
async function execution(
  notebooks: ReadonlyMap<string, Notebook>,
  { mode }: Job,
  place: Place,
): Promise<Map<string, Made>> {
  const made = new Map<string, Made>();
  const targets = new Map<string, { target: NotebookTarget; why: readonly string[] }>();
  for (const [path, notebook] of notebooks) {
    try {
      const target = await NotebookTarget.of(path, notebook, place);
      targets.set(path, { target, why: await target.stale() });
    } catch (error) {
      made.set(path, { error });
    }
  }
  // Cells that were executed were type-checked before, but the types that they use may have changed.
  const stale = new Map([...notebooks].filter(([path]) => targets.get(path)?.why.length !== 0));
  const complaints = await checkTypes(stale, mode === "check");
  for (const [path, notebook] of notebooks) {
    const complaint = complaints.get(path);
    const found = targets.get(path);
    try {
      // The compiler says where a cell does not parse, too.
      if (complaint !== undefined) throw new TypeError(complaint);
      if (found === undefined) continue;
      const outputs = await found.target.outputs();
      made.set(path, { notebook: withOutputs(notebook, outputs), why: found.why });
    } catch (error) {
      made.set(path, { error });
    }
  }
  return made;
}

/** Writes, or with `--check` compares, what was made. */
async function settle(
  path: string,
  before: string,
  { notebook, why }: { readonly notebook: Notebook; readonly why: readonly string[] },
  { mode, out }: Job,
): Promise<Outcome> {
  const after = formatNotebook(notebook);
  if (out !== undefined) {
    await Deno.mkdir(out, { recursive: true });
    await Deno.writeTextFile(join(out, basename(path)), after);
    return good(`written to ${join(out, basename(path))}`);
  }
  const pictures = await stalePictures(notebook);
  if (mode === "check") {
    if (after === before && pictures.length === 0) return good("fresh");
    const found = [...differences(parseNotebook(path, before), notebook), ...pictures];
    return {
      good: false,
      words: `stale (${found.join(", ") || "its layout"}): run \`deno task notebooks\`, look at ` +
        "it, and commit it",
    };
  }
  const changed = after !== before || pictures.length > 0;
  if (after !== before) await Deno.writeTextFile(path, after);
  await writePictures(notebook);
  if (why.length === 0) return good(changed ? "written from the store" : "up to date");
  return good(`executed: ${why.slice(0, 3).join("; ")}${why.length > 3 ? "; …" : ""}`);
}

async function parseJob(args: string[]): Promise<Job> {
  let parsed;
  try {
    parsed = parseArgs({
      args,
      allowPositionals: true,
      options: {
        check: { type: "boolean" },
        types: { type: "boolean" },
        config: { type: "string" },
        out: { type: "string" },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
  const { values: { check, types, config = DEFAULT_CONFIG, out }, positionals } = parsed;
  if (check && types) throw new UsageError("--check and --types exclude each other: give one");
  if (out !== undefined && (check || types)) {
    throw new UsageError("--out is for execution: leave --check or --types away");
  }
  if (config !== DEFAULT_CONFIG && out === undefined) {
    throw new UsageError(
      `The committed notebooks show ${DEFAULT_CONFIG}: with --config give --out DIR for copies`,
    );
  }
  const paths = positionals.length > 0 ? positionals.map((path) => resolve(path)) : await all();
  return {
    mode: check ? "check" : types ? "types" : "execute",
    config: relative(ROOT, resolve(config)),
    out: out === undefined ? undefined : resolve(out),
    paths,
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

function good(words: string): Outcome {
  return { good: true, words };
}

function failed(error: unknown): Outcome {
  return { good: false, words: error instanceof Error ? error.message : String(error) };
}

function say(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
}

if (import.meta.main) {
  try {
    Deno.exit(await main(Deno.args));
  } catch (error) {
    const remedy = error instanceof Error && "remedy" in error ? `\n${error.remedy}` : "";
    say(`${error instanceof Error ? error.message : error}${remedy}`.trimEnd());
    Deno.exit(error instanceof UsageError ? 2 : 1);
  }
}
