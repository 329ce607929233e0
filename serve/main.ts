/** The server process: loads the model, listens, stops on SIGTERM. `launch.ts` starts it. */
import type { Recommender } from "../pipeline/recommender.ts";
import { UsageError } from "../pipeline/errors.ts";
import { createApp } from "./app.ts";
import { authority, ENVIRONMENT, HELP, parseServeArgs, ROOT, type ServeArgs } from "./args.ts";
import { createDrain } from "./drain.ts";
import { UnwritableError } from "./events/database.ts";
import { EventStore } from "./events/store.ts";
import { listen } from "./listen.ts";
import { loadApart } from "./loading/load_apart.ts";
import { countedEvents, operationsOf } from "./operations.ts";
import { CurrentRecommender } from "./recommender.ts";
import { runPipeline, TrainingError } from "./training.ts";
import { type Access, isLoopback } from "./guard/access.ts";
import { Trainings } from "./trainings.ts";
import { Versions } from "./versions.ts";

/** How long requests may take to end once the server is asked to stop, in milliseconds. */
const SHUTDOWN_MS = 8000;

const encoder = new TextEncoder();
const log = (line: string): void => {
  Deno.stderr.writeSync(encoder.encode(line + "\n"));
};

/** Runs the server until it is stopped; returns the exit code. */
async function main(args: ServeArgs): Promise<number> {
  const { model, page, port, host, config, store, databases, operation } = args;
  const stopping = new AbortController();
  const events = await openEvents(args);
  const live = new CurrentRecommender(undefined, events);
  const rights = access(host);
  const { metrics, guard, flush } = operationsOf(operation, rights, {
    live,
    training: () => trainings.running,
  });
  const { versions, adopt } = await openModel(args, (recommender) => {
    live.swap(recommender);
    metrics.swapped();
  });
  const trainings = new Trainings(async (progress) => {
    const train = (line: string) => log(`train: ${line}`);
    const { signal } = stopping;
    const settings = await events?.exportForTraining();
    let outcome: "done" | "failed" = "failed";
    try {
      try {
        const places = { root: ROOT, model, config, store, settings, databases };
        await runPipeline({ ...places, log: train, progress, signal });
      } finally {
        await events?.endTraining();
      }
      const version = await adopt().catch((error) => {
        throw new TrainingError(messageOf(error), "Ask for the training again", "export");
      });
      outcome = "done";
      log(`Now serving model ${version}`);
      return version;
    } finally {
      metrics.trained(outcome);
    }
  }, log);
  const { promise: code, resolve: end } = Promise.withResolvers<number>();
  const drain = createDrain({
    boundMs: SHUTDOWN_MS,
    shutdown: () => server.shutdown(),
    stopping: () => stopping.abort(),
    ended: () => void flush().finally(() => end(0)),
  });
  const app = createApp(live, {
    access: rights,
    page,
    ...args.training ? { trainings } : {},
    ...versions === undefined ? {} : { versions },
    guard,
    metrics: {
      text: () => metrics.text(),
      access: { open: operation.openMetrics, token: rights.token },
    },
    drain,
    ...events === undefined ? {} : { events: countedEvents(events, metrics) },
    log,
  });
  const server = listen({
    hostname: host,
    port,
    handler: app.fetch,
    onListen: (address) =>
      log(`Listening on http://${authority(address.hostname, address.port)}/ (Ctrl-C stops it)`),
    onShortage: (why) =>
      log(`No connection can be accepted (${why}): allow more open files, or fewer clients`),
  });
  server.finished.catch((error) => {
    log(messageOf(error));
    end(1);
  });
  // Who stops it by hand does not want to wait until a balancer has seen it.
  Deno.addSignalListener("SIGINT", () => drain.begin(0));
  Deno.addSignalListener("SIGTERM", () => drain.begin(operation.drainDelay));
  const exit = await code;
  await events?.close();
  return exit;
}

/**
 * Opens the events' folder, where they are wanted. Throws `StartError` where it cannot be used: a folder
 * that nobody named may not be writable, but what is in it must not be passed over.
 */
async function openEvents(
  { events, eventsNamed, keepEvents }: ServeArgs,
): Promise<EventStore | undefined> {
  if (events === undefined) return undefined;
  try {
    return await EventStore.open(events, { retention: keepEvents });
  } catch (error) {
    if (!eventsNamed && error instanceof UnwritableError) {
      log(`${messageOf(error)}. No purchases are taken.`);
      return undefined;
    }
    throw new StartError(messageOf(error), { cause: error });
  }
}

/** What keeps the server from starting, in words that need nothing added. */
class StartError extends Error {}

/**
 * Serves the model that was decided on last, and keeps versions where their folder can be written.
 * `adopt` serves the export anew, and returns its version.
 */
async function openModel(
  { model, versions: dir, keep, training }: ServeArgs,
  serve: (recommender: Recommender) => void,
): Promise<{ versions?: Versions; adopt(): Promise<string> }> {
  const missing = (why: unknown) => {
    log(`${messageOf(why)}.`);
    log(
      `Serving without a model: lists answer 503 until ${
        training ? "/train has made one" : "the server is started with one"
      }.`,
    );
  };
  try {
    const { versions, why } = await Versions.open({
      dir,
      model,
      keep,
      load: loadApart,
      serve,
      log,
    });
    if (why !== undefined) missing(why);
    return { versions, adopt: () => versions.adopt() };
  } catch (error) {
    log(`${messageOf(error)}. No earlier version can be kept or activated.`);
  }
  const adopt = async () => {
    const recommender = await loadApart(model);
    serve(recommender);
    return recommender.model.manifest.model;
  };
  await adopt().catch(missing);
  return { adopt };
}

/** Who may train, from the environment and the address listened on. */
function access(host: string): Access {
  const names = (Deno.env.get(ENVIRONMENT.hosts) ?? "").split(",");
  return {
    loopback: isLoopback(host),
    token: Deno.env.get(ENVIRONMENT.token) || undefined,
    unauthenticated: Deno.env.get(ENVIRONMENT.unauthenticated) === "1",
    hosts: [...names, host.includes(":") ? `[${host}]` : host]
      .map((name) => name.trim().toLowerCase()).filter((name) => name !== ""),
  };
}

function messageOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).replace(/\s*\n\s*/g, "; ");
}

/** One line that says what went wrong at the start, and what to do. */
function startFault(error: unknown, { host, port }: ServeArgs): string {
  if (error instanceof StartError) return error.message;
  const address = authority(host, port);
  if (error instanceof Deno.errors.AddrInUse) {
    return `${address} is in use: stop the program that listens there, or take another --port`;
  }
  if (error instanceof Deno.errors.PermissionDenied) {
    return `${address} may not be listened on: take a --port from 1024`;
  }
  const why = messageOf(error);
  return `${address} cannot be listened on: ${why}; is --host an address of this machine?`;
}

if (import.meta.main) {
  let args: ServeArgs | undefined;
  let code: number;
  try {
    args = parseServeArgs(Deno.args);
    if (args.help) log(HELP);
    code = args.help ? 0 : await main(args);
  } catch (error) {
    if (error instanceof UsageError && error.remedy) log(`What to do: ${error.remedy}.`);
    log(args && !(error instanceof UsageError) ? startFault(error, args) : messageOf(error));
    code = error instanceof UsageError ? 2 : 1;
  }
  Deno.exit(code);
}
