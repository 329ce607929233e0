/** Servers as processes: ours with the rights that its launcher gives it, and the rival. */
import { parseServeArgs } from "../../../serve/args.ts";
import { serverCommand } from "../../../serve/launch.ts";
import { openRival } from "../train/rivals.ts";

/** A server that answers. */
export interface Server extends AsyncDisposable {
  readonly url: string;
  readonly pid: number;
  /** What it wrote to standard error so far. */
  log(): string;
}

/** Milliseconds that a server may take to be ready. */
const PATIENCE = 120_000;

/** The recommender, over the model in `dir`; `more` are further arguments. */
export async function startRecommender(
  dir: string,
  more: readonly string[] = [],
  /** Does not wait for a model. */
  { notReady = false }: { readonly notReady?: boolean } = {},
): Promise<Server> {
  const port = freePort();
  const args = parseServeArgs(["--model", dir, "--port", String(port), ...more]);
  const [deno = "", ...rest] = serverCommand(args, Deno.execPath());
  return await start(deno, rest, port, notReady ? "/health/live" : "/health/ready");
}

/**
 * The replaced service's design, over the same model. Threads of BLAS are those of its own default, as that
 * service left them; or one, which suits a server better, where `tuned`.
 */
export async function startFlask(
  plain: string,
  { tuned = false, ...options }: {
    readonly tuned?: boolean;
    readonly work: string;
    readonly log: (line: string) => void;
  },
): Promise<Server> {
  const port = freePort();
  const { command, args } = await openRival("flask", { ...options, threads: 2 });
  const env = Deno.env.toObject();
  // What a machine sets for old builds of BLAS slows this one.
  for (const name of Object.keys(env)) if (name.startsWith("OPENBLAS_")) delete env[name];
  if (tuned) env.OPENBLAS_NUM_THREADS = "1";
  return await start(command, [...args, plain, String(port)], port, "/health/ready", env);
}

async function start(
  command: string,
  args: readonly string[],
  port: number,
  health: string,
  env: Readonly<Record<string, string>> = Deno.env.toObject(),
): Promise<Server> {
  const child = new Deno.Command(command, {
    args: [...args],
    clearEnv: true,
    env: { ...env, NO_COLOR: "1" },
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  let text = "";
  const reading = (async () => {
    const decoder = new TextDecoder();
    for await (const chunk of child.stderr) {
      text = (text + decoder.decode(chunk, { stream: true })).slice(-20_000);
    }
  })();
  let ended = false;
  void child.status.then(() => ended = true);
  const server: Server = {
    url: `http://127.0.0.1:${port}`,
    pid: child.pid,
    log: () => text,
    async [Symbol.asyncDispose]() {
      if (!ended) child.kill("SIGTERM");
      await child.status;
      await reading;
    },
  };
  for (const began = Date.now();;) {
    const up = await fetch(server.url + health).then(async (response) => {
      await response.body?.cancel();
      return response.ok;
    }, () => false);
    if (up) return server;
    if (ended || Date.now() - began > PATIENCE) {
      await server[Symbol.asyncDispose]();
      throw new Error(`The server ${command} did not get ready: ${text.trim().slice(-2000)}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}
