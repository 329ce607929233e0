import assert from "node:assert/strict";
import fc from "../support/fast_check.ts";
import { analyse } from "../../pipeline/engine/analyse.ts";

const digest = (source: string) => analyse(source, "test.ts").digest;

const SAME: readonly [string, string][] = [
  ["if (a) b(); else c();", "if (a) { b(); } else { c(); }"],
  ["for (;;) a();", "for (;;) { a() }"],
  ["f(a, b);", "f(\n  a,\n  b,\n)"],
  ["const a = ['x'];", 'const a = ["x"]'],
  ["const a = { 'b': 1, };", 'const a = { "b": 1 };'],
  ["a = 1; /* note */ b = 2 // note", "a = 1;;\nb = 2;"],
  ["let a: Array<number> = b!;", "let a = b as unknown;"],
  ["import { a, type B } from 'x';", "import { a } from 'x'"],
  ["import { type B } from 'x'; a();", "a();"],
  ["export type { B } from 'x'; export { type C } from 'y'; a();", "a();"],
  ["function f<T>(this: X, a?: T): a is T { return (a) }", "function f(a) { return a; }"],
  ["class A implements B { private x: number = 1; declare y: 2 }", "class A { x = 1 }"],
];
for (const [a, b] of SAME) {
  Deno.test(`same code: ${a} | ${JSON.stringify(b)}`, () => assert.equal(digest(a), digest(b)));
}

const DIFFERENT: readonly [string, string][] = [
  ["if (a) if (b) c(); else d();", "if (a) { if (b) c(); } else d();"],
  ["if (a) b(); c();", "if (a) { b(); c(); }"],
  ["a;(b)", "a(b)"],
  ["[,]", "[,,]"],
  ["`a ${b} `", "`a ${b}`"],
  ["/a/g", "/a/i"],
  ["'a'", "`b`"],
  ["1", "1n"],
  ["1", "'1'"],
  ["null", "1e999"],
  ["a - (b - c)", "a - b - c"],
  ["a ?? b", "a || b"],
  ["a?.b", "a.b"],
  ["let a = 1", "const a = 1"],
  ["import 'x'", "import * as x from 'x'"],
  ["import 'x'; a()", "a()"],
  ["async () => {}", "() => {}"],
  ["class A { static x = 1 }", "class A { x = 1 }"],
  ["class A { #x = 1 }", "class A { x = 1 }"],
  ["return_: for (;;) break return_", "for (;;) break"],
  ["'use strict'; a", "'use other'; a"],
  ["x = { a }", "x = { b }"],
];
for (const [a, b] of DIFFERENT) {
  Deno.test(`other code: ${a} | ${b}`, () => assert.notEqual(digest(a), digest(b)));
}

Deno.test("a string's digest is its value's, however it is quoted or cut", () => {
  fc.assert(fc.property(fc.string(), fc.string(), (a, b) => {
    const quoted = JSON.stringify(a).replaceAll("\u2028", "\\u2028").replaceAll(
      "\u2029",
      "\\u2029",
    );
    const single = `'${quoted.slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`;
    assert.equal(digest(`f(${quoted})`), digest(`f( ${single}, )`));
    if (a !== b) assert.notEqual(digest(`f(${quoted})`), digest(`f(${JSON.stringify(b)})`));
  }));
});

Deno.test("finds literal references only", () => {
  const info = analyse(
    `import("./a.ts"); import(name); new URL("./b.wasm", import.meta.url); new URL(name, import.meta.url);
     new URL("./no", base); import.meta.resolve("./c.ts"); import(\`./d.ts\`); import(\`./\${e}.ts\`);`,
    "test.ts",
  );
  assert.deepEqual(info.imports.map(({ specifier }) => specifier), ["./a.ts", "./d.ts"]);
  assert.deepEqual(info.urls, ["./b.wasm", "./c.ts"]);
  assert.deepEqual(info.computed, [1, 2], "the lines of those that cannot be followed");
});
