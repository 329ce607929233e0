/** What `tune` found, as a table and as an object. */
import type { Config } from "../config.ts";
import type { Params, Value } from "../tune/draw.ts";
import { tuned } from "../tune/draw.ts";
import type { Options } from "./command.ts";
import { type Change, changeLine } from "./config_file.ts";
import type { Finalist, Found } from "./search.ts";

/** So many trials are shown. */
const SHOWN = 10;

/** The best trials, one a line, and what their figures are worth. */
export function foundText(
  found: Found,
  { tune: { metric }, evaluate: { target } }: Config,
): string {
  const { tunable, slice, finalists, present, failed, trials, rungs } = found;
  const names = [...new Set([...tuned(tunable.space), "iterations"])];
  const rows = finalists.slice(0, SHOWN);
  if (present !== undefined && !rows.includes(present)) rows.push(present);
  const head = ["trial", metric, ...names];
  const cells = rows.map((each) => [
    each.trial === 0 ? "present" : String(each.trial),
    each.judged.figure.toFixed(4),
    ...names.map((name) => cell(each.params, name)),
  ]);
  const widths = head.map((text, n) =>
    Math.max(text.length, ...cells.map((row) => row[n]?.length ?? 0))
  );
  const line = (row: readonly string[]) =>
    row.map((text, n) => text.padStart(widths[n] ?? 0)).join("  ");
  const ranks = rungs.flatMap(({ correlation }, n) =>
    correlation === null ? [] : [`rung ${n} to ${n + 1}: ${correlation.toFixed(2)}`]
  );
  return [
    `${tunable.name}: ${trials} trials, ${finalists.length} of them judged in full, ${metric} of ` +
    `${TARGETS[target]} on a ${slice.slice} slice of the training part, ${windows(found)}:`,
    line(head),
    ...cells.map(line),
    ...(failed.size === 0
      ? []
      : [`${failed.size} trials failed, the first one so: ${[...failed.values()][0]}`]),
    ...(ranks.length === 0
      ? []
      : [`Rank correlation of the trials that went on, ${ranks.join(", ")}`]),
    difference(found),
    "The best of many figures of one slice is optimistic; the test part was not looked at.",
  ].join("\n");
}

/** By whom the last rung judges. */
function windows({ slice, winner: { judged } }: Found): string {
  const { users } = judged;
  return users === slice.users.length
    ? `${users} users`
    : `${users} users of several windows, one before the other`;
}

function difference({ winner, present, gain }: Found): string {
  if (present === undefined) return "The present params could not be judged.";
  if (winner.trial === 0) return "No trial was better than the present params.";
  const interval = gain?.interval.map((bound) => bound.toFixed(4)).join(" to ");
  return `Trial ${winner.trial} is ${
    gain?.difference.toFixed(4)
  } above the present params on that ` +
    `slice (${interval} over its users; that it is the best of many is not in the interval).`;
}

const TARGETS: Readonly<Record<Config["evaluate"]["target"], string>> = {
  new: "items new to the user",
  repeat: "items that the user bought before",
  all: "all items",
};

/** What is to be written or was, and what comes next. */
export function nextText(
  changes: readonly Change[],
  { config, set, write }: Pick<Options, "config" | "set" | "write">,
): string {
  const lines: string[] = [];
  if (changes.length === 0) lines.push(`${config} has these params already.`);
  else {
    lines.push(write ? `Written into ${config}:` : `Would write into ${config} (--write does it):`);
    lines.push(...changes.map((change) => `  ${changeLine(change)}`));
  }
  const written = new Set(changes.map(({ path }) => path.join(".")));
  const other = set.filter((each) => !written.has(each.slice(0, each.indexOf("="))));
  if (other.length > 0) lines.push(`Not written: --set ${other.join(" --set ")}`);
  const named = config === "pipeline.json" ? "" : ` --config ${config}`;
  if (write || changes.length === 0) {
    lines.push("Next:", `  npx -y deno@${Deno.version.deno} task pipeline${named}`);
  }
  return lines.join("\n");
}

/** One model's part of `--json`. */
export function foundJson(found: Found, { tune, evaluate }: Config): object {
  const { tunable, slice, finalists, winner, present, gain, failed, trials, rungs } = found;
  const { seconds } = found;
  const plain = ({ trial, params, judged }: Finalist) => ({
    trial,
    figure: judged.figure,
    params,
  });
  return {
    model: tunable.name,
    metric: tune.metric,
    target: evaluate.target,
    slice: slice.slice,
    users: slice.users.length,
    seed: tune.seed,
    trials,
    rungs,
    failed: [...failed].map(([name, message]) => ({ name, message })),
    finalists: finalists.map(plain),
    winner: plain(winner),
    present: present === undefined ? null : plain(present),
    gain: gain === undefined ? null : { difference: gain.difference, interval: gain.interval },
    seconds,
  };
}

function cell(params: Params, name: string): string {
  return shown(params[name] ?? null);
}

function shown(value: Value): string {
  if (value === null) return "-";
  if (typeof value !== "object") return String(value);
  return Object.values(value).map(shown).join("/");
}
