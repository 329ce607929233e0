/** What a command is given, and what it gives back. */
import type { Config } from "../config.ts";
import type { Graph } from "../engine/graph.ts";
import type { Workspace } from "../engine/workspace.ts";

/** The world outside, injected so that tests see what a user sees. */
export interface Io {
  /** The project's folder: that of deno.json. */
  readonly root: string;
  /** Prints lines to standard output: results. */
  out(text: string): void;
  /** Prints lines to standard error: all else. */
  err(text: string): void;
  /** Whether standard error is a terminal. */
  readonly terminal: boolean;
  /** Aborted on Ctrl-C. */
  readonly signal: AbortSignal;
  /** When this process began to load its modules, in milliseconds since 1970. */
  readonly loadedAt?: number;
  build(config: Config): Graph | Promise<Graph>;
}

export interface Options {
  readonly config: string;
  readonly set: readonly string[];
  readonly store: string | undefined;
  readonly only?: string | undefined;
  readonly force: boolean;
  /** Sets `source.strict`. */
  readonly strict: boolean;
  readonly wait: boolean;
  readonly json: boolean;
  /** `run`, `gc`: only say what would be done. */
  readonly dryRun: boolean;
  /** `run`: progress as JSON lines; left out: for people. */
  readonly progress: "json" | undefined;
  /** `verify`: every stage again. */
  readonly all: boolean;
  /** `verify`: remove damaged objects. */
  readonly repair: boolean;
  /** `dag`: as a Mermaid flowchart. */
  readonly mermaid: boolean;
  /** `tune`: in place of the config's own. */
  readonly model: Config["tune"]["model"];
  readonly trials: number | undefined;
  readonly minutes: number | undefined;
  /** `tune`: at all cuts, or at one of them, from 1. */
  readonly rolling: boolean;
  readonly cut: number | undefined;
  /** `tune`: put what is found into the config file. */
  readonly write: boolean;
  /** `gc`: bytes. */
  readonly maxBytes: number;
  /** `explain STAGE`, `verify STAGE`. */
  readonly stage: string | undefined;
  /** `gate`: the revision to compare with. */
  readonly against: string | undefined;
  /** `gate`, `metrics diff`: a file to write the table to. */
  readonly markdown: string | undefined;
  /** `vectors`: the folder, and how the tables are made. */
  readonly out: string;
  readonly schema: string;
  readonly index: string;
  /** What follows the command: a stage, or `diff REV`. */
  readonly words: readonly string[];
}

export interface Invocation {
  readonly io: Io;
  readonly options: Options;
  readonly config: Config;
  readonly graph: Graph;
  readonly workspace: Workspace;
}

/** Does the work; prints for people unless `--json` is set; returns what `--json` prints. */
export type Command = (invocation: Invocation) => Promise<object>;
