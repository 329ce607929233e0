/** The errors that callers tell apart. All others are built-in types. */

/** The command, the config or a value in it is wrong: exit code 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
  /** What to do about it; "" where the message says it. */
  readonly remedy: string;

  constructor(message: string, remedy = "", options?: ErrorOptions) {
    super(message, options);
    this.remedy = remedy;
  }
}

/** A check found what it was to find: exit code 1. `report` is what `--json` prints beside the error. */
export class CheckError extends Error {
  override readonly name: string = "CheckError";
  readonly remedy: string;
  readonly report: object;

  constructor(message: string, remedy: string, report: object) {
    super(message);
    this.remedy = remedy;
    this.report = report;
  }
}

/** The gate refuses a change: exit code 3. */
export class GateError extends CheckError {
  override readonly name = "GateError";
}

/** A stage, or an input of one, failed: exit code 1. What was committed before stays. */
export class StageError extends Error {
  override readonly name = "StageError";
  readonly stage: string;
  readonly remedy: string;

  constructor(stage: string, message: string, remedy: string, options?: ErrorOptions) {
    super(message, options);
    this.stage = stage;
    this.remedy = remedy;
  }
}

/** A stage's error, told with its name and what to do. */
export function asStageError(stage: string, error: unknown): StageError {
  if (error instanceof StageError) return error;
  const message = error instanceof Error ? error.message : String(error);
  const remedy = error instanceof Error && "remedy" in error && typeof error.remedy === "string"
    ? error.remedy
    : "Correct what it names and run again: stages that finished are not repeated";
  return new StageError(stage, message, remedy, { cause: error });
}
