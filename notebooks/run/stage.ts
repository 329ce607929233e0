/** A notebook as a stage: from its cells, the code they use and the artifacts they read to outputs. */
import { basename } from "node:path";
import { pathToFileURL } from "node:url";
import { z } from "zod";
import { analyse } from "../../pipeline/engine/analyse.ts";
import { filesFormat } from "../../pipeline/engine/formats.ts";
import { defineStage, type Format } from "../../pipeline/engine/stage.ts";
import { execute } from "./execute.ts";
import { type CellOutputs, cellOutputsSchema, type Notebook, outputsOf } from "./notebook.ts";
import { codeCells, codeOf } from "./cells.ts";
import type { Reads } from "./reads.ts";

/** What the cells of a notebook put out. */
export const outputsFormat: Format<CellOutputs> = {
  name: "cell outputs",
  version: 1,
  extension: ".json",
  write: (path, value) => Deno.writeTextFile(path, JSON.stringify(value) + "\n"),
  read: async (path) => cellOutputsSchema.parse(JSON.parse(await Deno.readTextFile(path))),
};

/** Where a notebook finds what it reads: `notebooks/lib/artifacts.ts` gets it as `NOTEBOOK_CONTEXT`. */
export interface Context {
  /** The config of the pipeline, from the project root. */
  readonly config: string;
  /** Paths by "stage.output": those that the notebook names, no others. */
  readonly artifacts: Readonly<Record<string, string>>;
}

/** Name of the input that is the config, for notebooks that run the pipeline. */
export const CONFIG = "config";

/**
 * The stage that executes the notebook at `path` (absolute). Its key holds the code of each cell
 * without comments and layout, never the text between them: an edit of that executes nothing.
 */
export function notebookStage(path: string, notebook: Notebook, reads: Reads, context: Context) {
  const names = [...reads.artifacts, ...(reads.trials ? [CONFIG] : [])];
  const inputs: Record<string, Format<readonly string[]>> = {};
  for (const name of names) inputs[name] = filesFormat;
  const module = pathToFileURL(path);
  return defineStage({
    name: "notebook",
    module: module.href,
    source: codeOf(notebook),
    packages: new URL("./", module),
    summary: `execute ${basename(path)}`,
    params: z.strictObject({ cells: z.array(z.string()) }),
    inputs,
    outputs: { cells: outputsFormat },
    async run({ outputs }) {
      const executed = await execute(path, notebook, { NOTEBOOK_CONTEXT: JSON.stringify(context) });
      return { cells: await outputs.cells.write(outputsOf(executed)) };
    },
  });
}

/** Digests of the cells' code, one by one: code that moved to another cell has its outputs there. */
export function cellDigests(path: string, notebook: Notebook): string[] {
  return codeCells(notebook).map((code, n) =>
    analyse(code, `${basename(path)}, code cell ${n + 1},`).digest
  );
}
