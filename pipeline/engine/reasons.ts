/** Why a stage runs. */
import type { Parts } from "./fingerprint.ts";
import type { Graph } from "./graph.ts";
import { changedFiles } from "./inputs.ts";
import { changedParts, type LockEntry } from "./lockfile.ts";
import { source } from "./parts.ts";
import type { Workspace } from "./workspace.ts";

/** One reason why a stage runs; `kept`: what is none, though it differs. */
export type Reason =
  | { readonly kind: "never" }
  | { readonly kind: "forced" }
  /** What it reads no key part shows. */
  | { readonly kind: "unseen"; readonly text: string }
  | { readonly kind: "missing"; readonly outputs: readonly string[] }
  /** An input from an earlier run changed: no reason to run, but what a run would begin with. */
  | {
    readonly kind: "kept";
    readonly part: string;
    readonly before: string | undefined;
    readonly after: string | undefined;
  }
  | {
    readonly kind: "changed";
    readonly part: string;
    readonly before: string | undefined;
    readonly after: string | undefined;
    /** The files behind an input: those that changed, where that is known, else the patterns. */
    readonly files?: readonly string[];
  };

/** The reasons why a stage with these parts is not in the store. */
export function reasonsFor(
  parts: Parts,
  before: LockEntry | undefined,
  missing: readonly string[] | undefined,
): Reason[] {
  if (missing !== undefined && missing.length > 0) return [{ kind: "missing", outputs: missing }];
  if (before === undefined) return [{ kind: "never" }];
  const changed = changes(before.parts, parts, changedParts(before.parts, parts));
  // The lock file's very run, but its store is not here: a new clone, or the store was removed.
  return changed.length > 0 ? changed : [{ kind: "missing", outputs: Object.keys(before.outputs) }];
}

/** Adds to each changed input which of its files changed. */
export async function withFiles(
  reasons: readonly Reason[],
  graph: Graph,
  stage: string,
  workspace: Workspace,
): Promise<Reason[]> {
  const node = graph.nodes.get(stage);
  return await Promise.all(reasons.map(async (reason) => {
    if (reason.kind !== "changed" || !reason.part.startsWith("input:")) return reason;
    const ref = node?.kind === "stage" ? node.inputs[reason.part.slice(6)] : undefined;
    const from = ref === undefined ? undefined : source(graph, ref);
    if (from?.kind !== "files") return reason;
    const changed = await changedFiles(reason.before, from, workspace);
    return { ...reason, files: changed ?? from.patterns };
  }));
}

/** Parts named in \`names\` as reasons. */
export function changes(before: Parts, after: Parts, names: readonly string[]): Reason[] {
  return names.map((part) => ({
    kind: "changed",
    part,
    before: before[part],
    after: after[part],
  }));
}
