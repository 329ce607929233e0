/** Runs the job: `spark-submit` as a child process, its progress as lines of JSON. */
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { endOnAbort, linesOf } from "../../child.ts";

/** Where `deno task setup:spark` puts Spark: at the project's root, git-ignored. Joined, not a URL: what a URL names is part of a key. */
export const HOME = join(dirname(fileURLToPath(import.meta.url)), "..", "..", "..", ".spark");

/** Starts Spark's spark-submit; the only program that the pipeline's task may run. */
export const SUBMIT = join(HOME, "bin", "spark-submit");

/** What the job reads. */
export const JOB = fileURLToPath(new URL("job.py", import.meta.url));

/** What the job is to do. */
export interface Order {
  /** Has the folder `pairs`; gets `user`, `item` and `checkpoints`. All executors must reach it. */
  readonly folder: string;
  readonly factors: number;
  readonly iterations: number;
  readonly lambda: number;
  readonly seed: number;
  /** Blocks of users, and of items: parts of the work. Part of what decides the factors' bits. */
  readonly blocks: number;
  /** The process that the job ends with. */
  readonly parent: number;
}

const eventSchema = z.discriminatedUnion("event", [
  z.object({
    event: z.literal("session"),
    application: z.string(),
    spark: z.string(),
    master: z.string(),
  }),
  z.object({ event: z.literal("sweep"), done: z.int().min(0) }),
  z.object({ event: z.literal("done") }),
  z.object({ event: z.literal("failed"), message: z.string() }),
]);

/** The application that the job ran as. */
export type Session = Extract<z.infer<typeof eventSchema>, { event: "session" }>;

export interface SubmitOptions {
  /** Properties of Spark, `spark.master` among them. */
  readonly conf: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
  /** Called with the number of sweeps done. */
  sweep(done: number): void;
  /** Stands for `SUBMIT`; tests set it. */
  readonly program?: string | undefined;
}

/** Lines of Spark's log that a failure is told with. */
const TAIL = 200;

/**
 * Runs the job to its end. Throws `Error` in Spark's words where it fails (`RangeError`, with the remedy,
 * where a row has no solution), and the signal's reason once it is aborted and the child has ended.
 */
export async function submit(order: Order, options: SubmitOptions): Promise<Session> {
  const { conf, signal, program = SUBMIT } = options;
  signal?.throwIfAborted();
  const properties = Object.entries(conf).flatMap(([key, value]) => ["--conf", `${key}=${value}`]);
  const child = new Deno.Command(program, {
    args: ["--name", "product-recommender", ...properties, JOB, JSON.stringify(order)],
    env: local(conf["spark.master"] ?? "") ? { SPARK_LOCAL_IP: "127.0.0.1" } : {},
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  using _ending = signal && endOnAbort(child, signal);
  const tail: string[] = [];
  let session: Session | undefined;
  let failure: string | undefined;
  let done = false;
  const take = (line: string) => {
    const event = parse(line);
    if (event === undefined) {
      tail.push(line);
      if (tail.length > TAIL) tail.shift();
    } else if (event.event === "session") session = event;
    else if (event.event === "sweep") options.sweep(event.done);
    else if (event.event === "failed") failure = event.message;
    else done = true;
  };
  await Promise.all([child.stdout, child.stderr].map(async (stream) => {
    for await (const line of linesOf(stream)) take(line);
  }));
  const { success, code } = await child.status;
  signal?.throwIfAborted();
  if (success && done && session !== undefined) return session;
  const words = failure ?? lastWords(tail) ?? `it ended with exit code ${code}`;
  const message = `Spark at ${JSON.stringify(conf["spark.master"] ?? "")}` +
    `${session === undefined ? "" : ` (${session.application})`} failed: ${words}`;
  if (!/SingularMatrixException|not positive definite/.test(words)) throw new Error(message);
  throw new RangeError(
    `${message}. The numbers of a row are no longer finite: raise train.lambda, or lower train.alpha ` +
      `or train.factors`,
  );
}

/** Whether all of Spark runs on this machine, so that nothing of it needs another address than loopback. */
export function local(master: string): boolean {
  return /^local(-cluster)?\b/.test(master);
}

/** A line of progress; `undefined` for one of a log. */
function parse(line: string): z.infer<typeof eventSchema> | undefined {
  if (!line.startsWith('{"event"')) return undefined;
  try {
    return eventSchema.parse(JSON.parse(line));
  } catch {
    return undefined;
  }
}

/** The line of a log that says most likely why it ended: the first error of the last exception. */
function lastWords(tail: readonly string[]): string | undefined {
  const said = tail.filter((line) => line.trim() !== "" && !/^\s+(at |\.\.\.)/.test(line));
  return said.findLast((line) => /Exception|Error|error:|refused|not found/.test(line)) ??
    said.at(-1);
}
