/** A comparison of two states as Markdown, for a pull request and for the terminal. */
import type { Change } from "../metrics/gate.ts";
import type { Compared } from "./compare.ts";

/** The table of all metrics; `chief` stands first, in bold. */
export function changesTable(compared: Compared, level: number, chief?: string): string {
  const rows = compared.metrics.toSorted((a, b) =>
    Number(b.metric === chief) - Number(a.metric === chief) || byName(a.metric, b.metric)
  );
  return [
    `| metric | old | new | difference | ${
      percent(level)
    } interval | relative | p, adjusted | verdict |`,
    "|---|--:|--:|--:|:-:|--:|--:|---|",
    ...rows.map((change) => {
      const cells = cellsOf(change);
      const shown = change.metric === chief ? cells.map((cell) => `**${cell}**`) : cells;
      return `| ${shown.join(" | ")} |`;
    }),
  ].join("\n");
}

/** What the table is of. */
export function changesNote({ users, commit, revision }: Compared): string {
  const named = commit.startsWith(revision) ? "" : ` (${revision})`;
  return `New: the state here. Old: ${commit.slice(0, 12)}${named}. ` +
    `${
      users.toLocaleString("en-US")
    } test users, the same on both sides; intervals by paired bootstrap over ` +
    "them; p by Fisher's randomisation test, adjusted for all rows (Holm).";
}

/** A share as "10 %", a change of one as "+12.0 %". */
export function percent(share: number, signed = false): string {
  if (!Number.isFinite(share)) return "-";
  const digits = (share * 100).toFixed(1);
  return signed ? `${share > 0 ? "+" : ""}${digits} %` : `${Number(digits)} %`;
}

function cellsOf(change: Change): string[] {
  const { metric, old, difference, interval: [low, high], relative, adjusted, verdict } = change;
  return [
    metric,
    old.toFixed(4),
    change.new.toFixed(4),
    signed(difference),
    `${signed(low)} to ${signed(high)}`,
    percent(relative, true),
    adjusted < 0.001 ? "< 0.001" : adjusted.toFixed(3),
    verdict,
  ];
}

function signed(value: number): string {
  return `${value > 0 ? "+" : ""}${value.toFixed(4)}`;
}

/** "ndcg@5" before "ndcg@10". */
function byName(a: string, b: string): number {
  return a.localeCompare(b, "en", { numeric: true });
}
