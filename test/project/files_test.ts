import assert from "node:assert/strict";
import { projectFiles, root } from "./modules.ts";

const MAX_LINES = 300;
const texts = await textFiles();

Deno.test(`no source file is longer than ${MAX_LINES} lines`, () => {
  const long = texts.filter(({ path }) => path.endsWith(".ts"))
    .map(({ path, text }) => ({ path, lines: text.trimEnd().split("\n").length }))
    .filter(({ lines }) => lines > MAX_LINES)
    .map(({ path, lines }) => `${path} has ${lines} lines: split it by concern`);
  assert.equal(long.join("\n"), "");
});

/** What belongs to one machine, not to the project. Split, so that this file keeps its own rule. */
const machine: readonly [RegExp, string][] = [
  [new RegExp("(?<![\\w.])/" + "(?:work|root|home|Users)/[\\w.-]+"), "a path on one machine"],
  [new RegExp("registry\\." + "npmjs\\.org|pypi\\." + "org/simple"), "a registry's host"],
  [new RegExp("deno" + "-dev\\b"), "the name of one machine's Deno"],
  [new RegExp("-----BEGIN [A-Z ]*PRIVATE" + " KEY-----"), "a private key"],
  [/\b(?:10|192\.168)\.\d{1,3}\.\d{1,3}(?:\.\d{1,3})?\b(?=[:/])/, "a private address"],
];

Deno.test("no file names a machine's path, host or key", () => {
  const found = texts.flatMap(({ path, text }) =>
    text.split("\n").flatMap((line, i) =>
      machine.filter(([pattern]) => pattern.test(line))
        .map(([, what]) => `${path}:${i + 1} has ${what}: ${line.trim().slice(0, 100)}`)
    )
  );
  assert.equal(found.join("\n"), "");
});

Deno.test("relative links in the documents lead somewhere", async () => {
  const files = new Set(await projectFiles());
  const broken = texts.filter(({ path }) => path.endsWith(".md")).flatMap(({ path, text }) =>
    [...text.matchAll(/\]\((?!https?:|mailto:|#)([^)\s#]+)(?:#[^)]*)?\)/g)]
      .map(([, link = ""]) => ({ link, target: new URL(link, new URL(path, root)) }))
      .filter(({ target }) => {
        const name = target.href.slice(root.href.length);
        return !files.has(name) &&
          ![...files].some((file) => file.startsWith(name.replace(/\/?$/, "/")));
      })
      .map(({ link }) => `${path} links to ${link}, which is not in the project`)
  );
  assert.equal(broken.join("\n"), "");
});

/** Every tracked file that is text. */
async function textFiles(): Promise<{ path: string; text: string }[]> {
  const texts: { path: string; text: string }[] = [];
  for (const path of await projectFiles()) {
    const bytes = await Deno.readFile(new URL(path, root));
    if (bytes.includes(0)) continue;
    texts.push({ path, text: new TextDecoder().decode(bytes) });
  }
  return texts;
}
