/** Trainings as jobs: one at a time, the last of them remembered. */
import type { ProgressLine, Training } from "./schemas/training.ts";
import { TrainingError } from "./training.ts";

/** Trains; tells how far it is; resolves with the version that then answers. */
export type Train = (progress: (line: ProgressLine) => void) => Promise<string>;

/** A training that was started or joined. */
export interface StartedTraining {
  readonly id: string;
  /** Resolves once the new model answers; rejects with a `TrainingError` where that fails. */
  readonly done: Promise<void>;
}

/** Trainings whose end is told of, at most. */
const REMEMBERED = 50;

/** Runs trainings, one at a time: whoever asks while one runs gets that one. */
export class Trainings {
  readonly #train: Train;
  readonly #log: (line: string) => void;
  readonly #known = new Map<string, Training>();
  #running: StartedTraining | undefined;

  /** Runs `train`; `log` takes what nobody who asks may see. */
  constructor(train: Train, log: (line: string) => void = () => {}) {
    this.#train = train;
    this.#log = log;
  }

  /** Whether one is at work. */
  get running(): boolean {
    return this.#running !== undefined;
  }

  /** Starts one, or joins the one at work. */
  start(): StartedTraining {
    if (this.#running !== undefined) return this.#running;
    const id = crypto.randomUUID();
    this.#known.set(id, {
      id,
      status: "running",
      startedAt: new Date().toISOString(),
      endedAt: null,
      stage: null,
      note: null,
      done: 0,
      model: null,
      error: null,
    });
    for (const old of this.#known.keys()) {
      if (this.#known.size <= REMEMBERED) break;
      this.#known.delete(old);
    }
    const done = this.#run(id);
    // Who only polls must not end the process by a rejection that nobody awaits.
    done.catch(() => {});
    return this.#running = { id, done };
  }

  /** How a training stands or ended; `undefined` where none of the last ones has this id. */
  get(id: string): Training | undefined {
    return this.#known.get(id);
  }

  async #run(id: string): Promise<void> {
    try {
      // Not in the same turn: `start` must have noted the training before it can end.
      await Promise.resolve();
      const model = await this.#train(follow((now) => this.#update(id, now)));
      this.#end(id, { status: "succeeded", done: 1, model });
    } catch (error) {
      const known = error instanceof TrainingError;
      if (!known) this.#log(`A training failed: ${error instanceof Error ? error.message : error}`);
      const { stage, message, remedy } = known ? error : UNKNOWN;
      this.#end(id, { status: "failed", error: { stage, message, remedy } });
      throw error;
    }
  }

  #end(id: string, end: Partial<Training>): void {
    this.#running = undefined;
    this.#update(id, { ...end, stage: null, note: null, endedAt: new Date().toISOString() });
  }

  #update(id: string, now: Partial<Training>): void {
    const known = this.#known.get(id);
    if (known !== undefined) this.#known.set(id, { ...known, ...now });
  }
}

const UNKNOWN = {
  stage: null,
  message: "The training failed; the server's log says why",
  remedy: "Look into the log",
};

/** Turns lines of progress into a share of all stages. */
function follow(update: (now: Partial<Training>) => void): (line: ProgressLine) => void {
  let stages = 0;
  let ended = 0;
  const share = (part: number) => stages === 0 ? 0 : Math.min(1, (ended + part) / stages);
  return (line) => {
    switch (line.event) {
      case "plan":
        stages = line.stages.length;
        return;
      case "start":
        return update({ stage: line.stage, note: line.why.join("; "), done: share(0) });
      case "progress": {
        const { stage, done, total, unit, note } = line;
        const text = `${done}/${total} ${unit}${note === null ? "" : `, ${note}`}`;
        const part = total > 0 ? Math.min(1, Math.max(0, done / total)) : 0;
        return update({ stage, note: text, done: share(part) });
      }
      case "log":
        return;
      case "end":
        ended++;
        return update({ stage: line.stage, note: null, done: share(0) });
    }
  };
}
