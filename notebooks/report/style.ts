/** How a report looks: in light, in dark and on paper. */

/** Colours of the pictures in the dark, by those in the light: `notebooks/lib/chart.ts` has these. */
const DARK: Readonly<Record<string, string>> = {
  "#1f2328": "#e6edf3",
  "#59636e": "#9da7b3",
  "#eaeef2": "#262c36",
  "#c9d1d9": "#444c56",
  "#3b5bdb": "#8aa0ff",
  "#e8590c": "#ff8f57",
  "#000000": "#e6edf3",
  "#000": "#e6edf3",
  "#0072B2": "#3d9fd9",
};

const dark = Object.entries(DARK).map(([from, to]) =>
  `    svg [fill="${from}"] { fill: ${to}; }\n    svg [stroke="${from}"] { stroke: ${to}; }`
).join("\n");

/** The page's style sheet. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --paper: #ffffff; --ink: #1f2328; --faint: #59636e; --line: #d8dee4; --shade: #f6f8fa; --link: #3b5bdb;
  --warn: #9a4a00; --warn-shade: #fff4e8;
}
* { box-sizing: border-box; }
html { scroll-padding-top: 1rem; }
body {
  margin: 0 auto; padding: 2rem 1.25rem 4rem; max-width: 64rem; background: var(--paper); color: var(--ink);
  font: 16px/1.55 Inter, system-ui, -apple-system, "Segoe UI", sans-serif;
}
h1 { font-size: 1.8rem; line-height: 1.2; margin: 0 0 .5rem; }
h2 { font-size: 1.35rem; margin: 3rem 0 .75rem; padding-top: .75rem; border-top: 1px solid var(--line); }
h3 { font-size: 1.05rem; margin: 2rem 0 .5rem; }
p, li { max-width: 46rem; }
a { color: var(--link); }
a:focus-visible, summary:focus-visible, .scroll:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
nav ol { columns: 2; max-width: 40rem; padding-left: 1.5rem; }
.warning { max-width: 46rem; padding: .6rem .9rem; border-left: 4px solid var(--warn); background: var(--warn-shade); }
.scroll { overflow-x: auto; margin: 1rem 0 1.5rem; }
table { border-collapse: collapse; font-size: .9rem; font-variant-numeric: tabular-nums; }
caption { white-space: nowrap; text-align: left; padding: 0 0 .4rem; font-weight: 600; }
th, td { padding: .3rem .75rem .3rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
thead th { color: var(--faint); font-weight: 600; vertical-align: bottom; }
tbody th { font-weight: 500; }
th, td { overflow-wrap: break-word; max-width: 34rem; }
td[align="right"], th[align="right"] { white-space: nowrap; padding-left: .5rem; }
figure { margin: 1rem 0 1.5rem; }
figcaption { font-weight: 600; font-size: .9rem; margin-bottom: .25rem; }
svg { max-width: 100%; height: auto; display: block; }
svg text { font-family: Inter, system-ui, -apple-system, "Segoe UI", sans-serif; }
details { margin: .75rem 0; }
summary { cursor: pointer; color: var(--link); }
details > :not(summary) { margin-left: 1rem; }
li { overflow-wrap: anywhere; }
footer { margin-top: 3rem; color: var(--faint); font-size: .9rem; }
@media (max-width: 40rem) { nav ol { columns: 1; } body { padding: 1rem .9rem 3rem; } }
@media screen and (prefers-color-scheme: dark) {
    :root {
      --paper: #0d1117; --ink: #e6edf3; --faint: #9da7b3; --line: #30363d; --shade: #161b22; --link: #8aa0ff;
      --warn: #ff8f57; --warn-shade: #2b1d12;
    }
${dark}
}
@media print {
  body { max-width: none; padding: 0; font-size: 10pt; }
  .scroll { overflow: visible; }
  table { font-size: 8.5pt; }
  h2, h3, caption, figcaption { break-after: avoid; }
  figure, tr { break-inside: avoid; }
  details:not([open]) { display: none; }
  a { color: inherit; text-decoration: none; }
}
`;
