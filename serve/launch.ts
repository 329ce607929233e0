/**
 * `deno task serve`: starts the server with no more rights than its arguments call for, since flags
 * of a task cannot depend on them. Passes signals on to it, and its exit code back.
 */
import { fileURLToPath } from "node:url";
import { tell } from "../pipeline/child.ts";
import { UsageError } from "../pipeline/errors.ts";
import { authority, ENVIRONMENT, HELP, parseServeArgs, ROOT, type ServeArgs } from "./args.ts";
import { operationFlags } from "./operation_args.ts";

/** Its own code: the kernels that rank, the pages, and the modules of the thread that loads models. */
const CODE = ["pipeline", "serve"].map((name) => `${ROOT}/${name}`);

/**
 * The server's permissions: its port, its model, its own code, the folders where it keeps versions and
 * events, its variables, and, where it trains, Deno itself.
 */
export function permissions(args: ServeArgs, deno: string): string[] {
  const { model, versions, events, host, port } = args;
  const own = events === undefined ? [versions] : [versions, events];
  const list = (...paths: string[]) => paths.map((path) => path.replaceAll(",", ",,")).join(",");
  return [
    "--no-prompt",
    `--allow-net=${authority(host, port)}`,
    `--allow-read=${list(model, ...own, ...CODE)}`,
    `--allow-write=${list(...own)}`,
    `--allow-env=${Object.values(ENVIRONMENT).join(",")}`,
    ...args.training ? [`--allow-run=${list(deno)}`] : [],
  ];
}

/** The command line that starts the server. */
export function serverCommand(args: ServeArgs, deno: string): string[] {
  const { model, versions, keep, events, eventsNamed, keepEvents } = args;
  const { page, port, host, config, store, databases } = args;
  const command = [deno, "run", ...permissions(args, deno), `${ROOT}/serve/main.ts`];
  command.push("--model", model, "--versions", versions, "--keep", String(keep));
  if (events === undefined || eventsNamed) command.push("--events", events ?? "off");
  if (keepEvents !== undefined) command.push("--keep-events", String(keepEvents));
  if (page !== "customers") command.push("--page", page);
  if (!args.training) command.push("--no-training");
  command.push("--port", String(port), "--host", host);
  if (config !== undefined) command.push("--config", config);
  if (store !== undefined) command.push("--store", store);
  if (databases.length > 0) command.push("--database", databases.join(","));
  command.push(...operationFlags(args.operation));
  return command;
}

async function launch(args: ServeArgs): Promise<number> {
  const [deno = Deno.execPath(), ...rest] = serverCommand(args, Deno.execPath());
  const child = new Deno.Command(deno, {
    args: rest,
    cwd: fileURLToPath(new URL("..", import.meta.url)),
    stdin: "null",
  }).spawn();
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    Deno.addSignalListener(signal, () => tell(child, signal));
  }
  return (await child.status).code;
}

if (import.meta.main) {
  const encoder = new TextEncoder();
  const say = (line: string) => Deno.stderr.writeSync(encoder.encode(line + "\n"));
  let code: number;
  try {
    const args = parseServeArgs(Deno.args);
    if (args.help) say(HELP);
    code = args.help ? 0 : await launch(args);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    if (error.remedy) say(`What to do: ${error.remedy}.`);
    say(error.message);
    code = 2;
  }
  Deno.exit(code);
}
