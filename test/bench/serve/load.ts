/** One load generator for all servers: autocannon, in a process of its own. */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";

/** A request as the generator sends it. */
export interface LoadRequest {
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface LoadOptions {
  readonly connections: number;
  readonly seconds: number;
  readonly seed: number;
}

const loadSchema = z.object({
  requests: z.int(),
  /** Answers a second. */
  rps: z.number(),
  p50Ms: z.number().nullable(),
  p99Ms: z.number().nullable(),
  maxMs: z.number().nullable(),
  /** Connections that broke, and answers that did not come. */
  errors: z.int(),
  statuses: z.record(z.string(), z.int()),
});

/** What the generator saw. */
export interface Load extends z.infer<typeof loadSchema> {
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** Requests that a connection has ready; a file of more would be parsed in vain. */
const MOST = 20_000;

/** Requests by which a load asks for the lists of users. */
export function recoRequests(users: readonly string[]): LoadRequest[] {
  const step = Math.max(1, Math.ceil(users.length / MOST));
  return users.filter((_, n) => n % step === 0).map((user) => ({
    method: "POST",
    path: "/reco",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ user_id_hash: user }),
  }));
}

/**
 * Sends random ones of `requests` to the server at `url` for so many seconds, on so many connections, each
 * of which waits for an answer before it asks again. Throws `Error` where any answer is not 200.
 */
export async function load(
  url: string,
  requests: readonly LoadRequest[],
  options: LoadOptions,
  work: string,
): Promise<Load> {
  const file = join(work, "serve", `requests-${crypto.randomUUID()}.json`);
  await Deno.writeTextFile(file, JSON.stringify(requests));
  try {
    const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["task", "--quiet", "fire", JSON.stringify({ url, file, ...options })],
      cwd: fileURLToPath(new URL("../load/", import.meta.url)),
      env: { NO_COLOR: "1" },
    }).output();
    if (!success) throw new Error(`The load failed: ${new TextDecoder().decode(stderr).trim()}`);
    const seen = loadSchema.parse(JSON.parse(new TextDecoder().decode(stdout)));
    const { errors, statuses, p50Ms, p99Ms } = seen;
    const others = Object.keys(statuses).filter((status) => status !== "200");
    if (errors > 0 || others.length > 0 || p50Ms === null || p99Ms === null) {
      throw new Error(
        `${url}: ${errors} requests without an answer, statuses ${JSON.stringify(statuses)}`,
      );
    }
    return { ...seen, p50Ms, p99Ms };
  } finally {
    await Deno.remove(file);
  }
}
