/** Type-checks the code of a notebook: its cells together are one module. */
import { dirname, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { type Notebook, sourceOf } from "./notebook.ts";

export interface Extract {
  /** The cells' code one below the other, relative imports made absolute. */
  readonly code: string;
  /** By line of `code`, from 0: which code cell and which of its lines, both from 1. */
  readonly origin: readonly { readonly cell: number; readonly line: number }[];
}

const RELATIVE_IMPORT = /(\bfrom\s+|\bimport\s+|\bimport\(\s*)(["'])(\.{1,2}\/[^"']+)\2/g;

/** The code of the notebook at `path` as one module that can lie anywhere. */
export function extract(path: string, notebook: Notebook): Extract {
  const base = pathToFileURL(resolve(path));
  const lines: string[] = [];
  const origin: { cell: number; line: number }[] = [];
  let cell = 0;
  for (const { cell_type, source } of notebook.cells) {
    if (cell_type !== "code") continue;
    cell++;
    for (const [i, line] of sourceOf({ source }).split("\n").entries()) {
      lines.push(line);
      origin.push({ cell, line: i + 1 });
    }
  }
  const code = lines.join("\n").replace(
    RELATIVE_IMPORT,
    (_, before: string, quote: string, specifier: string) =>
      `${before}${quote}${new URL(specifier, base)}${quote}`,
  );
  return { code: `${code}\nexport {};\n`, origin };
}

/**
 * What the compiler says of the notebook's cells, each place as cell and line; "" if nothing.
 * With `frozen`, a package that the notebooks' lock file lacks is an error; else it is added.
 */
export async function checkTypes(
  path: string,
  notebook: Notebook,
  frozen: boolean,
): Promise<string> {
  const { code, origin } = extract(path, notebook);
  const folder = await Deno.makeTempDir();
  try {
    const file = `${folder}/cells.ts`;
    await Deno.writeTextFile(file, code);
    const { success, stdout, stderr } = await new Deno.Command(
      Deno.execPath(),
      {
        args: [
          "check",
          "--quiet",
          `--frozen=${frozen}`,
          "--config",
          `${dirname(path)}/deno.json`,
          file,
        ],
        env: { NO_COLOR: "1" },
      },
    ).output();
    if (success) return "";
    return new TextDecoder().decode(stderr.length > 0 ? stderr : stdout)
      .replace(/^Check .*\n/gm, "")
      .replace(/\nerror: Type checking failed\.[^]*$/, "")
      .replace(/file:\/\/\S*\/cells\.ts:(\d+):\d+/g, (_, line: string) => {
        const from = origin[Number(line) - 1];
        return from ? `${path}: code cell ${from.cell}, line ${from.line}` : path;
      });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
