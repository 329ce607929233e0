/**
 * What an earlier run published: an input that the pipeline's own runs change. Were it an input as
 * any other, each run would be a reason for the next one, without end. So it alone is none: a stage
 * that differs from the lock file's run in nothing else is up to date, on what that run began with.
 */
import { resolve } from "node:path";
import { StageError } from "../errors.ts";
import { statOf } from "./atomic.ts";
import { filesOf, treeDigest } from "./digest.ts";
import type { Parts } from "./fingerprint.ts";
import type { EarlierNode, Graph, StageNode } from "./graph.ts";
import { changedParts, type LockEntry } from "./lockfile.ts";
import type { StatCache } from "./stats.ts";

/** What lies at the place of a publication. */
export interface FoundEarlier {
  /** Absolute. */
  readonly path: string;
  /** `undefined` where nothing was published yet: there is no file. */
  readonly digest: string | undefined;
}

/**
 * Finds what an earlier run left; an empty folder, as one that a container mounts, is nothing.
 *
 * @param stage the stage that needs it: it is the one that fails.
 * @throws {StageError} where it cannot be read.
 */
export async function findEarlier(
  node: EarlierNode,
  root: string,
  stats: StatCache,
  stage: string,
): Promise<FoundEarlier> {
  const path = resolve(root, node.path);
  try {
    const info = await statOf(path);
    const empty = info === undefined || info.isDirectory && (await filesOf(path)).length === 0;
    const digest = empty ? undefined : await treeDigest(path, (file) => stats.digest(file));
    return { path, digest };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new StageError(
      stage,
      `Input "${node.name}": ${node.path} cannot be read (${reason})`,
      "Move it away: without it the stage begins anew",
      { cause: error },
    );
  }
}

/** The parts of a stage that are inputs from earlier runs: "input:NAME". */
export function earlierParts({ inputs }: StageNode, graph: Graph): string[] {
  return Object.entries(inputs)
    .filter(([, ref]) => graph.nodes.get(ref.node ?? "")?.kind === "earlier")
    .map(([name]) => `input:${name}`);
}

/** The lock file's run, where `parts` differ from its own in some of `earlier` alone. */
export function keptRun(
  parts: Parts,
  before: LockEntry | undefined,
  earlier: readonly string[],
): LockEntry | undefined {
  if (before === undefined) return undefined;
  const changed = changedParts(before.parts, parts);
  return changed.length > 0 && changed.every((part) => earlier.includes(part)) ? before : undefined;
}
