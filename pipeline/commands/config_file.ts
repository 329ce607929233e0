/** Values put into a config file, whose order and layout stay. */
import { applyEdits, type FormattingOptions, modify } from "jsonc-parser";
import { writeAtomic } from "../engine/atomic.ts";
import { UsageError } from "../errors.ts";
import { parseConfig } from "./load_config.ts";

/** A value to put into a config. */
export interface Change {
  /** As in ["train", "trend", "halfLife"]. */
  readonly path: readonly (string | number)[];
  /** The value in effect so far. */
  readonly before: unknown;
  readonly after: unknown;
}

/** What must be put where so that `before` becomes `after`: one change for each plain value. */
export function changes(
  path: readonly (string | number)[],
  before: unknown,
  after: unknown,
): Change[] {
  if (isRecord(before) && isRecord(after)) {
    return Object.keys(after).flatMap((key) => changes([...path, key], before[key], after[key]));
  }
  return JSON.stringify(before) === JSON.stringify(after) ? [] : [{ path, before, after }];
}

/** "train.alpha 1 -> 2.4" */
export function changeLine({ path, before, after }: Change): string {
  return `${path.join(".")} ${JSON.stringify(before) ?? "(none)"} -> ${JSON.stringify(after)}`;
}

/** The text of a config with the values changed. */
export function changedText(text: string, list: readonly Change[]): string {
  const formattingOptions: FormattingOptions = {
    insertSpaces: !/^\t/m.test(text),
    tabSize: /^( +)\S/m.exec(text)?.[1]?.length ?? 2,
    eol: text.includes("\r\n") ? "\r\n" : "\n",
  };
  return list.reduce(
    (so, { path, after }) => applyEdits(so, modify(so, [...path], after, { formattingOptions })),
    text,
  );
}

/**
 * Changes the config file at `path` (absolute), in one step, keeping what else was written to it
 * meanwhile.
 *
 * @param name the path as the user wrote it, for messages.
 * @throws {UsageError} where the file is no config any more, or what comes out would not be one.
 */
export async function writeChanges(
  path: string,
  list: readonly Change[],
  name: string,
): Promise<void> {
  if (list.length === 0) return;
  const real = await Deno.realPath(path);
  const text = await Deno.readTextFile(real);
  const changed = changedText(parsed(text, name), list);
  parseConfig(JSON.parse(changed), name);
  await writeAtomic(real, changed);
}

function parsed(text: string, name: string): string {
  try {
    JSON.parse(text);
    return text;
  } catch (cause) {
    throw new UsageError(
      `The config ${name} is not JSON any more, so nothing was written to it`,
      "Mend it and run again: all trials are kept",
      { cause },
    );
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
