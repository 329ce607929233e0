/** What the server tells Prometheus. */
import type { Manifest } from "../../pipeline/als/manifest.ts";
import type { Observation, Observer } from "../guard/observe.ts";
import { type Counter, type Histogram, Registry } from "./registry.ts";

/** What the gauges read when they are asked. */
export interface MetricsSources {
  /** The model that answers; `undefined` where none does. */
  model(): Manifest | undefined;
  /** Whether a training is at work. */
  training(): boolean;
  /** Lines of the log that were dropped. */
  dropped(): number;
}

/** Seconds: 0.25 ms to 10 s. */
const LATENCIES = [0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 2.5, 10];

/** Counts requests, swaps, trainings and events; an observer of requests. */
export class ServerMetrics implements Observer {
  readonly #registry = new Registry();
  readonly #requests: Counter;
  readonly #latency: Histogram;
  readonly #swaps: Counter;
  readonly #trainings: Counter;
  readonly #events: Counter;
  #inFlight = 0;
  /** When the model that answers was loaded, in milliseconds since 1970. */
  #loaded: number | undefined;

  constructor(sources: MetricsSources, now: () => number = Date.now) {
    const all = this.#registry;
    const one = (value: number) => [[[], value] as const];
    const started = now() / 1000;
    this.#requests = all.counter(
      "recommender_http_requests_total",
      "Requests answered.",
      ["method", "route", "status"],
    );
    this.#latency = all.histogram(
      "recommender_http_request_duration_seconds",
      "Seconds from a request to its answer, without sending it.",
      LATENCIES,
      ["route"],
    );
    all.gauge(
      "recommender_http_requests_in_flight",
      "Requests that wait for their answer.",
      [],
      () => one(this.#inFlight),
    );
    all.gauge(
      "recommender_model_info",
      "The model that answers, as its manifest names it.",
      ["version", "data", "split", "fitted_until"],
      () => {
        const manifest = sources.model();
        if (manifest === undefined) return [];
        const { model, data, split, fittedUntil = "" } = manifest;
        return [[[model, data, split, fittedUntil], 1]];
      },
    );
    all.gauge(
      "recommender_model_age_seconds",
      "Seconds since the model that answers was loaded.",
      [],
      () => this.#loaded === undefined ? [] : one((now() - this.#loaded) / 1000),
    );
    all.gauge(
      "recommender_model_data_age_seconds",
      "Seconds since the latest purchase that the model knows of; none where purchases have no times.",
      [],
      () => {
        const until = sources.model()?.fittedUntil;
        return until === undefined ? [] : one((now() - Date.parse(until)) / 1000);
      },
    );
    this.#swaps = all.counter(
      "recommender_model_swaps_total",
      "Models that were put into service.",
    );
    this.#trainings = all.counter(
      "recommender_trainings_total",
      "Trainings that ended, by how.",
      ["outcome"],
    );
    all.gauge(
      "recommender_training_running",
      "1 while a training is at work.",
      [],
      () => one(sources.training() ? 1 : 0),
    );
    this.#events = all.counter("recommender_events_total", "Purchases that were posted and kept.");
    all.gauge(
      "recommender_log_lines_dropped",
      "Lines of the log that nobody read in time, since the start.",
      [],
      () => one(sources.dropped()),
    );
    all.gauge(
      "process_start_time_seconds",
      "Start, in seconds since 1970.",
      [],
      () => one(started),
    );
    all.gauge(
      "process_resident_memory_bytes",
      "Memory in use, by the system's account.",
      [],
      () => {
        return one(Deno.memoryUsage().rss);
      },
    );
    all.gauge("recommender_heap_used_bytes", "JavaScript's heap in use.", [], () => {
      return one(Deno.memoryUsage().heapUsed);
    });
    all.gauge("recommender_external_bytes", "Arrays outside of that heap.", [], () => {
      return one(Deno.memoryUsage().external);
    });
  }

  /** A request has come. */
  begin(): void {
    this.#inFlight++;
  }

  /** It was answered. */
  end({ method, route, status, ms }: Observation): void {
    this.#inFlight--;
    this.#requests.add([method, route, String(status)]);
    this.#latency.observe(ms / 1000, [route]);
  }

  /** Another model answers from now on, at `at` in milliseconds since 1970. */
  swapped(at: number = Date.now()): void {
    this.#loaded = at;
    this.#swaps.add();
  }

  /** A training has ended. */
  trained(outcome: "done" | "failed"): void {
    this.#trainings.add([outcome]);
  }

  /** `count` purchases were kept. */
  received(count: number): void {
    this.#events.add([], count);
  }

  /** All of it as Prometheus reads it. */
  text(): string {
    return this.#registry.text();
  }
}
