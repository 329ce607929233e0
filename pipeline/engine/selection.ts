import { UsageError } from "../errors.ts";
import { Graph } from "./graph.ts";

/**
 * The names of the nodes to look at: all, or one stage and what it needs.
 *
 * @throws {UsageError} where `only` is no stage.
 */
export function selection(graph: Graph, only: string | undefined): ReadonlySet<string> {
  if (only === undefined) return new Set(graph.nodes.keys());
  if (graph.nodes.get(only)?.kind !== "stage") {
    const stages = [...graph.nodes.values()].filter((node) => node.kind === "stage");
    throw new UsageError(
      `There is no stage "${only}"`,
      `The stages are ${stages.map((node) => node.name).join(", ")}`,
    );
  }
  const names = new Set<string>();
  const pending = [only];
  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    const node = graph.nodes.get(name);
    if (node === undefined || names.has(name)) continue;
    names.add(name);
    if (node.kind !== "stage") continue;
    for (const ref of Object.values(node.inputs)) {
      if (ref.node !== undefined) pending.push(ref.node);
    }
  }
  return names;
}

/**
 * A graph of one stage and what it needs, to which others may be added; nothing is published.
 *
 * @throws {UsageError} where `only` is no stage.
 */
export function partOf(graph: Graph, only: string): Graph {
  const part = new Graph();
  const names = selection(graph, only);
  for (const [name, node] of graph.nodes) if (names.has(name)) part.nodes.set(name, node);
  return part;
}
