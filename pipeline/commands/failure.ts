/** Errors as people and programs see them: one message, one remedy, one exit code. */
import { StoreBusyError } from "../engine/writer.ts";
import { CheckError, GateError, StageError, UsageError } from "../errors.ts";

interface Failure {
  readonly stage: string | null;
  readonly message: string;
  readonly remedy: string;
}

/** 1: failed, 2: usage, 3: refused by the gate, 130: interrupted. */
export function exitCode(error: unknown): number {
  if (isAbort(error)) return 130;
  if (error instanceof GateError) return 3;
  return error instanceof UsageError ? 2 : 1;
}

/** The object that `--json` prints. */
export function failureJson(error: unknown): { readonly error: Failure } {
  const report = error instanceof CheckError ? error.report : {};
  return { error: describe(error), ...report };
}

/** Lines for people; the last one is the message. */
export function failureText(error: unknown, verbose: boolean): string {
  const { stage, message, remedy } = describe(error);
  const lines: string[] = [];
  if (verbose && error instanceof Error) lines.push(stackOf(error));
  if (stage !== null) lines.push(`Stage ${stage} failed.`);
  if (remedy !== "") lines.push(`What to do: ${remedy}.`);
  return [...lines, message].join("\n");
}

function describe(error: unknown): Failure {
  const text = error instanceof Error ? error.message : String(error);
  const message = text.split(/\s*\n\s*/).filter((line) => line !== "").join("; ");
  if (isAbort(error)) {
    return {
      stage: null,
      message: "Interrupted",
      remedy: "Run again: it goes on where it stopped",
    };
  }
  if (error instanceof StageError) {
    return { stage: error.stage, message, remedy: systemRemedy(error.cause) ?? error.remedy };
  }
  if (error instanceof UsageError || error instanceof CheckError) {
    return { stage: null, message, remedy: error.remedy };
  }
  if (error instanceof StoreBusyError) {
    return { stage: null, message, remedy: "Leave --no-wait out to wait for it" };
  }
  return { stage: null, message, remedy: systemRemedy(error) ?? "" };
}

/** The operating system's refusals, of which a stage or the store may be the victim. */
function systemRemedy(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  if (/no space left|os error 28|disk quota/i.test(error.message)) {
    return "Free some space, or keep the store on another disk by --store DIR; then run again";
  }
  if (/read-only file system|os error 30/i.test(error.message)) {
    return "Name a store that can be written by --store DIR";
  }
  if (error instanceof Deno.errors.NotCapable) {
    return "Run it by `deno task pipeline`, or allow what the message names";
  }
  if (error instanceof Deno.errors.PermissionDenied) {
    return "Give your user the right to the file or folder, or name another one";
  }
  return undefined;
}

function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === "AbortError";
}

function stackOf(error: Error): string {
  const cause = error.cause instanceof Error ? `\nCaused by ${stackOf(error.cause)}` : "";
  return (error.stack ?? error.message) + cause;
}
