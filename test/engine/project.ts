/** A project in a temporary folder, with two tiny stages. */
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { z } from "zod";
import { unobserved } from "../../pipeline/engine/effects.ts";
import { Fingerprint, type Parts } from "../../pipeline/engine/fingerprint.ts";
import { filesFormat } from "../../pipeline/engine/formats.ts";
import { Graph } from "../../pipeline/engine/graph.ts";
import { plan, type StagePlan } from "../../pipeline/engine/plan.ts";
import { run, type RunOptions, type RunResult } from "../../pipeline/engine/run.ts";
import { defineStage, type Format } from "../../pipeline/engine/stage.ts";
import { openWorkspace, type Workspace } from "../../pipeline/engine/workspace.ts";

export const textFormat: Format<string> = {
  name: "text",
  version: 1,
  extension: ".txt",
  write: (path, value) => Deno.writeTextFile(path, value),
  read: (path) => Deno.readTextFile(path),
};

/** Files made long ago, as a user's are: the stat cache trusts no brand-new ones. */
const LONG_AGO = new Date("2020-01-01T00:00:00Z");

export class Project implements AsyncDisposable {
  readonly root: string;
  #clock = LONG_AGO.getTime();

  private constructor(root: string) {
    this.root = root;
  }

  /** A project that another process made. */
  static at(root: string): Project {
    return new Project(root);
  }

  static async create(files: Readonly<Record<string, string>> = {}): Promise<Project> {
    const project = new Project(await Deno.realPath(await Deno.makeTempDir({ prefix: "engine-" })));
    for (const [path, text] of Object.entries(files)) await project.write(path, text);
    return project;
  }

  path(path: string): string {
    return join(this.root, path);
  }

  url(path: string): string {
    return pathToFileURL(this.path(path)).href;
  }

  read(path: string): Promise<string> {
    return Deno.readTextFile(this.path(path));
  }

  async write(path: string, text: string): Promise<void> {
    await Deno.mkdir(dirname(this.path(path)), { recursive: true });
    await Deno.writeTextFile(this.path(path), text);
    this.#clock += 1000;
    await Deno.utime(this.path(path), new Date(this.#clock), new Date(this.#clock));
  }

  workspace(store = ".pipeline"): Promise<Workspace> {
    return openWorkspace({
      root: this.root,
      store: this.path(store),
      lock: this.path("pipeline.lock.json"),
    });
  }

  /** Key parts of the code that starts at `path`. */
  async code(path: string, assets: readonly string[] = []): Promise<Parts> {
    const { stats } = await this.workspace();
    const fingerprint = await Fingerprint.open(this.root, stats);
    return fingerprint.parts({
      module: this.url(path),
      assets: assets.map((asset) => new URL(this.url(asset))),
    });
  }

  async run(graph: Graph, options: Partial<RunOptions> = {}): Promise<RunResult> {
    return await run(graph, await this.workspace(), { ...OPTIONS, ...options });
  }

  async plan(graph: Graph): Promise<StagePlan[]> {
    return await plan(graph, await this.workspace());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.root, { recursive: true });
  }
}

export const OPTIONS: RunOptions = {
  force: false,
  wait: true,
  threads: 1,
  signal: new AbortController().signal,
  observer: unobserved,
};

/** The sources of the tiny stages' modules: what they import is what their keys hang on. */
export const SOURCES = {
  "deno.json": "{}",
  "sum.ts":
    'import { add } from "./add.ts";\nexport const sum = (a: number[]) => a.reduce(add, 0);\n',
  "add.ts": "// Adds.\nexport function add(a: number, b: number): number {\n  return a + b;\n}\n",
  "report.ts": "export const report = (n: number) => `${n}`;\n",
  "data/numbers.txt": "1\n2\n3\n",
};

/** What a test may change of the tiny graph. */
export interface Wiring {
  factor?: number;
  title?: string;
  patterns?: readonly string[];
  formatVersion?: number;
  runtime?: string;
  publish?: string;
  onSum?: (scratch: string) => void | Promise<void>;
  /** Makes the sum another one each time. */
  noise?: () => number;
  tolerance?: string | undefined;
  unseen?: string | undefined;
}

/** numbers -> sum (times `factor`) -> report, which is published. */
export function tinyGraph(project: Project, wiring: Wiring = {}): Graph {
  const graph = new Graph();
  const numbers = graph.files("numbers", wiring.patterns ?? ["data/numbers.txt"]);
  const sum = defineStage({
    name: "sum",
    module: project.url("sum.ts"),
    summary: "add the numbers",
    params: z.strictObject({
      factor: z.number(),
      nested: z.strictObject({ list: z.array(z.int()) }),
    }),
    inputs: { numbers: filesFormat },
    outputs: { total: { ...textFormat, version: wiring.formatVersion ?? 1 } },
    runtime: () => Promise.resolve({ arch: wiring.runtime ?? "none" }),
    tolerance: () => wiring.tolerance,
    unseen: () => wiring.unseen,
    metrics: async ({ total }) => ({ total: Number(await total.read()) }),
    async run({ params, inputs, outputs, scratch }) {
      await wiring.onSum?.(scratch);
      let total = wiring.noise?.() ?? 0;
      for (const path of await inputs.numbers.read()) {
        for (const line of (await Deno.readTextFile(path)).split("\n")) total += Number(line);
      }
      return { total: await outputs.total.write(String(total * params.factor)) };
    },
  });
  const report = defineStage({
    name: "report",
    module: project.url("report.ts"),
    summary: "write the report",
    params: z.strictObject({ title: z.string() }),
    inputs: { total: textFormat },
    outputs: { page: { ...textFormat, extension: "/" }, line: textFormat },
    async run({ params, inputs, outputs }) {
      await Deno.mkdir(outputs.page.path);
      const text = `${params.title}: ${await inputs.total.read()}\n`;
      await Deno.writeTextFile(`${outputs.page.path}/page.txt`, text);
      await Deno.mkdir(`${outputs.page.path}/inner`);
      await Deno.writeTextFile(`${outputs.page.path}/inner/more.txt`, "more");
      return { page: outputs.page.done(), line: await outputs.line.write(text) };
    },
  });
  const { total } = graph.add(sum, {
    params: { factor: wiring.factor ?? 1, nested: { list: [1, 2] } },
    inputs: { numbers },
  });
  const { page, line } = graph.add(report, {
    params: { title: wiring.title ?? "Total" },
    inputs: { total },
  });
  graph.publish(page, wiring.publish ?? "out");
  graph.publish(line, "line.txt");
  return graph;
}

/** Stage names with `*` where the stage ran. */
export function ran({ stages }: RunResult): string {
  return stages.map(({ name, cached }) => cached ? name : `${name}*`).join(" ");
}
