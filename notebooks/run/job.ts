/** Executes, compares or type-checks notebooks; says one line for each, and a summary. */
import { basename, join } from "node:path";
import { checkTypes } from "./cells.ts";
import { differences } from "./differences.ts";
import { formatNotebook, type Notebook, parseNotebook, withOutputs } from "./notebook.ts";
import { stalePictures, writePictures } from "./pictures.ts";
import { NotebookTarget, type Place } from "./target.ts";

/** What to do with the notebooks at `paths` (absolute). */
export type Job = {
  /** Type-checks their cells. */
  readonly mode: "types";
  readonly paths: readonly string[];
} | {
  /**
   * execute: what is stale, and writes all, with the pictures that documents show. check: the same in
   * the place's store, but only compares. copy: as execute, into the folder `out`.
   */
  readonly mode: "execute" | "check" | "copy";
  readonly paths: readonly string[];
  readonly place: Place;
  readonly out?: string;
};

/** What became of the notebooks. */
export interface Report {
  /** One for each notebook, in their order, then the summary. */
  readonly lines: readonly string[];
  /** Whether all are as they should be. */
  readonly good: boolean;
}

interface Outcome {
  readonly good: boolean;
  readonly words: string;
}

/** What was made of a notebook, and why it had to be executed: nothing where it had not. */
type Made =
  | { readonly notebook: Notebook; readonly why: readonly string[] }
  | { readonly error: unknown };

const DONE = { execute: "up to date", copy: "written", check: "fresh", types: "type-checked" };

/** Does the job. A notebook that fails keeps no other from its turn. */
export async function doJob(job: Job): Promise<Report> {
  const outcomes = new Map<string, Outcome>();
  const notebooks = new Map<string, Notebook>();
  const texts = new Map<string, string>();
  for (const path of job.paths) {
    try {
      const text = await Deno.readTextFile(path);
      notebooks.set(path, parseNotebook(basename(path), text));
      texts.set(path, text);
    } catch (error) {
      outcomes.set(path, failed(error));
    }
  }
  if (job.mode === "types") {
    const complaints = await checkTypes(notebooks, true);
    for (const path of notebooks.keys()) {
      const complaint = complaints.get(path);
      outcomes.set(path, complaint ? { good: false, words: complaint } : good(DONE.types));
    }
  } else {
    const all = await execution(notebooks, job.place, job.mode === "check");
    for (const [path, made] of all) {
      const outcome = "error" in made
        ? failed(made.error)
        : job.mode === "copy"
        ? await copy(path, made.notebook, job.out ?? ".")
        : job.mode === "check"
        ? await compare(path, texts.get(path) ?? "", made.notebook)
        : await write(path, texts.get(path) ?? "", made);
      outcomes.set(path, outcome);
    }
  }
  const lines = job.paths.map((path) => {
    const [name, words = ""] = [basename(path), outcomes.get(path)?.words];
    return words.startsWith(`${name}: `) ? words : `${name}: ${words}`;
  });
  const count = [...outcomes.values()].filter(({ good }) => good).length;
  return {
    lines: [...lines, `${count} of ${job.paths.length} notebooks ${DONE[job.mode]}`],
    good: count === job.paths.length && count > 0,
  };
}

/** Executes what is stale; one that fails keeps no other from its turn. */
async function execution(
  notebooks: ReadonlyMap<string, Notebook>,
  place: Place,
  frozen: boolean,
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
  const complaints = await checkTypes(stale, frozen);
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

async function copy(path: string, notebook: Notebook, out: string): Promise<Outcome> {
  await Deno.mkdir(out, { recursive: true });
  await Deno.writeTextFile(join(out, basename(path)), formatNotebook(notebook));
  return good(`written to ${join(out, basename(path))}`);
}

async function compare(path: string, before: string, made: Notebook): Promise<Outcome> {
  const pictures = await stalePictures(made);
  if (formatNotebook(made) === before && pictures.length === 0) return good("fresh");
  const found = [...differences(parseNotebook(path, before), made), ...pictures];
  return {
    good: false,
    words:
      `stale (${found.join(", ") || "its layout"}): run \`deno task notebooks\`, look at it, ` +
      "and commit it",
  };
}

async function write(
  path: string,
  before: string,
  { notebook, why }: { readonly notebook: Notebook; readonly why: readonly string[] },
): Promise<Outcome> {
  const after = formatNotebook(notebook);
  const changed = after !== before || (await stalePictures(notebook)).length > 0;
  if (changed) {
    await Deno.writeTextFile(path, after);
    await writePictures(notebook);
  }
  if (why.length === 0) return good(changed ? "written from the store" : "up to date");
  return good(`executed: ${why.slice(0, 3).join("; ")}${why.length > 3 ? "; …" : ""}`);
}

function good(words: string): Outcome {
  return { good: true, words };
}

function failed(error: unknown): Outcome {
  return { good: false, words: error instanceof Error ? error.message : String(error) };
}
