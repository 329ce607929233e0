/** Training from the server: the pipeline's own command line as a child process. */
import { endOnAbort, linesOf } from "../pipeline/child.ts";
import { failureSchema, type ProgressLine, progressLineSchema } from "./schemas/training.ts";

/** A training that failed, in the pipeline's words. */
export class TrainingError extends Error {
  override readonly name = "TrainingError";
  /** The stage that failed; null where none did. */
  readonly stage: string | null;
  /** What to do about it. */
  readonly remedy: string;

  constructor(message: string, remedy: string, stage: string | null, options?: ErrorOptions) {
    super(message, options);
    this.remedy = remedy;
    this.stage = stage;
  }
}

export interface PipelineOptions {
  /** The project's folder. */
  readonly root: string;
  /** Where the export goes. */
  readonly model: string;
  readonly config?: string | undefined;
  readonly store?: string | undefined;
  /** Further settings, as `--set` takes them. */
  readonly settings?: readonly string[] | undefined;
  /** Databases that the pipeline may connect to, each as HOST:PORT. */
  readonly databases?: readonly string[] | undefined;
  /** Takes each line that the pipeline writes to standard error for people. */
  log(line: string): void;
  /** Takes what the pipeline says of its progress. */
  progress?(line: ProgressLine): void;
  /** Ends the child: at once asked to stop, after some seconds killed. */
  readonly signal: AbortSignal;
  /** The command that stands for the pipeline's; tests set it. */
  readonly command?: readonly string[];
}

/** What the pipeline may do: the flags of `deno task pipeline`. */
export const PIPELINE_FLAGS: readonly string[] = [
  "--allow-read",
  "--allow-write",
  "--allow-env",
  "--allow-sys",
  "--allow-ffi",
  "--allow-run=.spark/bin/spark-submit",
];

/** Those, and the right to connect to `databases`, each HOST:PORT, and to nothing else. */
export function pipelineFlags(databases: readonly string[] = []): string[] {
  return [...PIPELINE_FLAGS, ...databases.length > 0 ? [`--allow-net=${databases.join(",")}`] : []];
}

/** Runs the pipeline to its end; throws `TrainingError` with its message where it fails. */
export async function runPipeline(options: PipelineOptions): Promise<void> {
  const { root, model, config, store, databases, signal } = options;
  if (signal.aborted) throw stopped();
  const [program = Deno.execPath(), ...first] = options.command ?? [
    Deno.execPath(),
    "run",
    "--no-prompt",
    ...pipelineFlags(databases),
    `${root}/pipeline/main.ts`,
  ];
  const args = [...first, "run", "--json", "--progress", "json"];
  for (const setting of [`export.dir=${JSON.stringify(model)}`, ...options.settings ?? []]) {
    args.push("--set", setting);
  }
  if (config !== undefined) args.push("--config", config);
  if (store !== undefined) args.push("--store", store);
  const child = new Deno.Command(program, {
    args,
    cwd: root,
    // The token is the server's; what trains has no use for it.
    env: { NO_COLOR: "1", RECOMMENDER_TOKEN: "" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  using _ending = endOnAbort(child, signal);
  const [output, last, { success, code, signal: killed }] = await Promise.all([
    new Response(child.stdout).text(),
    passLines(child.stderr, options),
    child.status,
  ]);
  if (success) return;
  if (signal.aborted) throw stopped();
  throw failureOf(output) ??
    new TrainingError(
      killed === null
        ? last || `The training ended with exit code ${code}`
        : `The training was killed (${killed})${last === "" ? "" : `; its last line: ${last}`}`,
      killed === "SIGKILL"
        ? "Ask again: it goes on where it stopped; where memory ran out, give the machine more"
        : "Look into the server's log, or run `deno task pipeline` by hand",
      null,
    );
}

/** Passes each line on as it comes; returns the last for people. */
async function passLines(
  stream: ReadableStream<Uint8Array>,
  { log, progress }: PipelineOptions,
): Promise<string> {
  let last = "";
  for await (const line of linesOf(stream)) {
    if (line.trim() === "") continue;
    const event = progressOf(line);
    if (event !== undefined) progress?.(event);
    const text = event === undefined ? line.trimEnd() : textOf(event);
    if (text === undefined) continue;
    last = text;
    log(last);
  }
  return last;
}

/** What a line says of progress; `undefined` where it is for people: a warning, a crash. */
function progressOf(line: string): ProgressLine | undefined {
  if (!line.startsWith("{")) return undefined;
  try {
    return progressLineSchema.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}

/** The line that the log gets of it, if any: figures that move are for who asks. */
function textOf(line: ProgressLine): string | undefined {
  switch (line.event) {
    case "log":
      return line.stage === null ? line.message : `${line.stage}: ${line.message}`;
    case "start":
      return `${line.stage}: ${line.why.join("; ")}`;
    case "end":
      return `${line.stage}: ${line.cached ? "cached" : `done in ${line.seconds.toFixed(1)} s`}`;
    default:
      return undefined;
  }
}

/** The failure in what `--json` printed; `undefined` where it printed none. */
function failureOf(output: string): TrainingError | undefined {
  let json: unknown;
  try {
    json = JSON.parse(output);
  } catch {
    return undefined;
  }
  const parsed = failureSchema.safeParse(json);
  if (!parsed.success) return undefined;
  const { message, remedy, stage } = parsed.data.error;
  return new TrainingError(message, remedy, stage);
}

function stopped(): TrainingError {
  return new TrainingError("The server is shutting down", "Ask again when it is back", null);
}
