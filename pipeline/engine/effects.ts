/**
 * What the engine and its stages tell the outside while they work. Injected, so that tests assert
 * what a user sees, and so that no stage ever writes to the console itself.
 */
export interface Reporter {
  /** One line for the user. */
  log(line: string): void;
  /** A figure that changes while a stage runs: `done` of `total` `unit`s, `note` beside it. */
  progress(done: number, total: number, unit: string, note?: string): void;
}

/** A reporter that says nothing: for libraries and tests. */
export const silent: Reporter = { log() {}, progress() {} };

/** How a stage of a run ended. */
export interface Outcome {
  readonly cached: boolean;
  readonly seconds: number;
  /** What the lock file shows of it. */
  readonly metrics?: Readonly<Record<string, number>>;
}

/** What a run tells the outside: which stage starts, why, and how it ended. */
export interface Observer {
  /** One line for the user. */
  log(line: string): void;
  /** A stage starts to run; what it reports goes to the result. `why`: one line each. */
  start(stage: string, summary: string, why: readonly string[]): Reporter;
  /** A stage's outputs are committed, or were already there. */
  end(stage: string, outcome: Outcome): void;
}

/** An observer that says nothing. */
export const unobserved: Observer = { log() {}, start: () => silent, end() {} };
