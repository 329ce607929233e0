/** Command lines on the tiny project, in this process. */
import type { Io } from "../../pipeline/commands/command.ts";
import { main } from "../../pipeline/main.ts";
import { Project, SOURCES, tinyGraph, type Wiring } from "../engine/project.ts";

/** What a user sees. */
export interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: readonly string[];
}

/** Runs a command line on the tiny project; `train.factors` is its factor, `export.dir` its place. */
export async function cli(project: Project, line: string, wiring: Wiring = {}): Promise<Outcome> {
  const out: string[] = [];
  const err: string[] = [];
  const io: Io = {
    root: project.root,
    out: (text) => out.push(text),
    err: (text) => err.push(...text.split("\n")),
    terminal: false,
    signal: new AbortController().signal,
    build: ({ train, export: { dir } }) =>
      tinyGraph(project, { factor: train.factors, publish: dir, ...wiring }),
  };
  const code = await main(line.split(" ").filter((word) => word !== ""), io);
  return { code, out: out.join("\n"), err };
}

/** The tiny project with configs. */
export const create = () =>
  Project.create({
    ...SOURCES,
    "pipeline.json": '{"train": {"factors": 1}}',
    "examples/big.json": '{"train": {"factors": 100}}',
  });
