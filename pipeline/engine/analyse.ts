/** Reads a module's source: its imports, its exports, and a digest that only code changes. */
import { stripTypeScriptTypes } from "node:module";
import { parse } from "acorn";
import { canonical, isNode, type SyntaxNode } from "./canonical.ts";
import { textDigest } from "./digest.ts";
import type { ModuleInfo, Names } from "./module_info.ts";

/**
 * Analyses TypeScript or JavaScript. Types go first (stripped in place by Deno's own compiler);
 * the digest is taken over the syntax tree of the rest.
 *
 * @param path names the module in errors.
 * @throws {SyntaxError} where the source does not parse.
 */
export function analyse(source: string, path: string): ModuleInfo {
  let body: SyntaxNode[];
  let code: string;
  try {
    code = stripTypeScriptTypes(source);
    const program: unknown = parse(code, {
      ecmaVersion: "latest",
      sourceType: "module",
      allowHashBang: true,
    });
    body = isNode(program) ? nodes(program.body) : [];
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new SyntaxError(`${path} does not parse (${reason}): correct it, then run again`);
  }
  body = body.filter((statement) => !isTypesOnly(statement, code));

  const imports = new Map<string, Names>();
  const add = (specifier: string, names: Names) => {
    const known = imports.get(specifier);
    const all = names === "*" || known === "*";
    imports.set(specifier, all ? "*" : [...new Set([...known ?? [], ...names])].sort());
  };
  const exports = new Set<string>();
  const stars: string[] = [];
  const passes: NonNullable<ModuleInfo["passes"]> = {};
  let pure = body.length > 0;

  for (const statement of body) {
    const from = text(statement.source);
    if (statement.type === "ImportDeclaration" && from !== undefined) {
      add(from, importedNames(statement));
      pure = false;
    } else if (statement.type === "ExportAllDeclaration" && from !== undefined) {
      add(from, "*");
      const name = text(statement.exported);
      if (name === undefined) stars.push(from);
      else {
        exports.add(name);
        passes[name] = { specifier: from, name: "*" };
      }
    } else if (statement.type === "ExportNamedDeclaration") {
      if (from === undefined) pure = false;
      for (const specifier of nodes(statement.specifiers)) {
        const [name, local] = [text(specifier.exported), text(specifier.local)];
        if (name === undefined || local === undefined) continue;
        exports.add(name);
        if (from !== undefined) {
          add(from, [local]);
          passes[name] = { specifier: from, name: local };
        }
      }
      for (const name of declaredNames(statement.declaration)) exports.add(name);
    } else {
      if (statement.type === "ExportDefaultDeclaration") exports.add("default");
      pure = false;
    }
  }

  const urls = new Set<string>();
  const computed: number[] = [];
  for (const statement of body) {
    walk(statement, (node) => {
      const found = dynamicReference(node);
      if (node.type === "ImportExpression" && found === undefined) {
        // Stripped types leave blanks: the lines are the source's own.
        computed.push(code.slice(0, Number(node.start)).split("\n").length);
      }
      if (found?.kind === "import") add(found.literal, "*");
      else if (found?.kind === "url") urls.add(found.literal);
    });
  }
  return {
    digest: textDigest(canonical(body)),
    imports: [...imports].map(([specifier, names]) => ({ specifier, names })),
    urls: [...urls],
    computed,
    exports: [...exports],
    stars,
    ...(pure ? { passes } : {}),
  };
}

/** An import or export whose braces held nothing but types, or a statement that does nothing. */
function isTypesOnly(node: SyntaxNode, code: string): boolean {
  if (node.type === "EmptyStatement") return true;
  const braces = nodes(node.specifiers).length === 0 &&
    (node.type === "ExportNamedDeclaration" && !isNode(node.declaration) ||
      node.type === "ImportDeclaration");
  // `import "./x.ts"` runs x; `import {} from "./x.ts"` is what stripping leaves of type names.
  return braces && /^(import|export)\s*\{/.test(code.slice(Number(node.start), Number(node.end)));
}

function importedNames(statement: SyntaxNode): Names {
  const names: string[] = [];
  for (const specifier of nodes(statement.specifiers)) {
    if (specifier.type === "ImportNamespaceSpecifier") return "*";
    const name = specifier.type === "ImportDefaultSpecifier" ? "default" : text(specifier.imported);
    if (name !== undefined) names.push(name);
  }
  return names.length > 0 ? names : "*";
}

function declaredNames(declaration: unknown): string[] {
  if (!isNode(declaration)) return [];
  const name = text(declaration.id);
  if (name !== undefined) return [name];
  const names: string[] = [];
  for (const declarator of nodes(declaration.declarations)) {
    // Of a destructuring pattern every identifier is taken: a name too many does no harm.
    if (!isNode(declarator.id)) continue;
    walk(declarator.id, (node) => {
      const found = node.type === "Identifier" ? text(node) : undefined;
      if (found !== undefined) names.push(found);
    });
  }
  return names;
}

function dynamicReference(
  node: SyntaxNode,
): { kind: "import" | "url"; literal: string } | undefined {
  if (node.type === "ImportExpression") {
    const literal = literalText(node.source);
    return literal === undefined ? undefined : { kind: "import", literal };
  }
  const callee = isNode(node.callee) ? node.callee : undefined;
  const [first, second] = nodes(node.arguments);
  const literal = literalText(first);
  if (callee === undefined || literal === undefined) return undefined;
  const isUrl = node.type === "NewExpression" && text(callee) === "URL" &&
    isImportMeta(second, "url");
  const isResolve = node.type === "CallExpression" && isImportMeta(callee, "resolve");
  return isUrl || isResolve ? { kind: "url", literal } : undefined;
}

function isImportMeta(node: SyntaxNode | undefined, property: string): boolean {
  return node?.type === "MemberExpression" && isNode(node.object) &&
    node.object.type === "MetaProperty" && text(node.property) === property;
}

function walk(node: SyntaxNode, visit: (node: SyntaxNode) => void): void {
  visit(node);
  for (const child of Object.values(node)) {
    if (isNode(child)) walk(child, visit);
    else if (Array.isArray(child)) { for (const each of nodes(child)) walk(each, visit); }
  }
}

/** Nodes among the elements of a list. */
function nodes(list: unknown): SyntaxNode[] {
  return Array.isArray(list) ? list.filter(isNode) : [];
}

/** An identifier's name, or a literal's text. */
function text(node: unknown): string | undefined {
  if (isNode(node) && node.type === "Identifier" && typeof node.name === "string") return node.name;
  return literalText(node);
}

/** A string literal's value, or a template's that has no holes. */
function literalText(node: unknown): string | undefined {
  if (!isNode(node)) return undefined;
  if (node.type === "Literal") return typeof node.value === "string" ? node.value : undefined;
  const [only, ...more] = nodes(node.quasis);
  if (node.type !== "TemplateLiteral" || only === undefined || more.length > 0) return undefined;
  const value = only.value;
  return typeof value === "object" && value !== null && "cooked" in value &&
      typeof value.cooked === "string"
    ? value.cooked
    : undefined;
}
