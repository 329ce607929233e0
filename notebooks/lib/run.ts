/** The artifacts of the pipeline's last run, found through its lock file. */
import { z } from "zod";

const root = new URL("../../", import.meta.url);

const lockSchema = z.object({
  stages: z.record(
    z.string(),
    z.object({
      outputs: z.record(z.string(), z.object({ digest: z.string(), extension: z.string() })),
    }),
  ),
});

/**
 * Where the last run left the output of a stage. Throws `Deno.errors.NotFound` with the remedy
 * where there was no such run or the store was emptied.
 */
export async function artifact(stage: string, output: string): Promise<URL> {
  const { stages } = lockSchema.parse(await readJson(new URL("pipeline.lock.json", root)));
  const found = stages[stage]?.outputs[output];
  if (!found) {
    throw new Deno.errors.NotFound(
      `The last run has no output "${output}" of a stage "${stage}": run \`deno task pipeline\``,
    );
  }
  return new URL(`.pipeline/objects/${found.digest}${found.extension}`, root);
}

/** A JSON output of the last run, parsed by the schema that its stage wrote it with. */
export async function readArtifact<T>(
  stage: string,
  output: string,
  schema: z.ZodType<T>,
): Promise<T> {
  return schema.parse(await readJson(await artifact(stage, output)));
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
