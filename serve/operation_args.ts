/** The arguments that say how the server behaves towards its callers and its operator. */
import { UsageError } from "../pipeline/errors.ts";

export const OPERATION_HELP = `
  --rate-limit N      requests a second of one client, 0 for any number
                      (default: 0 on loopback, 1000 beyond)
  --trusted-proxies N proxies in front that append to X-Forwarded-For (default: 0, not believed)
  --cors ORIGINS      origins whose pages may read answers to GET, separated by commas (default: none)
  --drain-delay MS    on SIGTERM, how long to go on answering as "not ready" (default: 1000)
  --no-request-log    no line on standard output for each request
  --open-metrics      /metrics for all, not just for this machine and who has the token`;

/** As `parseArgs` takes them. */
export const OPERATION_OPTIONS = {
  "rate-limit": { type: "string" },
  "trusted-proxies": { type: "string", default: "0" },
  cors: { type: "string", default: "" },
  "drain-delay": { type: "string", default: "1000" },
  "request-log": { type: "boolean", default: true },
  "open-metrics": { type: "boolean", default: false },
} as const;

export interface OperationArgs {
  /** Requests a second of one client; 0 for any number, `undefined` where it is not said. */
  readonly rateLimit: number | undefined;
  readonly trustedProxies: number;
  readonly corsOrigins: readonly string[];
  /** Milliseconds. */
  readonly drainDelay: number;
  readonly requestLog: boolean;
  readonly openMetrics: boolean;
}

/** What `parseArgs` makes of them. */
export interface OperationValues {
  readonly "rate-limit"?: string;
  readonly "trusted-proxies": string;
  readonly cors: string;
  readonly "drain-delay": string;
  readonly "request-log": boolean;
  readonly "open-metrics": boolean;
}

/** Parses the values. Throws `UsageError`. */
export function parseOperationArgs(values: OperationValues): OperationArgs {
  const rate = values["rate-limit"];
  return {
    rateLimit: rate === undefined ? undefined : count("rate-limit", rate, 1_000_000),
    trustedProxies: count("trusted-proxies", values["trusted-proxies"], 10),
    corsOrigins: values.cors.split(",").map((text) => text.trim()).filter((text) => text !== "")
      .map(origin),
    drainDelay: count("drain-delay", values["drain-delay"], 600_000),
    requestLog: values["request-log"],
    openMetrics: values["open-metrics"],
  };
}

/** The arguments that say the same. */
export function operationFlags(args: OperationArgs): string[] {
  const flags: string[] = [];
  if (args.rateLimit !== undefined) flags.push("--rate-limit", String(args.rateLimit));
  if (args.trustedProxies > 0) flags.push("--trusted-proxies", String(args.trustedProxies));
  if (args.corsOrigins.length > 0) flags.push("--cors", args.corsOrigins.join(","));
  if (args.drainDelay !== 1000) flags.push("--drain-delay", String(args.drainDelay));
  if (!args.requestLog) flags.push("--no-request-log");
  if (args.openMetrics) flags.push("--open-metrics");
  return flags;
}

function count(flag: string, text: string, most: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value <= most) return value;
  throw new UsageError(
    `--${flag} is ${JSON.stringify(text)}: give a whole number from 0 to ${most}`,
  );
}

function origin(text: string): string {
  if (URL.canParse(text) && new URL(text).origin === text) return text;
  throw new UsageError(
    `--cors has ${
      JSON.stringify(text)
    }: give origins as browsers send them, like https://shop.example`,
  );
}
