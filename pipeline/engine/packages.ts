/** Import specifiers by deno.json's `imports`, and npm packages by deno.lock. */
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { z } from "zod";
import { textOf } from "./atomic.ts";

const denoSchema = z.looseObject({ imports: z.record(z.string(), z.string()).optional() });
const packageSchema = z.looseObject({
  integrity: z.string().optional(),
  dependencies: z.array(z.string()).optional(),
  optionalDependencies: z.array(z.string()).optional(),
});
const lockSchema = z.looseObject({
  specifiers: z.record(z.string(), z.string()).optional(),
  npm: z.record(z.string(), packageSchema).optional(),
  remote: z.record(z.string(), z.string()).optional(),
});

/** Where an import leads: a file of ours, a package, or the runtime itself. */
export type Target =
  | { readonly kind: "file"; readonly url: URL }
  | { readonly kind: "package"; readonly specifier: string }
  | { readonly kind: "builtin" };

/** A project's import map and locked packages. */
export class Packages {
  readonly #root: URL;
  readonly #imports: Readonly<Record<string, string>>;
  readonly #lock: z.infer<typeof lockSchema>;

  private constructor(
    root: URL,
    imports: Record<string, string>,
    lock: z.infer<typeof lockSchema>,
  ) {
    this.#root = root;
    this.#imports = imports;
    this.#lock = lock;
  }

  /** Reads deno.json and deno.lock of the project at `root`; either may be missing. */
  static async open(root: string): Promise<Packages> {
    const config = await readJson(join(root, "deno.json"), denoSchema) ?? {};
    const lock = await readJson(join(root, "deno.lock"), lockSchema) ?? {};
    return new Packages(pathToFileURL(root + "/"), config.imports ?? {}, lock);
  }

  /** Resolves a specifier as written in the module at `base`. */
  resolve(specifier: string, base: URL): Target {
    if (/^\.{0,2}\//.test(specifier)) return { kind: "file", url: new URL(specifier, base) };
    const mapped = this.#mapped(specifier);
    if (/^\.{0,2}\//.test(mapped)) return { kind: "file", url: new URL(mapped, this.#root) };
    if (mapped.startsWith("file:")) return { kind: "file", url: new URL(mapped) };
    if (mapped.startsWith("node:")) return { kind: "builtin" };
    return { kind: "package", specifier: mapped };
  }

  /**
   * The key parts of a package: it and all that it depends on, name to `version integrity`. The
   * integrity is cut to 22 base64 digits (132 bits): enough to tell, short enough to read.
   */
  parts(specifier: string): Map<string, string> {
    const parts = new Map<string, string>();
    if (!specifier.startsWith("npm:")) {
      parts.set(`package:${specifier}`, this.#lock.remote?.[specifier] ?? "not locked");
      return parts;
    }
    const request = specifier.replace(/^npm:\/?/, "");
    const match = /^((?:@[^/]+\/)?[^/@]+)(@[^/]+)?/.exec(request);
    const name = match?.[1] ?? request;
    const version = this.#lock.specifiers?.[`npm:${name}${match?.[2] ?? ""}`] ??
      this.#lock.specifiers?.[`npm:${name}@*`];
    if (version === undefined) {
      parts.set(`npm:${name}`, `${match?.[2]?.slice(1) ?? ""} not locked`.trim());
      return parts;
    }
    const found = new Set<string>();
    const pending = [`${name}@${version}`];
    for (let id = pending.pop(); id !== undefined; id = pending.pop()) {
      // Types do not run.
      if (found.has(id) || id.startsWith("@types/")) continue;
      found.add(id);
      const entry = this.#lock.npm?.[id];
      for (const wish of [...entry?.dependencies ?? [], ...entry?.optionalDependencies ?? []]) {
        pending.push(this.#locked(wish));
      }
    }
    for (const id of [...found].sort()) {
      const at = id.indexOf("@", 1);
      const key = `npm:${at < 0 ? id : id.slice(0, at)}`;
      const integrity = this.#lock.npm?.[id]?.integrity?.slice(0, "sha512-".length + 22);
      // A peer suffix ("4.22.0_@scope+peer@4.22.0") repeats what the other parts say.
      const bare = at < 0 ? "" : id.slice(at + 1).replace(/_.*/, "");
      const value = `${bare} ${integrity ?? "not locked"}`.trim();
      const known = parts.get(key);
      parts.set(key, known === undefined || known === value ? value : `${known}, ${value}`);
    }
    return parts;
  }

  #mapped(specifier: string): string {
    const exact = this.#imports[specifier];
    if (exact !== undefined) return exact;
    const prefixes = Object.keys(this.#imports)
      .filter((key) => specifier.startsWith(key.endsWith("/") ? key : `${key}/`))
      .sort((a, b) => b.length - a.length);
    const [longest] = prefixes;
    if (longest === undefined) return specifier;
    return (this.#imports[longest] ?? "") + specifier.slice(longest.length);
  }

  /** A dependency as the lock writes it: "name" where one version is locked, else "name@version". */
  #locked(wish: string): string {
    const npm = this.#lock.npm ?? {};
    if (npm[wish] !== undefined) return wish;
    return Object.keys(npm).find((id) =>
      id.startsWith(`${wish}@`) && id.indexOf("@", 1) === wish.length
    ) ??
      wish;
  }
}

async function readJson<T>(path: string, schema: z.ZodType<T>): Promise<T | undefined> {
  const text = await textOf(path);
  return text === undefined ? undefined : schema.parse(JSON.parse(text));
}
