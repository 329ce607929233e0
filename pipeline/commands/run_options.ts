import { sparkProperties } from "../config/spark.ts";
import type { Observer } from "../engine/effects.ts";
import type { RunOptions } from "../engine/run.ts";
import type { Invocation } from "./command.ts";

/** What a run is told by the config, the command line and the process, whatever the command. */
export function runOptions(
  { io, options, config }: Pick<Invocation, "io" | "options" | "config">,
  observer: Observer,
): RunOptions {
  return {
    force: false,
    wait: options.wait,
    threads: config.train.threads ?? navigator.hardwareConcurrency,
    memory: config.train.memory,
    resources: sparkProperties(config.train.spark),
    signal: io.signal,
    observer,
    ...(io.loadedAt === undefined ? {} : { loadedAt: io.loadedAt }),
  };
}
