/** Axes with units, alike in all pictures. */

/** What an axis counts in: `count` 1,234; `%` of a share from 0 to 1; `metric` 0.12; `plain` as it is. */
export type Unit = "count" | "%" | "metric" | "plain";

const FORMATS: Readonly<Record<Unit, string>> = {
  count: ",d",
  "%": ".0%",
  metric: ".2f",
  plain: "~g",
};

/** A linear axis from zero, titled with what it measures. */
export function quantitative(title: string, unit: Unit = "count") {
  const axis = { format: FORMATS[unit], tickCount: 5 };
  return { type: "quantitative" as const, title, axis };
}

/** A linear axis over the values alone: for positions, and for differences that zero says little about. */
export function interval(title: string, unit: Unit = "metric") {
  return {
    type: "quantitative" as const,
    title,
    scale: { zero: false, nice: true },
    axis: { format: FORMATS[unit], tickCount: 5 },
  };
}

/** A logarithmic axis of counts, marked at powers of ten. */
export function logarithmic(title: string) {
  return {
    type: "quantitative" as const,
    title,
    scale: { type: "log" as const, nice: false },
    axis: { values: [1, 10, 100, 1000, 10_000, 100_000, 1_000_000], format: ",d" },
  };
}
