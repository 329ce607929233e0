/** The project's modules and what they import, as Deno itself sees them. */
import { fileURLToPath, pathToFileURL } from "node:url";
import { relative } from "node:path";
import { z } from "zod";

/** The project's root, with a slash at its end. */
export const root = new URL("../../", import.meta.url);

export interface Import {
  /** Path from the root of the importing module. */
  readonly from: string;
  readonly line: number;
  /** As written. */
  readonly specifier: string;
  /** Path from the root of the imported module; `undefined` for packages and built-in modules. */
  readonly to: string | undefined;
  readonly typeOnly: boolean;
  readonly dynamic: boolean;
}

const target = z.object({
  specifier: z.string().optional(),
  span: z.object({ start: z.object({ line: z.int() }) }).optional(),
});

const infoSchema = z.object({
  modules: z.array(z.object({
    specifier: z.string(),
    dependencies: z.array(z.object({
      specifier: z.string(),
      code: target.optional(),
      type: target.optional(),
      isDynamic: z.boolean().optional(),
    })).optional(),
  })),
});

/** Every import in the modules that `entries` (paths from the root) reach. */
export async function importsOf(entries: readonly string[]): Promise<Import[]> {
  const list = await Deno.makeTempFile({ suffix: ".ts" });
  try {
    const lines = entries.map((path) => `import ${JSON.stringify(new URL(path, root).href)};`);
    await Deno.writeTextFile(list, lines.join("\n"));
    const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["info", "--json", "--config", fileURLToPath(new URL("deno.json", root)), list],
      env: { NO_COLOR: "1" },
    }).output();
    if (!success) throw new Error(`deno info failed: ${new TextDecoder().decode(stderr)}`);
    const own = pathToFileURL(await Deno.realPath(list)).href;
    const { modules } = infoSchema.parse(JSON.parse(new TextDecoder().decode(stdout)));
    return modules.filter((m) => m.specifier !== own && m.specifier.startsWith(root.href))
      .flatMap((m) =>
        (m.dependencies ?? []).map((d): Import => ({
          from: fromRoot(m.specifier),
          line: (d.code ?? d.type)?.span?.start.line ?? 0,
          specifier: d.specifier,
          to: local(d.code?.specifier ?? d.type?.specifier),
          typeOnly: d.code === undefined,
          dynamic: d.isDynamic ?? false,
        }))
      );
  } finally {
    await Deno.remove(list);
  }
}

/** Files that git tracks or would track, by path from the root. */
export async function projectFiles(): Promise<string[]> {
  const { success, stdout, stderr } = await new Deno.Command("git", {
    args: ["ls-files", "-z", "--cached", "--others", "--exclude-standard", "--deduplicate"],
    cwd: root,
  }).output();
  if (!success) throw new Error(`git ls-files failed: ${new TextDecoder().decode(stderr)}`);
  const names = new TextDecoder().decode(stdout).split("\0").filter((name) => name !== "");
  const there = await Promise.all(names.map((name) => exists(new URL(name, root))));
  return names.filter((_, i) => there[i]);
}

function fromRoot(url: string): string {
  return relative(fileURLToPath(root), fileURLToPath(url));
}

function local(url: string | undefined): string | undefined {
  return url?.startsWith(root.href) ? fromRoot(url) : undefined;
}

async function exists(url: URL): Promise<boolean> {
  try {
    return (await Deno.stat(url)).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
