/** `deno task retrain`: has a server train by a schedule. Ends with 0 on SIGTERM and Ctrl-C, but `--once`. */
import { Cron } from "croner";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { UsageError } from "../../pipeline/errors.ts";
import { ENVIRONMENT } from "../args.ts";
import { type Outside, trainBySchedule, trainOnce } from "./schedule.ts";

const HELP = `Usage: deno task retrain [options]

  --url URL        the server (default: http://localhost:5000)
  --schedule CRON  when: minute, hour, day, month, weekday (default: "0 3 * * *", each night at three)
  --timezone TZ    whose hours these are (default: UTC), like Europe/Berlin
  --once           train now, then end: 0 where a new model answers, else 1
  --help           show this

The token, where the server asks for one, is that of ${ENVIRONMENT.token}. A server without a model
trains at once. What fails for a reason that may pass is tried again after 1, 5 and 15 minutes.`;

interface RetrainArgs {
  readonly url: string;
  readonly cron: Cron;
  readonly once: boolean;
  readonly help: boolean;
}

/** Parses the arguments. Throws `UsageError`. */
export function parseRetrainArgs(args: readonly string[]): RetrainArgs {
  let values;
  try {
    ({ values } = parseArgs({
      args: [...args],
      options: {
        url: { type: "string", default: "http://localhost:5000" },
        schedule: { type: "string", default: "0 3 * * *" },
        timezone: { type: "string", default: "UTC" },
        once: { type: "boolean", default: false },
        help: { type: "boolean", short: "h", default: false },
      },
    }));
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new UsageError(message, "deno task retrain --help lists the options", { cause: error });
  }
  const { url, schedule, timezone, once, help } = values;
  const server = URL.parse(url);
  if (server === null || !/^https?:$/.test(server.protocol)) {
    throw new UsageError(`--url is ${JSON.stringify(url)}: give one like http://localhost:5000`);
  }
  if (server.username !== "" || server.password !== "") {
    throw new UsageError(
      `--url holds a user or password: the token of ${ENVIRONMENT.token} is sent`,
    );
  }
  return { url, cron: parseSchedule(schedule, timezone), once, help };
}

function parseSchedule(schedule: string, timezone: string): Cron {
  try {
    new Intl.DateTimeFormat("en", { timeZone: timezone });
  } catch (error) {
    throw new UsageError(
      `--timezone is ${JSON.stringify(timezone)}: give one like Europe/Berlin`,
      undefined,
      { cause: error },
    );
  }
  try {
    const cron = new Cron(schedule, { timezone, mode: "5-part" });
    if (cron.nextRun() !== null) return cron;
  } catch {
    // Said below: the parser's own words name no flag.
  }
  throw new UsageError(
    `--schedule is ${
      JSON.stringify(schedule)
    }: give five fields with a turn to come, like "0 3 * * *"`,
  );
}

async function main({ url, cron, once }: RetrainArgs): Promise<number> {
  const stopping = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    Deno.addSignalListener(signal, () => stopping.abort());
  }
  const { signal } = stopping;
  const outside: Outside = {
    server: {
      url,
      token: Deno.env.get(ENVIRONMENT.token) || undefined,
      wait: (ms, signal) => sleep(ms, undefined, { signal }),
    },
    signal,
    now: () => Date.now(),
    log: (line) => say(`${new Date().toISOString()} ${line}`),
  };
  try {
    if (once) return await trainOnce(outside) ? 0 : 1;
    await trainBySchedule(cron, outside);
    return 0;
  } catch (error) {
    // One training was asked for, and it is not known how it ended.
    if (signal.aborted) return once ? 1 : 0;
    throw error;
  }
}

function say(line: string): void {
  Deno.stderr.writeSync(new TextEncoder().encode(`${line}\n`));
}

if (import.meta.main) {
  let code: number;
  try {
    const args = parseRetrainArgs(Deno.args);
    if (args.help) say(HELP);
    code = args.help ? 0 : await main(args);
  } catch (error) {
    if (error instanceof UsageError && error.remedy) say(`What to do: ${error.remedy}.`);
    say(error instanceof Error ? error.message : String(error));
    code = error instanceof UsageError ? 2 : 1;
  }
  Deno.exit(code);
}
