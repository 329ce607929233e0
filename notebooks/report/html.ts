/** A report as one page that needs nothing but itself: no script, no network. */
import { escapeHtml, table } from "../lib/table.ts";
import type { Block, Figure, Section } from "./blocks.ts";
import { STYLE } from "./style.ts";
import { inlined } from "./svg.ts";

/** Whatever a product is called, nothing is loaded and nothing runs. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'";

/**
 * The page.
 *
 * @param draw makes an SVG document of a figure.
 */
export async function htmlReport(
  title: string,
  sections: readonly Section[],
  draw: (figure: Figure) => Promise<string>,
): Promise<string> {
  let drawn = 0;
  const parts: string[] = [];
  for (const { id, title, blocks } of sections) {
    const body: string[] = [];
    for (const block of blocks) body.push(await blockHtml(block));
    parts.push(
      `<section aria-labelledby="${id}">\n<h2 id="${id}">${escapeHtml(title)}</h2>\n` +
        `${body.join("\n")}\n</section>`,
    );
  }
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>${escapeHtml(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<header>
<h1>${escapeHtml(title)}</h1>
<nav aria-label="Contents">
<ol>
${sections.map(({ id, title }) => `<li><a href="#${id}">${escapeHtml(title)}</a></li>`).join("\n")}
</ol>
</nav>
</header>
<main>
${parts.join("\n")}
</main>
<footer>Made by deno task report from the lock file and the store: the same run gives the same bytes.</footer>
</body>
</html>
`;

  async function blockHtml(block: Block): Promise<string> {
    switch (block.kind) {
      case "text":
        return `<p>${escapeHtml(block.text)}</p>`;
      case "warning":
        return `<p class="warning" role="note">${escapeHtml(block.text)}</p>`;
      case "heading":
        return `<h3>${escapeHtml(block.text)}</h3>`;
      case "list":
        return `<ul>\n${
          block.items.map((item) => `<li>${escapeHtml(item)}</li>`).join("\n")
        }\n</ul>`;
      case "table": {
        const { caption, columns, rows } = block;
        const { html } = table(columns, rows, { caption, rowHeaders: true });
        // What scrolls must be reached by the keyboard.
        return `<div class="scroll" role="region" tabindex="0" aria-label="${
          escapeHtml(caption)
        }">\n${html}\n</div>`;
      }
      case "figure": {
        const svg = inlined(await draw(block.figure), `figure${++drawn}`, block.alt);
        return `<figure>\n<figcaption>${escapeHtml(block.caption)}</figcaption>\n${svg}\n</figure>`;
      }
      case "details": {
        const inner: string[] = [];
        for (const each of block.blocks) inner.push(await blockHtml(each));
        return `<details>\n<summary>${escapeHtml(block.summary)}</summary>\n${
          inner.join("\n")
        }\n</details>`;
      }
    }
  }
}
