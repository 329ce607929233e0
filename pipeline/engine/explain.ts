/** Plans and reasons as text for people. */
import type { StagePlan } from "./plan.ts";
import type { Reason } from "./reasons.ts";

/** One line that says what a stage would do. */
export function stateLine({ name, state, waitsFor, reasons }: StagePlan): string {
  if (state === "run") return `${name}: would run`;
  if (state === "waits") {
    return `${name}: would run only if ${waitsFor.join(" or ")} ${
      waitsFor.length > 1 ? "change" : "changes"
    }`;
  }
  return reasons.some(({ kind }) => kind !== "kept")
    ? `${name}: up to date (an earlier run's result is in the store)`
    : `${name}: up to date`;
}

/** A reason in one line: what changed, from what to what. */
export function reasonLine(reason: Reason): string {
  switch (reason.kind) {
    case "never":
      return "it never ran";
    case "forced":
      return "--force";
    case "unseen":
      return reason.text;
    case "missing":
      return `not in the store: ${reason.outputs.join(", ")}`;
    case "kept":
      return `${changeLine(reason)}, by itself no reason to run`;
    case "changed": {
      const files = reason.files === undefined ? "" : ` (${some(reason.files)})`;
      return changeLine(reason, files);
    }
  }
}

function changeLine(
  { part, before, after }: Extract<Reason, { readonly part: string }>,
  files = "",
): string {
  const at = part.indexOf(":");
  const kind = at < 0 ? part : part.slice(0, at);
  const name = at < 0 ? "" : part.slice(at + 1);
  const subject = [NAMES[kind] ?? kind, name].filter((word) => word !== "").join(" ");
  if (before === undefined) return `${subject}${files}: new, ${short(after)}`;
  if (after === undefined) return `${subject}${files}: gone, was ${short(before)}`;
  return `${subject}${files}: ${short(before)} -> ${short(after)}`;
}

/** So many files are named in one line. */
const SHOWN = 5;

const NAMES: Readonly<Record<string, string>> = { deno: "Deno", asset: "file" };

/** The first few of a list. */
function some(names: readonly string[]): string {
  const more = names.length > SHOWN ? ` and ${names.length - SHOWN} more` : "";
  return names.slice(0, SHOWN).join(", ") + more;
}

/** A digest's first digits tell it from others; values stay whole. */
function short(value = ""): string {
  return value.replace(/\b[0-9a-f]{64}\b/g, (digest) => digest.slice(0, 12));
}
