/** The report as its task makes it, with real pictures, and as a browser shows it. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { inflateSync } from "node:zlib";
import { z } from "zod";
import { root } from "../project/modules.ts";
import { runShop } from "./report_shop.ts";

const MEGABYTE = 1e6;

/** The notebooks' packages are no part of the project: they may not have been downloaded. */
const inNotebooks = (args: readonly string[], ...words: string[]) =>
  new Deno.Command(Deno.execPath(), {
    args: [...args, "--config", "notebooks/deno.json", "--frozen", "--cached-only", ...words],
    cwd: root,
    env: { NO_COLOR: "1" },
    stdin: "null",
  }).output();

const PERMISSIONS = [
  ...["--no-prompt", "--no-check", "--allow-read", "--allow-write", "--allow-env"],
  ...["--allow-sys", "--allow-ffi", "--allow-run=git"],
];
const main = "notebooks/report/main.ts";
const cached = (await inNotebooks(["test", "--no-run", "--no-check"], "notebooks/lib")).success;
const browser = await firstOf(["chromium", "chromium-browser", "google-chrome"]);

const madeSchema = z.strictObject({
  html: z.string(),
  bytes: z.int(),
  markdown: z.string(),
  against: z.string().nullable(),
});

async function report(...words: string[]) {
  const { code, stdout, stderr } = await inNotebooks(["run", ...PERMISSIONS], main, ...words);
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes).trim();
  return { code, out: text(stdout), err: text(stderr) };
}

Deno.test({
  name: `deno task report writes one page that needs no network${
    cached ? "" : " (skipped: run `deno task report` once first)"
  }`,
  ignore: !cached,
  async fn(t) {
    await using shop = await runShop({
      evaluate: { baselines: { itemKnn: null, ease: null }, significance: { resamples: 100 } },
    });
    const { root: folder, store } = shop.workspace;
    const [html, markdown] = [join(folder, "report.html"), join(folder, "deeper", "report.md")];
    const words = ["--store", store.dir, "--out", html, "--markdown", markdown, "--json"];
    const first = await report(...words);
    assert.equal(first.code, 0, first.err);
    const made = madeSchema.parse(JSON.parse(first.out));
    assert.equal(made.against, null);
    const page = await Deno.readTextFile(html);
    assert.equal(new TextEncoder().encode(page).length, made.bytes);
    assert.ok(made.bytes < MEGABYTE, `${made.bytes} bytes`);
    assert.ok((page.match(/<svg role="img" aria-label="[^"]+"/g)?.length ?? 0) > 5);
    assert.doesNotMatch(page, /<(?:script|img|link|iframe|object|embed|form)\b/i);
    assert.doesNotMatch(
      page,
      /(?:src|srcset|action|xmlns|(?:xlink:)?href)="(?!#)|url\((?!#)|@import/,
    );
    const ids = [...page.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
    assert.equal(new Set(ids).size, ids.length);
    // A colour that the style sheet does not turn over is one that can be seen in the dark.
    const used = new Set([...page.matchAll(/(?:fill|stroke)="(#[^"]+)"/g)].map(([, c = ""]) => c));
    for (const colour of used) {
      const turned = page.includes(`svg [fill="${colour}"] { fill:`);
      assert.ok(turned || luminance(colour) > 0.15, `${colour} in the dark`);
    }
    await report(...words);
    assert.equal(await Deno.readTextFile(html), page);

    await t.step("what cannot be done is said, and nothing is written", async () => {
      await Deno.remove(html);
      const unknown = await report("--store", store.dir, "--outt", html);
      assert.deepEqual([unknown.code, unknown.out], [2, ""]);
      const nothing = await report("--store", join(folder, "none"), "--out", html, "--json");
      assert.equal(nothing.code, 1);
      assert.match(
        nothing.out,
        /^\{"error":\{"stage":null,"message":"The last run of pipeline\.json/,
      );
      const revision = await report("--store", store.dir, "--out", html, "--against", "no-such");
      assert.equal(revision.code, 2);
      assert.match(revision.err, /"no-such" is no revision of this repository$/);
      await assert.rejects(Deno.stat(html), Deno.errors.NotFound);
    });

    await t.step({
      name: `a browser shows it in light and dark${
        browser === undefined ? " (skipped: no Chromium)" : ""
      }`,
      ignore: browser === undefined,
      async fn() {
        await Deno.writeTextFile(html, page);
        assert.equal(await background(html, folder, "light"), "#ffffff");
        assert.equal(await background(html, folder, "dark"), "#0d1117");
      },
    });
  },
});

/** The colour of the first pixel of the page, as Chromium shows it without network. */
async function background(html: string, folder: string, scheme: "light" | "dark") {
  const png = join(folder, `${scheme}.png`);
  const { success, stderr } = await new Deno.Command(browser ?? "", {
    args: [
      ...["--headless", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr"],
      ...["--host-resolver-rules=MAP * ~NOTFOUND", "--window-size=400,300"],
      `--user-data-dir=${join(folder, "profile")}`,
      `--blink-settings=preferredColorScheme=${scheme === "dark" ? 0 : 1}`,
      `--screenshot=${png}`,
      `file://${html}`,
    ],
  }).output();
  const said = new TextDecoder().decode(stderr);
  assert.ok(success, said);
  // What the page's policy refuses, or a script's fault, is said there.
  assert.doesNotMatch(said, /:CONSOLE/);
  return firstPixel(await Deno.readFile(png));
}

/** Of a PNG with 8 bits a channel: no filter changes the first pixel of the first line. */
function firstPixel(png: Uint8Array): string {
  const view = new DataView(png.buffer, png.byteOffset);
  const parts: Uint8Array[] = [];
  for (let at = 8; at < png.length;) {
    const size = view.getUint32(at);
    const type = new TextDecoder().decode(png.subarray(at + 4, at + 8));
    if (type === "IDAT") parts.push(png.subarray(at + 8, at + 8 + size));
    at += 12 + size;
  }
  const pixels = inflateSync(new Uint8Array(parts.flatMap((part) => [...part])));
  return "#" +
    [...pixels.subarray(1, 4)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Relative luminance of "#rrggbb" or "#rgb", 0 to 1: WCAG 2. */
function luminance(colour: string): number {
  const digits = colour.slice(1).replace(/^(.)(.)(.)$/, "$1$1$2$2$3$3");
  const [r = 0, g = 0, b = 0] = [0, 2, 4].map((at) => {
    const c = parseInt(digits.slice(at, at + 2), 16) / 255;
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

async function firstOf(names: readonly string[]): Promise<string | undefined> {
  for (const name of names) {
    const found = await new Deno.Command(name, { args: ["--version"] }).output()
      .catch(() => undefined);
    if (found?.success === true) return name;
  }
  return undefined;
}
