/** Whether what a stage ran on is still what its key was made of. */
import { join } from "node:path";
import { statOf } from "./atomic.ts";
import { findEarlier } from "./earlier.ts";
import { Fingerprint } from "./fingerprint.ts";
import type { Graph } from "./graph.ts";
import { findFiles } from "./inputs.ts";
import { changedParts } from "./lockfile.ts";
import { type Preparation, type Prepared, source } from "./parts.ts";
import type { Workspace } from "./workspace.ts";

/** Parts that a fingerprint makes. */
const CODE = /^(code|asset|npm|package):/;

/**
 * Whether a stage's code and files are still what they were when it was prepared.
 *
 * @returns the names of the parts that changed meanwhile.
 */
export async function drift(
  prepared: Prepared,
  { files, earlier }: Preparation,
  graph: Graph,
  workspace: Workspace,
): Promise<string[]> {
  const fingerprint = await Fingerprint.open(workspace.root, workspace.stats);
  const now = await fingerprint.parts(prepared.node.stage);
  const before = Object.entries(prepared.parts).filter(([name]) => CODE.test(name));
  const changed = changedParts(Object.fromEntries(before), now);
  for (const [name, ref] of Object.entries(prepared.node.inputs)) {
    const node = source(graph, ref);
    const { root, stats } = workspace;
    const stage = prepared.node.name;
    if (node?.kind === "files") {
      const { digest } = await findFiles(node, root, stats, stage);
      if (digest !== files.get(node.name)?.digest) changed.push(`input:${name}`);
    } else if (node?.kind === "earlier") {
      const { digest } = await findEarlier(node, root, stats, stage);
      if (digest !== earlier.get(node.name)?.digest) changed.push(`input:${name}`);
    }
  }
  return changed;
}

/**
 * Files of a stage's code that were edited after `loadedAt` (milliseconds since 1970), when this
 * process began to load its modules: what runs may be older than what the key says. A time in the
 * future, as after the clock was set back, says nothing.
 */
export async function editedSince(
  prepared: Prepared,
  root: string,
  loadedAt: number,
): Promise<string[]> {
  const edited: string[] = [];
  for (const part of Object.keys(prepared.parts)) {
    const name = /^(?:code|asset):(.*)$/.exec(part)?.[1];
    if (name === undefined) continue;
    const modified = (await statOf(join(root, name)))?.mtime?.getTime() ?? 0;
    if (modified > loadedAt && modified <= Date.now()) edited.push(name);
  }
  return edited;
}
