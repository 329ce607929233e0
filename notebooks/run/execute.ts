/** Executes a notebook's cells on a fresh Deno kernel. */
import { basename, dirname } from "node:path";
import { Kernel } from "./kernel.ts";
import { type Notebook, type Output, sourceOf } from "./notebook.ts";

/** A cell that failed, with the notebook, the cell and, where it is known, the line. */
export class CellError extends Error {
  override readonly name = "CellError";

  /** `cell` counts code cells from 1; `line` counts from 1. */
  constructor(
    notebook: string,
    cell: number,
    line: number | undefined,
    what: string,
  ) {
    const at = line === undefined ? "" : `, line ${line}`;
    super(`${notebook}: code cell ${cell}${at}: ${what}`);
  }
}

/**
 * Runs every code cell in order in the notebook's own folder, with `env` beside the environment, and
 * returns the notebook with what they put out. Throws `CellError` at the first cell that fails.
 */
export async function execute(
  path: string,
  notebook: Notebook,
  env: Readonly<Record<string, string>> = {},
): Promise<Notebook> {
  await using kernel = await Kernel.start(dirname(path), env);
  const cells: Notebook["cells"] = [];
  let index = 0;
  for (const cell of notebook.cells) {
    if (cell.cell_type !== "code") {
      cells.push(cell);
      continue;
    }
    index++;
    const code = sourceOf(cell);
    if (code.trim() === "") {
      cells.push({ ...cell, execution_count: null, outputs: [] });
      continue;
    }
    const { count, outputs } = await kernel.execute(code);
    for (const output of outputs) {
      if (output.output_type === "error") throw failure(basename(path), index, output);
    }
    cells.push({ ...cell, execution_count: count, outputs });
  }
  return { ...notebook, cells };
}

function failure(
  path: string,
  cell: number,
  error: Output & { output_type: "error" },
): CellError {
  const frame = error.traceback.join("\n").match(/<anonymous>:(\d+):\d+/);
  const line = frame ? Number(frame[1]) : undefined;
  // Deno puts a thrown error's message into the traceback only.
  const what = error.evalue === "" ? error.traceback.join("\n") : error.evalue;
  return new CellError(path, cell, line, `${error.ename}: ${what}`);
}
