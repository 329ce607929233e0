/**
 * Counters, gauges and histograms in the text format that Prometheus reads, version 0.0.4
 * (https://prometheus.io/docs/instrumenting/exposition_formats/).
 */

/** Values of a metric's labels, in the order of their names. */
export type Labels = readonly string[];

interface Metric {
  readonly name: string;
  readonly help: string;
  readonly type: "counter" | "gauge" | "histogram";
  /** Its samples, a line each. */
  lines(): Iterable<string>;
}

/** A number that only grows. */
export interface Counter {
  /** Adds `by`, at least 0. Default: 1. */
  add(labels?: Labels, by?: number): void;
}

/** How values are spread. */
export interface Histogram {
  /** Counts `value`. */
  observe(value: number, labels?: Labels): void;
}

/** What a gauge shows now: values by labels. */
export type GaugeValues = Iterable<readonly [labels: Labels, value: number]>;

/** The metrics of a process. */
export class Registry {
  readonly #metrics: Metric[] = [];

  /** A counter; its name ends in `_total` by convention. */
  counter(name: string, help: string, labelNames: Labels = []): Counter {
    const values = new Map<string, number>();
    if (labelNames.length === 0) values.set("", 0);
    this.#metrics.push({
      name,
      help,
      type: "counter",
      *lines() {
        for (const [labels, value] of values) yield `${name}${braces(labels)} ${value}`;
      },
    });
    return {
      add(labels = [], by = 1) {
        const key = labelText(labelNames, labels);
        values.set(key, (values.get(key) ?? 0) + by);
      },
    };
  }

  /** A gauge whose values are asked for when the metrics are read. */
  gauge(name: string, help: string, labelNames: Labels, read: () => GaugeValues): void {
    this.#metrics.push({
      name,
      help,
      type: "gauge",
      *lines() {
        for (const [labels, value] of read()) {
          yield `${name}${braces(labelText(labelNames, labels))} ${value}`;
        }
      },
    });
  }

  /** A histogram with buckets up to each of `bounds`, ascending, and one for all. */
  histogram(
    name: string,
    help: string,
    bounds: readonly number[],
    labelNames: Labels = [],
  ): Histogram {
    const series = new Map<string, { readonly counts: number[]; sum: number }>();
    this.#metrics.push({
      name,
      help,
      type: "histogram",
      *lines() {
        for (const [labels, { counts, sum }] of series) {
          const and = labels === "" ? "" : `${labels},`;
          let total = 0;
          for (const [at, count] of counts.entries()) {
            total += count;
            yield `${name}_bucket{${and}le="${bounds[at] ?? "+Inf"}"} ${total}`;
          }
          yield `${name}_sum${braces(labels)} ${sum}`;
          yield `${name}_count${braces(labels)} ${total}`;
        }
      },
    });
    return {
      observe(value, labels = []) {
        const key = labelText(labelNames, labels);
        let own = series.get(key);
        if (own === undefined) {
          own = { counts: Array<number>(bounds.length + 1).fill(0), sum: 0 };
          series.set(key, own);
        }
        let at = 0;
        while (at < bounds.length && value > bounds[at]!) at++;
        own.counts[at]!++;
        own.sum += value;
      },
    };
  }

  /** All metrics as Prometheus reads them. */
  text(): string {
    const lines: string[] = [];
    for (const metric of this.#metrics) {
      lines.push(`# HELP ${metric.name} ${metric.help}`, `# TYPE ${metric.name} ${metric.type}`);
      lines.push(...metric.lines());
    }
    return lines.join("\n") + "\n";
  }
}

function labelText(names: Labels, values: Labels): string {
  if (names.length !== values.length) {
    throw new RangeError(`${values.length} values for the labels ${names.join(", ")}`);
  }
  let text = "";
  for (let at = 0; at < names.length; at++) {
    text += `${at === 0 ? "" : ","}${names[at]}="${escape(values[at]!)}"`;
  }
  return text;
}

function braces(labels: string): string {
  return labels === "" ? "" : `{${labels}}`;
}

function escape(value: string): string {
  return /[\\"\n]/.test(value)
    ? value.replace(/\\/g, "\\\\").replace(/"/g, '\\"').replace(/\n/g, "\\n")
    : value;
}
