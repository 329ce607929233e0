/**
 * The command line: parses arguments, dispatches to a command, turns errors into exit codes.
 * 0: done, 1: failed, 2: usage (unknown keys and bad values too), 3: refused by the gate,
 * 130: interrupted.
 */
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { HELP, parseArguments } from "./commands/arguments.ts";
import type { Io } from "./commands/command.ts";
import { exitCode, failureJson, failureText } from "./commands/failure.ts";
import { loadConfig } from "./commands/load_config.ts";
import { openPlaces } from "./commands/places.ts";

/** Runs one command line; returns the exit code. */
export async function main(args: readonly string[], io: Io): Promise<number> {
  // Known before parsing: also a mistake in the arguments is answered in the wanted form.
  const json = args.includes("--json");
  const verbose = args.includes("--verbose");
  try {
    const parsed = parseArguments(args);
    if (parsed === undefined) {
      io.out(json ? JSON.stringify({ help: HELP }) : HELP);
      return 0;
    }
    const { options } = parsed;
    // A param as any other: what ran strictly has a key of its own.
    const set = options.strict ? [...options.set, "source.strict=true"] : options.set;
    const config = await loadConfig(resolve(io.root, options.config), set, options.config);
    const graph = await io.build(config);
    const workspace = await openPlaces(options, io.root);
    const { command } = await parsed.command.load();
    const result = await command({ io, options, config, graph, workspace });
    if (json) io.out(JSON.stringify(result));
    return 0;
  } catch (error) {
    if (json) io.out(JSON.stringify(failureJson(error)));
    io.err(failureText(error, verbose));
    return exitCode(error);
  }
}

if (import.meta.main) {
  const controller = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    Deno.addSignalListener(signal, () => {
      if (controller.signal.aborted) Deno.exit(130);
      controller.abort(new DOMException("Interrupted", "AbortError"));
    });
  }
  // What an interrupted stage leaves running may still fail: the run has ended as it was told to.
  globalThis.addEventListener("unhandledrejection", (event) => {
    if (controller.signal.aborted) event.preventDefault();
  });
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
      loadedAt: performance.timeOrigin,
      build: async (config) => (await import("./pipeline.ts")).buildPipeline(config),
    }),
  );
}
