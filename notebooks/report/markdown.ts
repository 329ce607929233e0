/** A report as Markdown, for a pull request: no pictures, nothing of single customers. */
import { escapeHtml, escapeMarkdown, table, unlinked } from "../lib/table.ts";
import type { Block, Section } from "./blocks.ts";

/** A comment on GitHub has 65,536 characters at most: so many items of a list are shown. */
const MOST = 20;

/** The text, with what is long folded. */
export function markdownReport(title: string, sections: readonly Section[]): string {
  const shown = sections.filter((section) => section.for !== "page");
  const parts = shown.map(({ title, blocks, folded = false }) => {
    const body = blocksMarkdown(blocks);
    return folded ? fold(title, body) : `## ${escapeMarkdown(title)}\n\n${body}`;
  });
  return [`# ${escapeMarkdown(title)}`, ...parts].join("\n\n") + "\n";
}

function blocksMarkdown(blocks: readonly Block[]): string {
  return blocks.map(blockMarkdown).filter((text) => text !== "").join("\n\n");
}

function blockMarkdown(block: Block): string {
  if ("for" in block && block.for === "page") return "";
  switch (block.kind) {
    case "text":
      return escapeMarkdown(block.text);
    case "warning":
      return `> **Note:** ${escapeMarkdown(block.text)}`;
    case "heading":
      return `### ${escapeMarkdown(block.text)}`;
    case "list": {
      const lines = block.items.slice(0, MOST).map((item) => `- ${escapeMarkdown(item)}`);
      const more = block.items.length - lines.length;
      return [...lines, ...(more > 0 ? [`- and ${more} more: the page has them`] : [])].join("\n");
    }
    case "table":
      return `**${escapeMarkdown(block.caption)}**\n\n${table(block.columns, block.rows).markdown}`;
    case "figure":
      return "";
    case "details":
      return fold(block.summary, blocksMarkdown(block.blocks));
  }
}

function fold(summary: string, body: string): string {
  return `<details>\n<summary>${escapeHtml(unlinked(summary))}</summary>\n\n${body}\n\n</details>`;
}
