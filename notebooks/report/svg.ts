/** An SVG document made fit to stand in a page. */
import { escapeHtml } from "../lib/table.ts";

/**
 * The drawing as an element of a page, read out as `alt`. Its ids begin with `prefix`: those of two drawings must
 * not meet in one page. Nothing in it names an address.
 */
export function inlined(svg: string, prefix: string, alt: string): string {
  const element = svg.slice(svg.indexOf("<svg"));
  let first = true;
  return element.replace(/<[a-z][^>]*>/gi, (tag) => {
    const bare = tag
      .replace(/ (?:aria-[a-z]+|role|xmlns(?::xlink)?|version|class)="[^"]*"/g, "")
      .replace(/ id="/g, ` id="${prefix}-`)
      .replace(/url\(#/g, `url(#${prefix}-`)
      .replace(/ (xlink:)?href="#/g, ` href="#${prefix}-`);
    if (!first) return bare;
    first = false;
    return bare.replace("<svg", `<svg role="img" aria-label="${escapeHtml(alt)}"`);
  });
}
