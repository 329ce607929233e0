/** A notebook's code: its cells together are one module, which is type-checked as such. */
import { basename, dirname, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { type Notebook, sourceOf } from "./notebook.ts";

export interface Extract {
  /** The cells' code one below the other, relative imports made absolute. */
  readonly code: string;
  /** By line of `code`, from 0: which code cell and which of its lines, both from 1. */
  readonly origin: readonly { readonly cell: number; readonly line: number }[];
}

const RELATIVE_IMPORT = /(\bfrom\s+|\bimport\s+|\bimport\(\s*)(["'])(\.{1,2}\/[^"']+)\2/g;

/** The code of each code cell. */
export function codeCells({ cells }: Notebook): string[] {
  return cells.filter(({ cell_type }) => cell_type === "code").map(sourceOf);
}

/** The code of all cells, one below the other. */
export function codeOf(notebook: Notebook): string {
  return codeCells(notebook).join("\n");
}

/** The code of the notebook at `path` as one module that can lie anywhere. */
export function extract(path: string, notebook: Notebook): Extract {
  const base = pathToFileURL(resolve(path));
  const origin = codeCells(notebook).flatMap((code, n) =>
    code.split("\n").map((_, i) => ({ cell: n + 1, line: i + 1 }))
  );
  const code = codeOf(notebook).replace(
    RELATIVE_IMPORT,
    (_, before: string, quote: string, specifier: string) =>
      `${before}${quote}${new URL(specifier, base)}${quote}`,
  );
  return { code: `${code}\nexport {};\n`, origin };
}

/**
 * What the compiler says of the cells of notebooks in one folder: complaints by path, each place as
 * cell and line; a notebook without one is not in it. With `frozen`, a package that the notebooks'
 * lock file lacks is an error; else it is added.
 */
export async function checkTypes(
  notebooks: ReadonlyMap<string, Notebook>,
  frozen: boolean,
): Promise<Map<string, string>> {
  const complaints = new Map<string, string>();
  const [first] = notebooks.keys();
  if (first === undefined) return complaints;
  const folder = await Deno.makeTempDir();
  try {
    const files: string[] = [];
    const origins = new Map<string, { path: string; origin: Extract["origin"] }>();
    for (const [path, notebook] of notebooks) {
      const { code, origin } = extract(path, notebook);
      const file = `cells-${files.length}.ts`;
      origins.set(file, { path, origin });
      files.push(`${folder}/${file}`);
      await Deno.writeTextFile(`${folder}/${file}`, code);
    }
    const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: [
        "check",
        "--quiet",
        `--frozen=${frozen}`,
        "--config",
        `${dirname(first)}/deno.json`,
        ...files,
      ],
      env: { NO_COLOR: "1" },
    }).output();
    if (success) return complaints;
    const text = new TextDecoder().decode(stderr.length > 0 ? stderr : stdout)
      .replace(/^Check .*\n/gm, "")
      .replace(/\nerror: Type checking failed\.[^]*$/, "")
      .replace(/\n*Found \d+ errors?\.\s*$/, "");
    // One complaint of the compiler is a paragraph; what names no notebook is said of all.
    for (const paragraph of text.split(/\n{2,}/)) {
      const named = new Set<string>();
      const placed = paragraph.replace(
        /file:\/\/\S*\/(cells-\d+\.ts)(?::(\d+):\d+)?/g,
        (_, file: string, line: string | undefined) => {
          const { path, origin } = origins.get(file) ?? { path: first, origin: [] };
          named.add(path);
          const from = origin[Number(line) - 1];
          const name = basename(path);
          return from ? `${name}: code cell ${from.cell}, line ${from.line}` : name;
        },
      ).trim();
      if (placed === "") continue;
      for (const path of named.size > 0 ? named : notebooks.keys()) {
        const before = complaints.get(path);
        complaints.set(path, before === undefined ? placed : `${before}\n\n${placed}`);
      }
    }
    return complaints;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
