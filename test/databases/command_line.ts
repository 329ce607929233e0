/** The pipeline's command line as a process of its own, with the permissions of its task. */
import { createInterface } from "node:readline/promises";
import { Readable } from "node:stream";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

export interface Ended {
  readonly code: number;
  /** What people see of it: both outputs, progress left out. */
  readonly lines: readonly string[];
  readonly seconds: number;
  /** Bytes of memory that it held at its peak; 0 where the machine does not say. */
  readonly peak: number;
}

const eventSchema = z.object({
  event: z.string(),
  stage: z.string().nullish(),
  message: z.string().optional(),
  cached: z.boolean().optional(),
  unit: z.string().optional(),
});

/**
 * Runs ingest, and what it needs, of the `config.json` in `folder`, with a store in it; `onProgress` is
 * called with the stage whenever that tells how far it is.
 */
export async function runPipeline(
  folder: string,
  environment: Readonly<Record<string, string>>,
  onProgress: (stage: string) => void,
): Promise<Ended> {
  const started = performance.now();
  const { tasks } = z.object({ tasks: z.record(z.string(), z.object({ command: z.string() })) })
    .parse(JSON.parse(await Deno.readTextFile(join(ROOT, "deno.json"))));
  const [, ...args] = tasks["pipeline:db"]?.command.split(" ") ?? [];
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      ...args,
      ...["--only", "ingest", "--config", join(folder, "config.json")],
      ...["--store", join(folder, "store"), "--progress", "json", "--verbose"],
    ],
    cwd: ROOT,
    env: { NO_COLOR: "1", ...environment },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const watch = peakOf(child.pid);
  const lines: string[] = [];
  const read = async (stream: ReadableStream<Uint8Array>) => {
    for await (const line of createInterface({ input: Readable.fromWeb(stream) })) {
      const event = eventOf(line);
      if (event?.event === "progress") onProgress(event.stage ?? "");
      else if (event?.cached === true) lines.push(`${event.stage}: cached`);
      else if (event === undefined || event.message !== undefined) {
        lines.push(event?.message ?? line);
      }
    }
  };
  const [{ code }] = await Promise.all([child.status, read(child.stdout), read(child.stderr)]);
  const seconds = (performance.now() - started) / 1000;
  return { code, lines, seconds, peak: await watch };
}

function eventOf(line: string): z.infer<typeof eventSchema> | undefined {
  try {
    return eventSchema.parse(JSON.parse(line));
  } catch {
    return undefined;
  }
}

/** The most memory that the process held until its end. Deno may not read what the kernel says of others. */
async function peakOf(pid: number): Promise<number> {
  const script = `while grep VmHWM /proc/${pid}/status; do sleep 0.2; done 2>/dev/null`;
  const { stdout } = await new Deno.Command("sh", { args: ["-c", script], stdin: "null" }).output();
  const found = [...new TextDecoder().decode(stdout).matchAll(/VmHWM:\s+(\d+) kB/g)];
  return Math.max(0, ...found.map(([, kilobytes]) => Number(kilobytes) * 1024));
}

/** As people read it. */
export function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1e6)} MB`;
}

/** One line of what was shown. */
export function say(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
}
