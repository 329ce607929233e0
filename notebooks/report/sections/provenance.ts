/** What made what: the chain from purchases to model, as the lock file has it. */
import type { LockEntry } from "../../../pipeline/engine/lockfile.ts";
import { count } from "../../lib/numbers.ts";
import type { Cell } from "../../lib/table.ts";
import { type Block, type Section, text } from "../blocks.ts";
import type { RunData } from "../read_run.ts";

/** A digest's first digits, which tell it from others. */
const DIGITS = 12;

/** Every stage with its key, inputs, outputs; and all parts of the key. */
export function provenanceSection({ stages, config }: RunData): Section {
  const made = madeBy(stages);
  return {
    id: "provenance",
    folded: true,
    title: "Where the figures come from",
    blocks: [
      text(
        `Every stage of ${config}, as its lock file names it. A key is one digest of all that a result depends ` +
          "on: the code that the stage reaches, its params, its inputs, packages, Deno and the machine's facts.",
      ),
      {
        kind: "table",
        caption: "The chain",
        columns: ["stage", "key", "made from", "made"],
        rows: [...stages].map(([name, entry]) => [
          name,
          entry.key.slice(0, DIGITS),
          inputsOf(entry).map(([input, digest]) => `${input}: ${source(digest, made)}`).join("; "),
          Object.entries(entry.outputs)
            .map(([output, { digest }]) => `${output} ${digest.slice(0, DIGITS)}`).join("; "),
        ]),
      },
      ...[...stages].map(([name, entry]): Block => ({
        kind: "details",
        for: "page",
        summary: `${name}: all parts of its key`,
        blocks: partsOf(entry, made),
      })),
    ],
  };
}

type Made = ReadonlyMap<string, string>;

/** Digest of an output to "stage.output"; the first stage that made it names it. */
function madeBy(stages: RunData["stages"]): Made {
  const made = new Map<string, string>();
  for (const [stage, { outputs }] of stages) {
    for (const [output, { digest }] of Object.entries(outputs)) {
      if (!made.has(digest)) made.set(digest, `${stage}.${output}`);
    }
  }
  return made;
}

function source(digest: string, made: Made): string {
  return made.get(digest) ?? digest.slice(0, DIGITS);
}

/** Inputs that are there, without the prefix of their parts. */
function inputsOf({ parts }: LockEntry): [string, string][] {
  return ofKind(parts, "input:").filter(([, digest]) => digest !== "absent");
}

function ofKind(parts: LockEntry["parts"], prefix: string): [string, string][] {
  return Object.entries(parts).filter(([name]) => name.startsWith(prefix))
    .map(([name, value]) => [name.slice(prefix.length), value]);
}

function partsOf(entry: LockEntry, made: Made): Block[] {
  const { parts, outputs, key } = entry;
  const table = (caption: string, columns: string[], rows: Cell[][]): Block[] =>
    rows.length === 0 ? [] : [{ kind: "table", caption, columns, rows }];
  return [
    text(`Key ${key}; Deno ${parts.deno ?? "not stated"}.`),
    ...table("Params", ["param", "value"], ofKind(parts, "param:")),
    ...table(
      "Inputs",
      ["input", "from", "digest"],
      inputsOf(entry).map(([input, digest]) => [input, made.get(digest) ?? "files", digest]),
    ),
    ...table(
      "Outputs",
      ["output", "bytes", "digest"],
      Object.entries(outputs).map(([output, { bytes, digest }]) => [output, count(bytes), digest]),
    ),
    ...table("Facts of the machine", ["fact", "value"], ofKind(parts, "runtime:")),
    ...table("Formats", ["artifact", "format"], ofKind(parts, "format:")),
    ...table("Packages", ["package", "version, integrity"], ofKind(parts, "npm:")),
    ...table("Code", ["file", "digest"], [
      ...ofKind(parts, "code:"),
      ...ofKind(parts, "asset:"),
    ]),
  ];
}
