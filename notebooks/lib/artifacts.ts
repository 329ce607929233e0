/**
 * What the pipeline's stages left behind, by "stage.output". `deno task notebooks` hands a notebook the
 * artifacts that it names; in Jupyter they are those of the last run, found through its lock file.
 */
import { fileURLToPath } from "node:url";
import { z } from "zod";
import type { Format } from "../../pipeline/mod.ts";

const root = new URL("../../", import.meta.url);

const contextSchema = z.object({
  config: z.string(),
  artifacts: z.record(z.string(), z.string()),
});

const lockSchema = z.object({
  stages: z.record(
    z.string(),
    z.object({
      outputs: z.record(z.string(), z.object({ digest: z.string(), extension: z.string() })),
    }),
  ),
});

/** What `deno task notebooks` says; `undefined` in Jupyter. */
function context(): z.infer<typeof contextSchema> | undefined {
  const text = Deno.env.get("NOTEBOOK_CONTEXT");
  return text === undefined ? undefined : contextSchema.parse(JSON.parse(text));
}

/**
 * The config whose run the notebooks show, from the project root: `PIPELINE_CONFIG` in the
 * environment, or `pipeline.json`.
 */
export function configPath(): string {
  return context()?.config ?? Deno.env.get("PIPELINE_CONFIG") ?? "pipeline.json";
}

/**
 * Path of an artifact, which must be named by a literal: what the cells name is what their notebook is
 * executed again for. Throws `Deno.errors.NotFound` with the remedy where it is not there.
 */
export async function artifactPath(name: string): Promise<string> {
  const given = context();
  if (given !== undefined) {
    const path = given.artifacts[name];
    if (path !== undefined) return path;
    throw new Deno.errors.NotFound(
      `No cell names "${name}" in a call of its own: write readArtifact("${name}", …) in one`,
    );
  }
  const lock = configPath().replace(/\.json$/, "") + ".lock.json";
  const [stage = "", output = ""] = name.split(".");
  const found = lockSchema.parse(await readJson(new URL(lock, root))).stages[stage]
    ?.outputs[output];
  if (found === undefined) {
    throw new Deno.errors.NotFound(
      `The last run has no "${name}": run \`deno task pipeline\`, or correct the name`,
    );
  }
  return fileURLToPath(
    new URL(`.pipeline/objects/${found.digest}${found.extension.replace(/\/$/, "")}`, root),
  );
}

/** Reads an artifact by the format that its stage wrote it with. Throws as `artifactPath`. */
export async function readArtifact<T>(name: string, format: Format<T>): Promise<T> {
  const path = await artifactPath(name);
  try {
    return await format.read(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new Deno.errors.NotFound(
      `"${name}" is not in the store: run \`deno task pipeline\` first`,
      { cause: error },
    );
  }
}

async function readJson(url: URL): Promise<unknown> {
  try {
    return JSON.parse(await Deno.readTextFile(url));
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new Deno.errors.NotFound(
      `${url.href.slice(root.href.length)} is missing: run \`deno task pipeline\` first`,
      { cause: error },
    );
  }
}
