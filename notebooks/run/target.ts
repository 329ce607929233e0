/** The notebooks as a target of their own on the pipeline's engine: what is stale is executed. */
import { basename, resolve } from "node:path";
import { unobserved } from "../../pipeline/engine/effects.ts";
import { Graph } from "../../pipeline/engine/graph.ts";
import { plan } from "../../pipeline/engine/plan.ts";
import { reasonLine } from "../../pipeline/engine/explain.ts";
import { run } from "../../pipeline/engine/run.ts";
import { openWorkspace } from "../../pipeline/engine/workspace.ts";
import { codeOf } from "./cells.ts";
import type { CellOutputs, Notebook } from "./notebook.ts";
import { readsOf } from "./reads.ts";
import { cellDigests, CONFIG, notebookStage, outputsFormat } from "./stage.ts";

/** Where notebooks are executed, and on what. */
export interface Place {
  /** The project's folder. */
  readonly root: string;
  /** Folder of the notebooks' store, absolute: never the pipeline's, which a notebook may run itself. */
  readonly store: string;
  /** The pipeline's config, from the project root. */
  readonly config: string;
  /** Path of an artifact of the pipeline by "stage.output"; throws where it has none of that name. */
  artifact(name: string): string;
}

/** Why a notebook must be executed: one line each; none where its outputs are in the store. */
export type Staleness = readonly string[];

/** Artifacts that a trial run starts from. */
const TRIAL_STARTS_FROM = ["ingest.interactions", "ingest.items", "ingest.users"];

/** One notebook of a place. */
export class NotebookTarget {
  readonly #graph: Graph;
  readonly #name: string;
  readonly #place: Place;

  private constructor(graph: Graph, name: string, place: Place) {
    this.#graph = graph;
    this.#name = name;
    this.#place = place;
  }

  /**
   * The notebook at `path` (absolute). Throws `SyntaxError` where a cell does not parse, as `readsOf`,
   * and where the place lacks an artifact.
   */
  static async of(path: string, notebook: Notebook, place: Place): Promise<NotebookTarget> {
    const asked = readsOf(basename(path), codeOf(notebook));
    const reads = asked.trials
      ? { ...asked, artifacts: [...new Set([...asked.artifacts, ...TRIAL_STARTS_FROM])].sort() }
      : asked;
    const graph = new Graph();
    const artifacts: Record<string, string> = {};
    const inputs: Record<string, ReturnType<Graph["files"]>> = {};
    for (const name of reads.artifacts) {
      const file = artifacts[name] = place.artifact(name);
      // A model is a folder.
      const { isDirectory } = await Deno.stat(file);
      inputs[name] = graph.files(name, [isDirectory ? `${file}/*` : file]);
    }
    if (reads.trials) inputs[CONFIG] = graph.files(CONFIG, [resolve(place.root, place.config)]);
    const name = `notebook-${basename(path, ".ipynb").replaceAll(/[^\w@-]/g, "_")}`;
    graph.add(notebookStage(path, notebook, reads, { config: place.config, artifacts }), {
      as: name,
      params: { cells: cellDigests(path, notebook) },
      inputs,
    });
    return new NotebookTarget(graph, name, place);
  }

  /** Why the notebook must be executed. */
  async stale(): Promise<Staleness> {
    const [planned] = await plan(this.#graph, await this.#workspace());
    return planned === undefined || planned.state === "cached"
      ? []
      : planned.reasons.map(reasonLine)
        .map((line) => line.startsWith("param cells:") ? "code of cells" : line);
  }

  /** What the cells put out: of the store where it has that, else executed. Throws `StageError`. */
  async outputs(): Promise<CellOutputs> {
    const result = await run(this.#graph, await this.#workspace(), {
      force: false,
      wait: true,
      threads: 1,
      signal: new AbortController().signal,
      observer: unobserved,
    });
    const path = result.output(this.#name, "cells")?.path;
    if (path === undefined) throw new TypeError(`${this.#name} has no outputs`);
    return await outputsFormat.read(path);
  }

  /** Each notebook has a lock file of its own: a run keeps what its graph holds, and no more. */
  #workspace() {
    const { root, store } = this.#place;
    return openWorkspace({ root, store, lock: `${store}/${this.#name}.lock.json` });
  }
}
