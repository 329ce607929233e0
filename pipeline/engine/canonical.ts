/** A syntax tree as text: equal for two sources that differ in layout only. */

/** An ESTree node (https://github.com/estree/estree), as acorn makes it. */
export interface SyntaxNode {
  readonly type: string;
  readonly [property: string]: unknown;
}

/** Whether a value is a syntax node. */
export function isNode(value: unknown): value is SyntaxNode {
  return typeof value === "object" && value !== null && "type" in value &&
    typeof value.type === "string";
}

/** Places and spellings: not what the code does. */
const LAYOUT = new Set(["start", "end", "raw", "loc", "range"]);

/** Statements whose bodies may stand in braces or not. */
const CONTROL = new Set([
  "IfStatement",
  "ForStatement",
  "ForInStatement",
  "ForOfStatement",
  "WhileStatement",
  "DoWhileStatement",
]);

/**
 * Writes nodes as text. Comments, white space, semicolons, trailing commas, redundant parentheses
 * and braces, and the kind of quotes are not in the tree, or left out here; all else is written.
 */
export function canonical(value: unknown): string {
  const out: string[] = [];
  write(value, out);
  return out.join("");
}

function write(value: unknown, out: string[]): void {
  if (Array.isArray(value)) {
    out.push("[");
    for (const each of value) {
      if (isNode(each) && each.type === "EmptyStatement") continue;
      write(each, out);
      out.push(",");
    }
    out.push("]");
  } else if (isNode(value)) {
    writeNode(value, out);
  } else if (typeof value === "number" || typeof value === "bigint") {
    // The value, not its spelling: 0x10 is 16.
    out.push(typeof value, String(value));
  } else if (typeof value === "object" && value !== null) {
    // A regular expression's pattern and flags, or a template's texts.
    writeProperties(Object.entries(value), out);
  } else {
    out.push(JSON.stringify(value) ?? "undefined");
  }
}

function writeNode(node: SyntaxNode, out: string[]): void {
  out.push("(", node.type);
  if (node.type === "TemplateElement") {
    write(node.value, out);
  } else if (node.type === "Literal" && "regex" in node) {
    write(node.regex, out);
  } else {
    const properties = Object.entries(node)
      .filter(([name]) => name !== "type" && !LAYOUT.has(name));
    writeProperties(
      CONTROL.has(node.type)
        ? properties.map(([name, value]) => [name, unbraced(value)])
        : properties,
      out,
    );
  }
  out.push(")");
}

/** The one statement in braces that needs none: formatters add and drop such braces. */
function unbraced(value: unknown): unknown {
  if (!isNode(value) || value.type !== "BlockStatement" || !Array.isArray(value.body)) return value;
  const [only, ...more] = value.body.filter((each) =>
    !isNode(each) || each.type !== "EmptyStatement"
  );
  const scoped = isNode(only) && /Declaration$/.test(only.type);
  return isNode(only) && more.length === 0 && !scoped ? only : value;
}

function writeProperties(entries: [string, unknown][], out: string[]): void {
  for (const [name, value] of entries.sort(([a], [b]) => (a < b ? -1 : 1))) {
    out.push(" ", name, "=");
    write(value, out);
  }
}
