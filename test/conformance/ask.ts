/** Asks a library for its values of lists: a child process in a virtual environment of its own. */
import { z } from "zod";
import { type EnvironmentOptions, openEnvironment } from "../bench/train/environment.ts";
import { type Case, tiedScores } from "./cases.ts";
import type { Library } from "./libraries.ts";

const answerSchema = z.strictObject({
  version: z.string(),
  values: z.record(z.string(), z.array(z.number().nullable())),
  order: z.array(z.int()).nullable(),
});

export interface Answer {
  readonly version: string;
  /** By column: one value for each list; null where the library leaves it out. */
  readonly values: Readonly<Record<string, readonly (number | null)[]>>;
  /** Tied items as it ranks them; null where it takes lists in order. */
  readonly order: readonly number[] | null;
}

/** Throws `Error` where it cannot be installed, fails, or says something else than was asked. */
export async function ask(
  { name, script, environment }: Library,
  cases: readonly Case[],
  options: EnvironmentOptions,
): Promise<Answer> {
  const command = environment ? await openEnvironment(environment, options) : "python3";
  let child: Deno.ChildProcess;
  try {
    child = new Deno.Command(command, {
      args: [script],
      env: {
        PYTHONDONTWRITEBYTECODE: "1",
        OMP_NUM_THREADS: "1",
        OPENBLAS_NUM_THREADS: "1",
        PYSPARK_PYTHON: command,
        SPARK_LOCAL_IP: "127.0.0.1",
      },
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
  } catch (cause) {
    throw new Error(`${name} needs ${command}, which cannot be started here`, { cause });
  }
  const lists = cases.map(({ k, relevant, list }) => [k, relevant, list]);
  const request = new Blob([JSON.stringify({ lists, tied: tiedScores })]).stream();
  // A child that ends before it has read everything says why on its standard error.
  const [, { success, stdout, stderr }] = await Promise.all([
    request.pipeTo(child.stdin).catch(() => {}),
    child.output(),
  ]);
  const lastLine = (bytes: Uint8Array) =>
    new TextDecoder().decode(bytes).trim().split("\n").at(-1) ?? "";
  if (!success) throw new Error(`${name} failed: ${lastLine(stderr)}`);
  const answer = answerSchema.parse(JSON.parse(lastLine(stdout)));
  for (const [column, values] of Object.entries(answer.values)) {
    if (values.length !== cases.length) {
      throw new RangeError(`${name} has ${values.length} of ${column}, not ${cases.length}`);
    }
  }
  return answer;
}
