/**
 * The command line: parses arguments, dispatches to a command, turns errors into exit codes.
 * 0: done, 1: failed, 2: usage (unknown keys and bad values too), 130: interrupted.
 */
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import type { Command, Io, Options } from "./commands/command.ts";
import { exitCode, failureJson, failureText } from "./commands/failure.ts";
import { loadConfig } from "./commands/load_config.ts";
import { openPlaces } from "./commands/places.ts";
import { UsageError } from "./errors.ts";

const COMMANDS: Readonly<Record<string, () => Promise<{ readonly command: Command }>>> = {
  run: () => import("./commands/run.ts"),
  status: () => import("./commands/status.ts"),
  explain: () => import("./commands/explain.ts"),
  report: () => import("./commands/report.ts"),
};

const HELP = `Usage: deno task pipeline [run|status|explain|report] [options]

  run              bring everything up to date (the default)
  status           say which stages are up to date
  report           show what ingest read, kept and dropped in the last run
  explain [STAGE]  say why stages would run: which file, param or input changed

  --config FILE    the config (default: pipeline.json)
  --set KEY=VALUE  change a value of the config, as in --set train.factors=32; repeatable
  --store DIR      keep outputs and lock file in DIR (default: .pipeline, lock file by the config)
  --only STAGE     run this stage and what it needs
  --strict         fail at the first row that would be dropped, naming file, line and column
  --force          run again what is cached (with --only: that stage)
  --no-wait        fail where another run is at work, instead of waiting for it
  --json           print one JSON object
  --verbose        show where in the code an error arose
  --help           show this

Relative paths count from the project root.`;

/** Runs one command line; returns the exit code. */
export async function main(args: readonly string[], io: Io): Promise<number> {
  // Known before parsing: also a mistake in the arguments is answered in the wanted form.
  const json = args.includes("--json");
  const verbose = args.includes("--verbose");
  try {
    const { command: name, options } = parse(args);
    if (options === undefined) {
      io.out(HELP);
      return 0;
    }
    const load = COMMANDS[name];
    if (load === undefined) {
      throw new UsageError(
        `There is no command "${name}"`,
        `The commands are ${Object.keys(COMMANDS).join(", ")}`,
      );
    }
    // A param as any other: what ran strictly has a key of its own.
    const sets = options.strict ? [...options.set, "source.strict=true"] : options.set;
    const config = await loadConfig(resolve(io.root, options.config), sets, options.config);
    const graph = await io.build(config);
    const workspace = await openPlaces(options, io.root);
    const { command } = await load();
    const result = await command({ io, options, config, graph, workspace });
    if (json) io.out(JSON.stringify(result));
    return 0;
  } catch (error) {
    if (json) io.out(JSON.stringify(failureJson(error)));
    io.err(failureText(error, verbose));
    return exitCode(error);
  }
}

/** `options` is undefined where help is wanted. */
function parse(args: readonly string[]): { command: string; options: Options | undefined } {
  let parsed;
  try {
    parsed = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        config: { type: "string", default: "pipeline.json" },
        set: { type: "string", multiple: true, default: [] },
        store: { type: "string" },
        only: { type: "string" },
        force: { type: "boolean", default: false },
        strict: { type: "boolean", default: false },
        "no-wait": { type: "boolean", default: false },
        json: { type: "boolean", default: false },
        verbose: { type: "boolean", default: false },
        help: { type: "boolean", short: "h", default: false },
      },
    });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new UsageError(message, "deno task pipeline --help lists the options", { cause: error });
  }
  const { values, positionals: [command = "run", ...rest] } = parsed;
  if (values.help) return { command, options: undefined };
  const [stage, ...more] = rest;
  if (more.length > 0 || (stage !== undefined && command !== "explain")) {
    const extra = stage !== undefined && command !== "explain" ? stage : more[0];
    throw new UsageError(`Unexpected argument "${extra}"`, "See deno task pipeline --help");
  }
  const { "no-wait": noWait, ...named } = values;
  return { command, options: { ...named, store: named.store, wait: !noWait, stage } };
}

if (import.meta.main) {
  const controller = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    Deno.addSignalListener(signal, () => {
      if (controller.signal.aborted) Deno.exit(130);
      controller.abort(new DOMException("Interrupted", "AbortError"));
    });
  }
  const encoder = new TextEncoder();
  const print = (stream: { writeSync(bytes: Uint8Array): number }) => (text: string) => {
    const bytes = encoder.encode(text + "\n");
    for (let at = 0; at < bytes.length;) at += stream.writeSync(bytes.subarray(at));
  };
  Deno.exit(
    await main(Deno.args, {
      root: fileURLToPath(new URL("..", import.meta.url)).replace(/[/\\]$/, ""),
      out: print(Deno.stdout),
      err: print(Deno.stderr),
      // A terminal without a size can draw no bar.
      terminal: Deno.stderr.isTerminal() && Deno.consoleSize().columns > 0,
      signal: controller.signal,
      build: async (config) => (await import("./pipeline.ts")).buildPipeline(config),
    }),
  );
}
