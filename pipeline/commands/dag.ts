/** `dag`: which stage feeds which. */
import type { FilesNode, Graph, StageNode } from "../engine/graph.ts";
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
        : `  ${id(node.name)}["${label(node.name)}<br/>${label(node.stage.summary)}"]`,
    );
  }
  for (const node of graph.nodes.values()) {
    if (!isStage(node)) continue;
    const sources = Map.groupBy(edges(node, graph), (edge) => edge.node);
    for (const [from, all] of sources) {
      const outputs = graph.nodes.get(from)?.kind === "files"
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
    const files = graph.nodes.get(ref.node)?.kind === "files";
    return [{ from: files ? ref.node : `${ref.node}.${ref.output}`, node: ref.node, input }];
  });
}

function isFiles(node: FilesNode | StageNode): node is FilesNode {
  return node.kind === "files";
}

function isStage(node: FilesNode | StageNode): node is StageNode {
  return node.kind === "stage";
}

function last(name: string): string {
  return name.slice(name.lastIndexOf(".") + 1);
}

/** Mermaid ends a diagram at a node called "end", and knows few characters in ids. */
function id(name: string): string {
  return `n_${name.replace(/\W/g, "_")}`;
}

/** Quotes as Mermaid escapes them. */
function label(text: string): string {
  return text.replaceAll('"', "#quot;");
}
