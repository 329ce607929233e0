/**
 * `deno task notebooks [--check | --types] [notebook …]`
 *
 * Without a flag: executes the notebooks in place, and writes the pictures that documents show.
 * `--check`: executes them in scratch and compares with what is there; exit code 0 only where
 * nothing would change. `--types`: type-checks the cells.
 */
import { basename, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { checkTypes } from "./cells.ts";
import { execute } from "./execute.ts";
import { formatNotebook, parseNotebook } from "./notebook.ts";
import { stalePictures, writePictures } from "./pictures.ts";

type Mode = "execute" | "check" | "types";
type Outcome = "ok" | "written" | "stale";

const done: Readonly<Record<Mode, string>> = {
  execute: "executed",
  check: "fresh",
  types: "type-checked",
};

/** Handles one notebook. Throws where it cannot be parsed, has type errors or a cell fails. */
async function handle(path: string, mode: Mode): Promise<Outcome> {
  const before = await Deno.readTextFile(path);
  const notebook = parseNotebook(path, before);
  const complaint = await checkTypes(path, notebook, mode !== "execute");
  if (complaint !== "") throw new TypeError(complaint);
  if (mode === "types") return "ok";
  const executed = await execute(path, notebook);
  const after = formatNotebook(executed);
  if (after === before && (await stalePictures(executed)).length === 0) return "ok";
  if (mode === "check") return "stale";
  await Deno.writeTextFile(path, after);
  await writePictures(executed);
  return "written";
}

async function main(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { check: { type: "boolean" }, types: { type: "boolean" } },
  });
  const mode = values.check ? "check" : values.types ? "types" : "execute";
  const paths = positionals.length > 0 ? positionals : await all();
  let good = 0;
  for (const path of paths) {
    const name = basename(path);
    try {
      const outcome = await handle(path, mode);
      if (outcome !== "stale") good++;
      say(
        `${name}: ${
          outcome === "stale"
            ? "stale; run `deno task notebooks` after `deno task pipeline`, look at it, and commit it"
            : outcome === "written"
            ? "executed and written"
            : done[mode]
        }`,
      );
    } catch (error) {
      say(`${name}: ${error instanceof Error ? error.message : error}`);
    }
  }
  say(`${good} of ${paths.length} notebooks ${done[mode]}`);
  return good === paths.length && paths.length > 0 ? 0 : 1;
}

/** The notebooks beside this folder, by name. */
async function all(): Promise<string[]> {
  const folder = relative(Deno.cwd(), fileURLToPath(new URL("../", import.meta.url))) || ".";
  const names: string[] = [];
  for await (const { name } of Deno.readDir(folder)) {
    if (name.endsWith(".ipynb")) names.push(name);
  }
  return names.sort().map((name) => `${folder}/${name}`);
}

function say(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
}

if (import.meta.main) {
  try {
    Deno.exit(await main(Deno.args));
  } catch (error) {
    say(error instanceof Error ? error.message : String(error));
    Deno.exit(2);
  }
}
