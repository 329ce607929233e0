/** How a run's progress is shown: a bar on a terminal, plain lines elsewhere. */
import type { Observer, Reporter } from "../engine/effects.ts";
import type { Io } from "./command.ts";

/** Elsewhere than on a terminal, one line says so much at most every few seconds. */
const LINE_EVERY_MS = 5000;
/** On a terminal the bar moves as fast as eyes follow. */
const BAR_EVERY_MS = 100;
const BAR_WIDTH = 24;

/** The line that is drawn over and over on a terminal. */
export interface Live {
  update(line: string): void;
  clear(): void;
}

/** An observer that prints to standard error; `close` leaves the terminal as it was. */
export async function createProgress(io: Io): Promise<Observer & Disposable> {
  return io.terminal ? bars(io, await terminalLine()) : lines(io);
}

/**
 * For programs: one JSON object a line. First the `plan`, the stages that will begin or be found cached;
 * then `start`, `progress` and `end` of each, and `log` for what is said to people. `now` is a clock in
 * milliseconds.
 */
export function jsonLines(
  { err }: Pick<Io, "err">,
  stages: readonly string[],
  now = () => performance.now(),
): Observer & Disposable {
  const print = (event: string, more: object) => err(JSON.stringify({ event, ...more }));
  print("plan", { stages });
  return {
    log: (message) => print("log", { stage: null, message }),
    start(stage, summary, why) {
      print("start", { stage, summary, why });
      let last = -Infinity;
      return {
        log: (message) => print("log", { stage, message }),
        progress(done, total, unit, note) {
          if (now() - last < BAR_EVERY_MS && done < total) return;
          last = now();
          print("progress", { stage, done, total, unit, note: note ?? null });
        },
      };
    },
    end: (stage, { cached, seconds }) => print("end", { stage, cached, seconds }),
    [Symbol.dispose]() {},
  };
}

/** Plain lines. `now` is a clock in milliseconds. */
export function lines(io: Pick<Io, "err">, now = () => performance.now()): Observer & Disposable {
  return observer((line) => io.err(line), (stage) => {
    let last = now();
    return (done, total, unit, note) => {
      if (now() - last < LINE_EVERY_MS) return;
      last = now();
      io.err(`${stage}: ${figure(done, total, unit, note)}`);
    };
  }, () => {});
}

/** A bar below the lines. */
export function bars(
  io: Pick<Io, "err">,
  live: Live,
  now = () => performance.now(),
): Observer & Disposable {
  const print = (line: string) => {
    live.clear();
    io.err(line);
  };
  return observer(print, (stage) => {
    let last = -Infinity;
    return (done, total, unit, note) => {
      if (now() - last < BAR_EVERY_MS && done < total) return;
      last = now();
      const filled = Math.round(BAR_WIDTH * Math.min(1, total > 0 ? done / total : 0));
      const bar = "█".repeat(filled) + "░".repeat(BAR_WIDTH - filled);
      live.update(`${stage} ${bar} ${figure(done, total, unit, note)}`);
    };
  }, () => live.clear());
}

function observer(
  print: (line: string) => void,
  progress: (stage: string) => Reporter["progress"],
  close: () => void,
): Observer & Disposable {
  return {
    log: print,
    start(stage, summary, why) {
      print(`${stage}: ${summary} (${brief(why)})`);
      return { log: (line) => print(`${stage}: ${line}`), progress: progress(stage) };
    },
    end(stage, { cached, seconds }) {
      print(cached ? `${stage}: cached` : `${stage}: done in ${seconds.toFixed(1)} s`);
    },
    [Symbol.dispose]: close,
  };
}

/** The first few reasons: `explain` shows them all. */
function brief(why: readonly string[]): string {
  const shown = why.slice(0, 3).join("; ");
  return why.length > 3 ? `${shown}; and ${why.length - 3} more` : shown;
}

function figure(done: number, total: number, unit: string, note = ""): string {
  const of = total > 0 ? `/${total}` : "";
  return `${done}${of} ${unit}${note === "" ? "" : `, ${note}`}`;
}

async function terminalLine(): Promise<Live> {
  const { createLogUpdate } = await import("log-update");
  const { stderr } = await import("node:process");
  const write = createLogUpdate(stderr);
  return {
    update: (line) => write(line),
    clear() {
      write.clear();
      write.done();
    },
  };
}
