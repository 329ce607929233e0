/** `dag`: which stage feeds which. */
import type { EarlierNode, FilesNode, Graph, GraphNode, StageNode } from "../engine/graph.ts";
import type { Command } from "./command.ts";

interface Edge {
  /** "stage.output", or the name of the user's files. */
  readonly from: string;
  readonly node: string;
  readonly input: string;
}

/** Prints a tree, or with `--mermaid` a flowchart. */
export const command: Command = ({ io, options, graph }) => {
  if (!options.json) io.out(options.mermaid ? mermaid(graph) : text(graph));
  const nodes = [...graph.nodes.values()];
  return Promise.resolve({
    files: nodes.filter(isFiles).map(({ name, patterns }) => ({ name, patterns })),
    earlier: nodes.filter(isEarlier).map(({ name, path }) => ({ name, path })),
    stages: nodes.filter(isStage).map((node) => ({
      name: node.name,
      summary: node.stage.summary,
      inputs: Object.fromEntries(edges(node, graph).map(({ input, from }) => [input, from])),
      outputs: Object.keys(node.stage.outputs),
    })),
    published: graph.publications.map(({ ref, path }) => ({
      from: `${ref.node}.${ref.output}`,
      path,
    })),
  });
};

function text(graph: Graph): string {
  const lines: string[] = [];
  for (const node of graph.nodes.values()) {
    if (isFiles(node)) {
      lines.push(`${node.name}: ${node.patterns.join(", ")}`);
      continue;
    }
    if (isEarlier(node)) {
      lines.push(`${node.name}: ${node.path}, as an earlier run left it`);
      continue;
    }
    lines.push(`${node.name}: ${node.stage.summary}`);
    const branches = edges(node, graph)
      .map(({ from, input }) => last(from) === input ? `<- ${from}` : `<- ${from} as ${input}`);
    for (const output of Object.keys(node.stage.outputs)) {
      const places = graph.publications
        .filter(({ ref }) => ref.node === node.name && ref.output === output);
      branches.push([`-> ${output}`, ...places.map(({ path }) => path)].join(", copied to "));
    }
    branches.forEach((branch, i) =>
      lines.push(`${i + 1 < branches.length ? "├─" : "└─"} ${branch}`)
    );
  }
  return lines.join("\n");
}

function mermaid(graph: Graph): string {
  const lines = ["flowchart TD"];
  for (const node of graph.nodes.values()) {
    lines.push(
      isFiles(node)
        ? `  ${id(node.name)}[/"${label(node.patterns.join(", "))}"/]`
        : isEarlier(node)
        ? `  ${id(node.name)}[("${label(node.path)}<br/>of an earlier run")]`
        : `  ${id(node.name)}["${label(node.name)}<br/>${label(node.stage.summary)}"]`,
    );
  }
  for (const node of graph.nodes.values()) {
    if (!isStage(node)) continue;
    const sources = Map.groupBy(edges(node, graph), (edge) => edge.node);
    for (const [from, all] of sources) {
      const outputs = graph.nodes.get(from)?.kind !== "stage"
        ? ""
        : `|"${all.map((edge) => label(last(edge.from))).join("<br/>")}"|`;
      lines.push(`  ${id(from)} -->${outputs} ${id(node.name)}`);
    }
  }
  graph.publications.forEach(({ ref, path }, i) => {
    lines.push(`  ${id(ref.node ?? "")} --> published${i}[("${label(path)}")]`);
  });
  return lines.join("\n");
}

function edges(node: StageNode, graph: Graph): Edge[] {
  return Object.entries(node.inputs).flatMap(([input, ref]) => {
    if (ref.node === undefined) return [];
    const made = graph.nodes.get(ref.node)?.kind === "stage";
    return [{ from: made ? `${ref.node}.${ref.output}` : ref.node, node: ref.node, input }];
  });
}

function isFiles(node: GraphNode): node is FilesNode {
  return node.kind === "files";
}

function isEarlier(node: GraphNode): node is EarlierNode {
  return node.kind === "earlier";
}

function isStage(node: GraphNode): node is StageNode {
  return node.kind === "stage";
}

function last(name: string): string {
  return name.slice(name.lastIndexOf(".") + 1);
}

/** Mermaid ends a diagram at a node called "end", and knows few characters in ids; "a@1" is not "a-1". */
function id(name: string): string {
  return `n_${name.replace(/\W/g, (other) => `_${other.charCodeAt(0)}_`)}`;
}

/** Quotes as Mermaid escapes them. */
function label(text: string): string {
  return text.replaceAll('"', "#quot;");
}
