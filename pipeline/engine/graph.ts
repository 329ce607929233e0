import type { Formats, Stage, ValueOf } from "./stage.ts";

declare const brand: unique symbol;

/** A value that another node makes: what an input is wired to. */
export interface Ref<T> {
  readonly [brand]?: T;
  /** The node that makes it; `undefined` where the value is absent. */
  readonly node: string | undefined;
  readonly output: string;
}

/** Files of the user's own, read in place: paths or globs, keyed by content, never by path. */
export interface FilesNode {
  readonly kind: "files";
  readonly name: string;
  readonly patterns: readonly string[];
}

/** What an earlier run of the same pipeline published at a path, read in place, keyed by content. */
export interface EarlierNode {
  readonly kind: "earlier";
  readonly name: string;
  /** Path from the project root, or absolute. */
  readonly path: string;
}

/** A stage with its params and what its inputs are wired to. */
export interface StageNode {
  readonly kind: "stage";
  /** The stage's own, or the one that tells this instance from others of the same stage. */
  readonly name: string;
  readonly stage: Stage<unknown, Formats, Formats>;
  readonly params: unknown;
  readonly inputs: Readonly<Record<string, Ref<unknown>>>;
}

export type GraphNode = FilesNode | EarlierNode | StageNode;

/** A copy of one output at a place where people look for it. */
export interface Publication {
  readonly ref: Ref<unknown>;
  /** Path from the project root, or absolute. */
  readonly path: string;
}

/** No dot, since "stage.output" names an output; no slash, since folders are named after a stage. */
const INSTANCE = /^[A-Za-z][\w@-]*$/;

/** An acyclic graph of stages: acyclic by construction, since only an added node has a `Ref`. */
export class Graph {
  readonly nodes = new Map<string, GraphNode>();
  readonly publications: Publication[] = [];

  /** Adds the user's files matching `patterns` (paths or globs from the project root). */
  files(name: string, patterns: readonly string[]): Ref<readonly string[]> {
    this.#insert({ kind: "files", name, patterns });
    return { node: name, output: "files" };
  }

  /**
   * Adds what an earlier run published at `path`, for an optional input, whose format reads it; absent
   * before the first run. That it changed is no reason to run by itself: see `earlier.ts`.
   */
  earlier(name: string, path: string): Ref<never> {
    this.#insert({ kind: "earlier", name, path });
    return { node: name, output: "earlier" };
  }

  /** An optional input's missing value. */
  absent<T>(): Ref<T | undefined> {
    return { node: undefined, output: "" };
  }

  /**
   * Adds a stage; returns a reference to each of its outputs. One that stands in the graph more than
   * once is told apart by `as`, the name of this instance (`train@1`), which lock file, plans and
   * commands show and take. It is no part of the key: two instances of the same params and inputs
   * share one result.
   *
   * @throws {TypeError} where the name is taken, or is none that a command line and a folder can take.
   */
  add<P, I extends Formats, O extends Formats>(
    stage: Stage<P, I, O>,
    wiring: {
      readonly as?: string;
      readonly params: P;
      readonly inputs: { readonly [K in keyof I]: Ref<ValueOf<I[K]>> };
    },
  ): { readonly [K in keyof O]: Ref<ValueOf<O[K]>> } {
    const erased: unknown = stage;
    const name = wiring.as ?? stage.name;
    if (!INSTANCE.test(name)) {
      throw new TypeError(
        `"${name}" is no name for a stage: begin with a letter, go on with letters, digits, "-", "_" or "@"`,
      );
    }
    this.#insert({
      kind: "stage",
      name,
      stage: erased as StageNode["stage"],
      params: wiring.params,
      inputs: wiring.inputs,
    });
    const refs: Record<string, Ref<unknown>> = {};
    for (const output of Object.keys(stage.outputs)) refs[output] = { node: name, output };
    return refs as { readonly [K in keyof O]: Ref<ValueOf<O[K]>> };
  }

  /** Keeps a copy of `ref` at `path`, refreshed at the end of every run. */
  publish(ref: Ref<unknown>, path: string): void {
    this.publications.push({ ref, path });
  }

  #insert(node: GraphNode): void {
    if (this.nodes.has(node.name)) {
      throw new TypeError(`Two nodes are named "${node.name}": give one of them another name`);
    }
    this.nodes.set(node.name, node);
  }
}
