/** What a notebook's cells ask for, seen in their code: which artifacts, and whether they run the pipeline. */
import { stripTypeScriptTypes } from "node:module";
import { parse } from "acorn";
import { isNode, type SyntaxNode } from "../../pipeline/engine/canonical.ts";

export interface Reads {
  /** "stage.output", sorted. */
  readonly artifacts: readonly string[];
  /** Whether they run the pipeline with other values. */
  readonly trials: boolean;
}

/** Functions of `notebooks/lib` whose first argument names an artifact. */
const READERS = new Set(["readArtifact", "artifactPath"]);
/** The function of `notebooks/lib/trial.ts`. */
const TRIAL = "runWith";

/**
 * What `code`, the cells of the notebook `name`, asks for. Throws `TypeError` where an artifact has no
 * literal name: nobody could tell what the notebook depends on; `SyntaxError` where it does not parse.
 */
export function readsOf(name: string, code: string): Reads {
  const program: unknown = parse(stripTypeScriptTypes(code), {
    ecmaVersion: "latest",
    sourceType: "module",
  });
  const artifacts = new Set<string>();
  let trials = false;
  walk(program, (node) => {
    const callee = node.type === "CallExpression" ? nameOf(node.callee) : undefined;
    if (callee === TRIAL) trials = true;
    if (callee === undefined || !READERS.has(callee)) return;
    const artifact = Array.isArray(node.arguments) ? literalOf(node.arguments[0]) : undefined;
    if (artifact === undefined) {
      throw new TypeError(
        `${name} reads an artifact by a computed name, and what it depends on cannot be seen: ` +
          `write ${callee}("stage.output")`,
      );
    }
    artifacts.add(artifact);
  });
  return { artifacts: [...artifacts].sort(), trials };
}

function walk(value: unknown, visit: (node: SyntaxNode) => void): void {
  if (Array.isArray(value)) { for (const each of value) walk(each, visit); }
  if (!isNode(value)) return;
  visit(value);
  for (const child of Object.values(value)) walk(child, visit);
}

function nameOf(node: unknown): string | undefined {
  return isNode(node) && typeof node.name === "string" ? node.name : undefined;
}

function literalOf(node: unknown): string | undefined {
  return isNode(node) && typeof node.value === "string" ? node.value : undefined;
}
