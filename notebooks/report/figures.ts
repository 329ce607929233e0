/** Draws a report's figures as SVG that follows the page's colours. */
import type { TopLevelSpec } from "vega-lite";
import { interval, logarithmic, quantitative } from "../lib/axes.ts";
import { colours, drawing, palette, tones } from "../lib/chart.ts";
import type { Figure, Series } from "./blocks.ts";

/** In CSS pixels, without axes. */
const [WIDTH, HEIGHT] = [560, 220];
/** Height of a row of names. */
const STEP = 24;

/** An SVG element. Throws as `drawing` does. */
export async function drawFigure(figure: Figure): Promise<string> {
  return await drawing(specification(figure));
}

function specification(figure: Figure): TopLevelSpec {
  switch (figure.kind) {
    case "lines":
      return linesOf(figure);
    case "dots":
      return dotsOf(figure);
    case "days":
      return daysOf(figure);
    case "logarithmic":
      return {
        width: WIDTH,
        height: HEIGHT,
        data: { values: [...figure.values] },
        mark: { type: "circle", color: palette.ours, size: 20, opacity: 0.9 },
        encoding: {
          x: { field: "x", ...logarithmic(figure.x) },
          y: { field: "y", ...logarithmic(figure.y) },
        },
      };
  }
}

function linesOf({ x, y, series, mark }: Extract<Figure, { kind: "lines" }>): TopLevelSpec {
  const most = Math.max(0, ...series.flatMap(({ values }) => values.map(({ y }) => Math.abs(y))));
  const yAxis = interval(y, "plain");
  const marks = mark === undefined ? [] : [{ at: mark.x, says: mark.says }];
  return {
    width: WIDTH,
    height: HEIGHT,
    layer: [
      {
        data: { values: rowsOf(series) },
        mark: { type: "line", point: { size: 36 } },
        encoding: {
          x: {
            field: "x",
            type: "quantitative",
            title: x,
            scale: { zero: false, nice: false, padding: 12 },
            axis: { format: "d", tickMinStep: 1, grid: false },
          },
          y: {
            field: "y",
            ...yAxis,
            axis: { ...yAxis.axis, format: most >= 10_000 ? "~s" : "~g" },
          },
          ...coloured(series, false),
        },
      },
      {
        data: { values: marks },
        mark: { type: "rule", color: palette.mark, strokeDash: [4, 3] },
        encoding: { x: { field: "at", type: "quantitative" } },
      },
      {
        data: { values: marks },
        mark: { type: "text", color: palette.mark, align: "left", dx: 5, y: 8, fontWeight: 500 },
        encoding: { x: { field: "at", type: "quantitative" }, text: { field: "says" } },
      },
    ],
  };
}

function dotsOf({ value, series }: Extract<Figure, { kind: "dots" }>): TopLevelSpec {
  const names = [...new Set(series.flatMap(({ values }) => values.map(({ x }) => String(x))))];
  const x = quantitative(value, "plain");
  const y = {
    field: "x",
    type: "nominal" as const,
    sort: names,
    title: null,
    axis: { labelLimit: 280, grid: true },
  };
  return {
    width: WIDTH,
    height: { step: STEP },
    data: { values: rowsOf(series) },
    layer: [
      {
        transform: [{ filter: "isValid(datum.low)" }],
        mark: { type: "rule", strokeWidth: 2, opacity: 0.6 },
        encoding: {
          y,
          x: { field: "low", ...x },
          x2: { field: "high" },
          ...coloured(series, false),
        },
      },
      {
        mark: { type: "point", filled: true, size: 64, opacity: 0.9 },
        encoding: { y, x: { field: "y", ...x }, ...coloured(series, true) },
      },
    ],
  };
}

function daysOf({ y, values, mark }: Extract<Figure, { kind: "days" }>): TopLevelSpec {
  const marks = mark === undefined ? [] : [{ at: mark.x, says: mark.says }];
  return {
    width: WIDTH,
    height: HEIGHT,
    layer: [
      {
        data: { values: [...values] },
        mark: { type: "area", color: palette.ours, opacity: 0.25, line: { color: palette.ours } },
        encoding: {
          x: {
            field: "x",
            type: "temporal",
            title: null,
            scale: { type: "utc" },
            axis: { format: "%b %Y", grid: false },
          },
          y: { field: "y", ...quantitative(y) },
        },
      },
      {
        data: { values: marks },
        mark: { type: "rule", color: palette.mark, strokeWidth: 2 },
        encoding: { x: { field: "at", type: "temporal" } },
      },
      {
        data: { values: marks },
        mark: { type: "text", color: palette.mark, align: "right", dx: -6, y: 8, fontWeight: 500 },
        encoding: { x: { field: "at", type: "temporal" }, text: { field: "says" } },
      },
    ],
  };
}

function rowsOf(series: readonly Series[]) {
  return series.flatMap(({ name, values }) =>
    values.map(({ x, y, interval }) => ({
      series: name,
      x,
      y,
      low: interval?.[0] ?? null,
      high: interval?.[1] ?? null,
    }))
  );
}

/** A colour for each series, the first that of the model; shapes tell them apart without colours. */
function coloured(series: readonly Series[], shapes: boolean) {
  const domain = series.map(({ name }) => name);
  const range = series.map(({ muted = false }, n) =>
    muted ? tones.faint : n === 0 ? palette.ours : colours[n % colours.length]!
  );
  // One series needs no key.
  const legend = { legend: series.length > 1 ? { symbolOpacity: 1 } : null };
  const field = { field: "series", type: "nominal" as const, sort: domain, ...legend };
  return {
    color: { ...field, scale: { domain, range } },
    ...(shapes ? { shape: { ...field, scale: { domain } } } : {}),
  };
}
