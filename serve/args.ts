/** The arguments and environment of `deno task serve`. */
import { isIPv6 } from "node:net";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { UsageError } from "../pipeline/errors.ts";
import type { Page } from "./app.ts";
import {
  OPERATION_HELP,
  OPERATION_OPTIONS,
  type OperationArgs,
  parseOperationArgs,
} from "./operation_args.ts";

/** The project's folder: relative paths count from it. */
export const ROOT = fileURLToPath(new URL("..", import.meta.url)).replace(/[/\\]$/, "");

export const HELP = `Usage: deno task serve [options]

  --model DIR    the model to serve (default: model)
  --versions DIR where earlier models are kept (default: beside the model, as model.versions)
  --keep N       how many are kept (default: 5)
  --events DIR   where purchases that are posted are kept (default: beside the model, as
                 model.events), or \`off\`: none are taken
  --keep-events DAYS  how long (default: for ever)
  --page WHAT    what the page at / shows: customers (default; to those who may train), baskets: no
                 customer is listed, or off
  --no-training  serve only: there is no /train, and no right to start a program
  --port N       default 5000
  --host H       the address to listen on (default 127.0.0.1: this machine only)
  --config FILE  the config that /train runs (default: pipeline.json)
  --store DIR    where /train keeps the pipeline's outputs (default: .pipeline)
  --database HOST:PORT  a database that /train may connect to, as its config says (default: none);
                 several, separated by commas
${OPERATION_HELP}
  --help         show this

Relative paths count from the project root.`;

export interface ServeArgs {
  readonly model: string;
  readonly versions: string;
  /** How many versions are kept. */
  readonly keep: number;
  /** Left out: no events are taken. */
  readonly events: string | undefined;
  /** Whether the folder was named: then the server does not start without it. */
  readonly eventsNamed: boolean;
  /** Days that events are kept; left out: for ever. */
  readonly keepEvents: number | undefined;
  /** What the page at `/` offers. */
  readonly page: Page;
  /** Whether the server trains. */
  readonly training: boolean;
  readonly port: number;
  readonly host: string;
  readonly config: string | undefined;
  readonly store: string | undefined;
  /** What the process that trains may connect to, each as HOST:PORT; the server itself may not. */
  readonly databases: readonly string[];
  readonly operation: OperationArgs;
  readonly help: boolean;
}

/** The environment variables that the server reads. */
export const ENVIRONMENT = {
  token: "RECOMMENDER_TOKEN",
  unauthenticated: "RECOMMENDER_ALLOW_UNAUTHENTICATED_TRAINING",
  hosts: "RECOMMENDER_HOSTS",
} as const;

/** Parses the arguments; paths come back absolute. Throws `UsageError`. */
export function parseServeArgs(args: readonly string[]): ServeArgs {
  let values;
  try {
    ({ values } = parseArgs({
      args: [...args],
      options: {
        model: { type: "string", default: "model" },
        versions: { type: "string" },
        keep: { type: "string", default: "5" },
        events: { type: "string" },
        "keep-events": { type: "string" },
        page: { type: "string", default: "customers" },
        training: { type: "boolean", default: true },
        port: { type: "string", default: "5000" },
        host: { type: "string", default: "127.0.0.1" },
        config: { type: "string" },
        store: { type: "string" },
        database: { type: "string", multiple: true, default: [] },
        help: { type: "boolean", short: "h", default: false },
        ...OPERATION_OPTIONS,
      },
      allowNegative: true,
    }));
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new UsageError(message, "deno task serve --help lists the options", { cause: error });
  }
  const { model, versions, keep, events, page, port, host, config, store, help } = values;
  const { "keep-events": keepEvents } = values;
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65535) {
    throw new UsageError(`--port is ${JSON.stringify(port)}: give a number from 0 to 65535`);
  }
  if (!/^\d{1,3}$/.test(keep) || Number(keep) < 1) {
    throw new UsageError(`--keep is ${JSON.stringify(keep)}: give a number from 1 to 999`);
  }
  if (keepEvents !== undefined && !(/^\d{1,5}$/.test(keepEvents) && Number(keepEvents) > 0)) {
    throw new UsageError(`--keep-events is ${JSON.stringify(keepEvents)}: give a number of days`);
  }
  if (page !== "customers" && page !== "baskets" && page !== "off") {
    throw new UsageError(`--page is ${JSON.stringify(page)}: give customers, baskets or off`);
  }
  const bare = host.replace(/^\[(.*)\]$/, "$1");
  if (!isIPv6(bare) && !/^\w[\w.-]*$/.test(host)) {
    throw new UsageError(`--host is ${JSON.stringify(host)}: give an address or a host name`);
  }
  for (const [flag, value] of Object.entries({ model, versions, events, config, store })) {
    if (value === "") throw new UsageError(`--${flag} is empty: give a path`);
  }
  const path = (value: string) => resolve(ROOT, value);
  return {
    model: path(model),
    versions: versions === undefined ? `${path(model)}.versions` : path(versions),
    keep: Number(keep),
    events: events === "off" ? undefined : path(events ?? `${path(model)}.events`),
    eventsNamed: events !== undefined && events !== "off",
    keepEvents: keepEvents === undefined ? undefined : Number(keepEvents),
    page,
    training: values.training,
    port: Number(port),
    host: bare,
    config: config === undefined ? undefined : path(config),
    store: store === undefined ? undefined : path(store),
    databases: databases(values.database),
    operation: parseOperationArgs(values),
    help,
  };
}

/** A port is named, so that a flag opens one service and no more. */
function databases(texts: readonly string[]): string[] {
  const list = texts.flatMap((text) => text.split(","))
    .map((each) => each.trim()).filter((each) => each !== "");
  for (const each of list) {
    const port = Number(/^(?:\w[\w.-]*|\[[\da-f:.]+\]):(\d{1,5})$/i.exec(each)?.[1]);
    if (!(port >= 1 && port <= 65535)) {
      throw new UsageError(`--database has ${JSON.stringify(each)}: give HOST:PORT, as db:5432`);
    }
  }
  return list;
}

/** An address as in a URL or a permission: IPv6 in brackets. */
export function authority(host: string, port: number): string {
  return `${host.includes(":") ? `[${host}]` : host}:${port}`;
}
