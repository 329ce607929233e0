/** What the operator sees of the server, and how it meets its callers: set up from the arguments. */
import type { EventLog } from "./events/log.ts";
import type { Access } from "./guard/access.ts";
import type { GuardOptions } from "./guard/guards.ts";
import { LineWriter, requestLog } from "./guard/log.ts";
import { ServerMetrics } from "./metrics/server_metrics.ts";
import type { CurrentRecommender } from "./recommender.ts";
import type { OperationArgs } from "./operation_args.ts";

/** The parts that the app and the process are made of. */
export interface Operations {
  readonly guard: GuardOptions;
  readonly metrics: ServerMetrics;
  /** Writes what is left of the log. */
  flush(): Promise<void>;
}

/** Requests a second of one client where the server can be reached from elsewhere. */
const BEYOND_LOOPBACK = 1000;

/** Sets up log, metrics and guards; `training` says whether one is at work. */
export function operationsOf(
  args: OperationArgs,
  access: Access,
  { live, training }: { readonly live: CurrentRecommender; training(): boolean },
): Operations {
  const writer = new LineWriter(Deno.stdout);
  const metrics = new ServerMetrics({
    model: () => live.current?.model.manifest,
    training,
    dropped: () => writer.dropped,
  });
  const observers = args.requestLog
    ? [metrics, requestLog((line) => writer.write(line))]
    : [metrics];
  const perSecond = args.rateLimit ?? (access.loopback ? 0 : BEYOND_LOOPBACK);
  return {
    metrics,
    guard: {
      observers,
      host: { loopback: access.loopback, hosts: access.hosts ?? [] },
      rate: perSecond === 0 ? undefined : { perSecond, burst: Math.max(10, 2 * perSecond) },
      trustedProxies: args.trustedProxies,
      corsOrigins: args.corsOrigins,
    },
    flush: () => writer.flush(),
  };
}

/** The same events, counted as they are kept. */
export function countedEvents(events: EventLog, metrics: ServerMetrics): EventLog {
  return {
    viewOf: (manifest) => events.viewOf(manifest),
    async append(given) {
      const appended = await events.append(given);
      metrics.received(appended.stored);
      return appended;
    },
    delete: (user) => events.delete(user),
  };
}
