/**
 * The code that a stage runs, as key parts: every local module reached by imports that run, worker
 * files, assets, and the locked npm packages among them. Imports of types, comments and formatting
 * count for nothing.
 *
 * An `import()` of a computed path is refused, unless the stage declares `assets`, as it must for each
 * file that it reads by a computed path.
 */
import { relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { statOf } from "./atomic.ts";
import { compareText, treeDigest } from "./digest.ts";
import type { ModuleInfo, Names } from "./module_info.ts";
import { Packages, type Target } from "./packages.ts";
import type { StatCache } from "./stats.ts";

const SCRIPT = /\.[cm]?[jt]s$/;

/** A key part's name to its value, sorted by name. */
export type Parts = Readonly<Record<string, string>>;

/** Where a stage's code starts. */
export interface CodeRoot {
  readonly module: string;
  /** The code of `module`, where that is no module file: a notebook's cells. */
  readonly source?: string;
  /** The folder whose deno.json and deno.lock say what the code imports; left out: the project's. */
  readonly packages?: URL;
  readonly assets?: readonly URL[];
}

/** Finds the code of a project's stages. */
export class Fingerprint {
  readonly #root: string;
  readonly #stats: StatCache;
  readonly #packages: Packages;

  private constructor(root: string, stats: StatCache, packages: Packages) {
    this.#root = root;
    this.#stats = stats;
    this.#packages = packages;
  }

  /** For the project whose deno.json and deno.lock are in the folder `root`. */
  static async open(root: string, stats: StatCache): Promise<Fingerprint> {
    return new Fingerprint(root, stats, await Packages.open(root));
  }

  /** Key parts `code:FILE`, `asset:FILE`, `npm:PACKAGE` of a stage. */
  async parts(stage: CodeRoot): Promise<Parts> {
    const parts = new Map<string, string>();
    const seen = new Set<string>();
    const root = new URL(stage.module);
    const pending: { url: URL; names: Names }[] = [{ url: root, names: "*" }];
    const packages = stage.packages === undefined
      ? this.#packages
      : await Packages.open(fileURLToPath(stage.packages));

    const reach = (target: Target, names: Names) => {
      if (target.kind === "file") pending.push({ url: target.url, names });
      if (target.kind === "package") {
        for (const [name, value] of packages.parts(target.specifier)) parts.set(name, value);
      }
    };
    const declared = new Set(stage.assets?.map((url) => bare(url).href));
    for (const url of stage.assets ?? []) await this.#addAsset(url, parts, true);

    for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
      const { url, names } = next;
      const path = fileURLToPath(bare(url));
      const source = url === root ? stage.source : undefined;
      if (source === undefined && !SCRIPT.test(path)) {
        await this.#addAsset(url, parts, false);
        continue;
      }
      const info = source === undefined
        ? await this.#stats.module(path)
        : await analysed(source, path);
      if (info.passes !== undefined && names !== "*") {
        for (const name of names) {
          const id = `${path} ${name}`;
          if (seen.has(id)) continue;
          seen.add(id);
          const from = await this.#origin(url, name, packages);
          if (from === undefined) pending.push({ url, names: "*" });
          else reach(from.target, from.name === "*" ? "*" : [from.name]);
        }
        continue;
      }
      if (seen.has(path)) continue;
      seen.add(path);
      // A module that only passes names on is seen in what it leads to.
      const [line] = info.computed;
      if (line !== undefined && (stage.assets ?? []).length === 0) {
        throw new TypeError(
          `${
            this.#name(path)
          }:${line} imports a computed path, and an edit of what is there would ` +
            `go unseen: write import("./file.ts"), or declare the files in the stage's assets`,
        );
      }
      if (info.passes === undefined) put(parts, `code:${this.#name(path)}`, info.digest);
      for (const { specifier, names } of info.imports) {
        reach(packages.resolve(specifier, url), names);
      }
      for (const literal of info.urls) {
        const found = new URL(literal, url);
        // An asset is bytes, though it may look like a module: a kernel in AssemblyScript, say.
        if (found.protocol !== "file:" || declared.has(bare(found).href)) continue;
        const isFile = (await statOf(fileURLToPath(bare(found))))?.isFile === true;
        if (isFile && SCRIPT.test(found.pathname)) pending.push({ url: found, names: "*" });
        else await this.#addAsset(found, parts, false);
      }
    }
    return sorted(parts);
  }

  /** Where the name that a passing-on module exports comes from. */
  async #origin(
    url: URL,
    name: string,
    packages: Packages,
  ): Promise<{ target: Target; name: string } | undefined> {
    const info = await this.#stats.module(fileURLToPath(bare(url)));
    const direct = info.passes?.[name];
    if (direct !== undefined) {
      return { target: packages.resolve(direct.specifier, url), name: direct.name };
    }
    for (const star of info.stars) {
      const target = packages.resolve(star, url);
      if (target.kind === "file" && await this.#exports(target.url, name, packages, new Set())) {
        return { target, name };
      }
    }
    return undefined;
  }

  async #exports(
    url: URL,
    name: string,
    packages: Packages,
    asked: Set<string>,
  ): Promise<boolean> {
    if (asked.has(url.href) || !SCRIPT.test(url.pathname)) return false;
    asked.add(url.href);
    const info = await this.#stats.module(fileURLToPath(bare(url)));
    if (info.exports.includes(name)) return true;
    for (const star of info.stars) {
      const target = packages.resolve(star, url);
      if (target.kind === "file" && await this.#exports(target.url, name, packages, asked)) {
        return true;
      }
    }
    return false;
  }

  async #addAsset(url: URL, parts: Map<string, string>, declared: boolean): Promise<void> {
    const path = fileURLToPath(bare(url));
    const info = await statOf(path);
    // A folder's URL is a base for others; only one that a stage declares is hashed whole.
    if (info?.isDirectory === true && !declared) return;
    const digest = info === undefined
      ? "missing"
      : await treeDigest(path, (file) => this.#stats.digest(file));
    put(parts, `asset:${this.#name(path)}`, digest);
  }

  /** A path from the project root; of a file elsewhere its last two names, never the whole path. */
  #name(path: string): string {
    const name = relative(this.#root, path).replaceAll(sep, "/");
    if (!name.startsWith("../") && !/^[A-Za-z]:|^\//.test(name)) return name;
    return ["(elsewhere)", ...path.split(sep).slice(-2)].join("/");
  }
}

/** Code that is in no file of its own: nothing is kept of it. */
async function analysed(source: string, path: string): Promise<ModuleInfo> {
  const { analyse } = await import("./analyse.ts");
  return analyse(source, path);
}

/** Files outside the project may share a name: then their part holds the digests of both. */
function put(parts: Map<string, string>, name: string, digest: string): void {
  const known = parts.get(name);
  if (known === undefined || !known.split("+").includes(digest)) {
    parts.set(name, known === undefined ? digest : `${known}+${digest}`);
  }
}

/** Without query and hash: `./worker.ts?x` is the file `worker.ts`. */
function bare(url: URL): URL {
  const copy = new URL(url);
  copy.search = "";
  copy.hash = "";
  return copy;
}

/** Parts in order of name. */
export function sorted(parts: Iterable<readonly [string, string]>): Parts {
  return Object.fromEntries([...parts].sort(([a], [b]) => compareText(a, b)));
}
