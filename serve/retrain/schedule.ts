/** Trainings by a schedule: each tried again where that may help, none ends the next one. */
import type { Cron } from "croner";
import { hasModel, RetrainError, type Server, train } from "./train.ts";

/** What is waited before a failed training is tried again, in milliseconds. */
const AGAIN_MS = [60_000, 300_000, 900_000] as const;
/** Between two looks at a server that starts, in milliseconds; and how long, at most. */
const START_POLL_MS = 1000;
const START_MS = 120_000;
/** The longest wait that a timer can be set to is 24 days. */
const LONGEST_MS = 86_400_000;

/** The world outside, injected so that tests need not wait. */
export interface Outside {
  readonly server: Server;
  readonly signal: AbortSignal;
  /** Milliseconds since 1970. */
  now(): number;
  log(line: string): void;
}

/** Trains once, and again where that may help; whether a new model answers. */
export async function trainOnce(outside: Outside): Promise<boolean> {
  const { server, signal, log } = outside;
  for (let attempt = 0;; attempt++) {
    const started = outside.now();
    try {
      log("Training …");
      const model = await train(server, signal);
      log(`Model ${model} answers, after ${((outside.now() - started) / 1000).toFixed(0)} s`);
      return true;
    } catch (error) {
      if (!(error instanceof RetrainError)) throw error;
      log(`No new model: ${error.message}`);
      const pause = AGAIN_MS[attempt];
      if (!error.again || pause === undefined) return false;
      log(`It is tried again in ${pause / 60_000} min`);
      await server.wait(pause, signal);
    }
  }
}

/**
 * Trains at once where the server has no model, then whenever `cron` says, until the signal is aborted.
 * What fails is said and waits for its next turn. A turn that comes while a training runs is left out.
 */
export async function trainBySchedule(
  cron: Pick<Cron, "nextRun">,
  outside: Outside,
): Promise<void> {
  const { server, signal, log } = outside;
  if (await lacksModel(outside)) {
    log("The server has no model yet");
    await trainOnce(outside);
  }
  for (;;) {
    const next = cron.nextRun(new Date(outside.now()));
    if (next === null) return log("The schedule has no further turn");
    log(`The next training is at ${next.toISOString()}`);
    for (let left; (left = next.getTime() - outside.now()) > 0;) {
      await server.wait(Math.min(left, LONGEST_MS), signal);
    }
    await trainOnce(outside);
  }
}

/** Whether the server answers, and has no model. Waits while it starts. */
async function lacksModel({ server, signal, now, log }: Outside): Promise<boolean> {
  for (const end = now() + START_MS; now() < end;) {
    const has = await hasModel(server, signal);
    if (has !== undefined) return !has;
    await server.wait(START_POLL_MS, signal);
  }
  log(`${server.url} does not say whether it has a model: nothing is trained before the schedule`);
  return false;
}
