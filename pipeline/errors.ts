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
