/** Key parts: all that a stage's outputs depend on, as readable names and values. */
import { asStageError, UsageError } from "../errors.ts";
import { textDigest } from "./digest.ts";
import { findEarlier, type FoundEarlier } from "./earlier.ts";
import { Fingerprint, type Parts, sorted } from "./fingerprint.ts";
import type { Graph, GraphNode, Ref, StageNode } from "./graph.ts";
import { findFiles, type FoundFiles } from "./inputs.ts";
import type { Workspace } from "./workspace.ts";

/** The value of an input that is wired to nothing. */
export const ABSENT = "absent";

/** A stage made ready: its params parsed, and its key parts but for the inputs. */
export interface Prepared {
  readonly node: StageNode;
  readonly params: unknown;
  readonly parts: Parts;
}

/** All that is known before anything runs. Nodes are in topological order. */
export interface Preparation {
  readonly stages: ReadonlyMap<string, Prepared>;
  readonly files: ReadonlyMap<string, FoundFiles>;
  /** By node; one that is not here is not to be had. */
  readonly earlier: ReadonlyMap<string, FoundEarlier>;
}

/**
 * Finds the files and the code of the stages in `names`.
 *
 * @throws {StageError} where an input is missing. {UsageError} where a stage refuses its params.
 */
export async function prepare(
  graph: Graph,
  workspace: Workspace,
  names: ReadonlySet<string>,
): Promise<Preparation> {
  const fingerprint = await Fingerprint.open(workspace.root, workspace.stats);
  const stages = new Map<string, Prepared>();
  const files = new Map<string, FoundFiles>();
  const earlier = new Map<string, FoundEarlier>();
  // A stage may stand in a graph a hundred times.
  const codes = new Map<StageNode["stage"], Parts>();
  for (const node of graph.nodes.values()) {
    if (!names.has(node.name)) continue;
    if (node.kind === "files") {
      const stage = userOf(node, graph);
      files.set(node.name, await findFiles(node, workspace.root, workspace.stats, stage));
    } else if (node.kind === "earlier") {
      const stage = userOf(node, graph);
      earlier.set(node.name, await findEarlier(node, workspace.root, workspace.stats, stage));
    } else {
      const params = parseParams(node);
      const code = codes.get(node.stage) ?? await fingerprint.parts(node.stage);
      codes.set(node.stage, code);
      const runtime = await runtimeOf(node, params);
      stages.set(node.name, {
        node,
        params,
        parts: { ...code, deno: workspace.deno, ...ownParts(node, params, runtime) },
      });
    }
  }
  return { stages, files, earlier };
}

/** The node that an input is wired to; `undefined` where it is absent. */
export function source(graph: Graph, ref: Ref<unknown>): GraphNode | undefined {
  return ref.node === undefined ? undefined : graph.nodes.get(ref.node);
}

/** The key of a run: one digest of the stage's own name (not the instance's) and all its parts. */
export function keyOf({ name }: { readonly name: string }, parts: Parts): string {
  return textDigest(JSON.stringify([name, Object.entries(sorted(Object.entries(parts)))]));
}

/** The first stage that reads a node. */
function userOf(read: GraphNode, graph: Graph): string {
  for (const node of graph.nodes.values()) {
    if (node.kind !== "stage") continue;
    if (Object.values(node.inputs).some((ref) => ref.node === read.name)) return node.name;
  }
  return read.name;
}

async function runtimeOf(node: StageNode, params: unknown): Promise<Parts> {
  try {
    return await node.stage.runtime?.(params) ?? {};
  } catch (error) {
    throw asStageError(node.name, error);
  }
}

function parseParams(node: StageNode): unknown {
  const parsed = node.stage.params.safeParse(node.params);
  if (parsed.success) return parsed.data;
  const reasons = parsed.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`);
  throw new UsageError(`The params of stage "${node.name}" do not fit: ${reasons.join("; ")}`);
}

function ownParts(
  node: StageNode,
  params: unknown,
  runtime: Readonly<Record<string, string>>,
): Parts {
  const parts = new Map<string, string>();
  flatten(params, "param:", parts);
  for (const [side, formats] of [["in", node.stage.inputs], ["out", node.stage.outputs]] as const) {
    for (const [name, format] of Object.entries(formats)) {
      parts.set(`format:${side}.${name}`, `${format.name} ${format.version}${format.extension}`);
    }
  }
  for (const [name, value] of Object.entries(runtime)) parts.set(`runtime:${name}`, value);
  return Object.fromEntries(parts);
}

/** `{a: {b: 1}}` becomes `a.b` = "1"; lists stay whole; what is undefined is no part. */
function flatten(value: unknown, prefix: string, parts: Map<string, string>): void {
  if (value === undefined) return;
  const isRecord = typeof value === "object" && value !== null && !Array.isArray(value);
  if (!isRecord) {
    parts.set(prefix.replace(/\.$/, ""), JSON.stringify(value));
    return;
  }
  for (const [name, inner] of Object.entries(value)) flatten(inner, `${prefix}${name}.`, parts);
}
