/**
 * Pictures for notebooks that survive GitHub and every converter: Vega-Lite to SVG to PNG at twice
 * the size, with a font of our own. The same specification gives the same bytes on every machine.
 */
import { fileURLToPath } from "node:url";
// Makes Deno fetch the package: its fonts are files, no modules.
import "@expo-google-fonts/inter/package.json" with { type: "json" };
import { Resvg } from "@resvg/resvg-js";
import * as vega from "vega";
import * as vegaLite from "vega-lite";

export interface Picture {
  /** Base64. */
  readonly png: string;
  /** In CSS pixels: half of the PNG's own. */
  readonly width: number;
  readonly height: number;
}

const ZOOM = 2;

const fontFiles = ["400Regular", "500Medium", "600SemiBold"].map((style) =>
  fileURLToPath(
    import.meta.resolve(`@expo-google-fonts/inter/${style}/Inter_${style}.ttf`),
  )
);

/** The model and what it is measured beside: told apart in print and by the colour-blind. */
export const palette = {
  ours: "#3b5bdb",
  other: "#adb5bd",
  mark: "#e8590c",
} as const;

/**
 * Colours for things of equal rank, most distinct first: of Okabe & Ito 2008, "Color Universal Design",
 * without yellow, which is too light for white paper.
 */
export const colours: readonly string[] = [
  "#0072B2",
  "#E69F00",
  "#009E73",
  "#CC79A7",
  "#56B4E9",
  "#D55E00",
  "#000000",
];

/** Colours of what is no data. */
export const tones = {
  ink: "#1f2328",
  faint: "#59636e",
  grid: "#eaeef2",
  domain: "#c9d1d9",
} as const;

const { ink, faint } = tones;

const config: vegaLite.Config = {
  background: "white",
  font: "Inter",
  padding: 12,
  title: {
    anchor: "start",
    frame: "group",
    fontSize: 16,
    fontWeight: 600,
    color: ink,
    subtitleFontSize: 12,
    subtitleColor: faint,
    subtitlePadding: 5,
    offset: 14,
  },
  axis: {
    labelFontSize: 11,
    titleFontSize: 11,
    titleFontWeight: 500,
    gridColor: tones.grid,
    domainColor: tones.domain,
    ticks: false,
    labelPadding: 6,
    labelLimit: 320,
    labelColor: faint,
    titleColor: faint,
  },
  axisBand: { grid: false, labelAngle: 0, labelFontSize: 12, labelColor: ink },
  legend: {
    labelFontSize: 12,
    labelLimit: 320,
    titleLimit: 0,
    titleFontSize: 11,
    titleFontWeight: 500,
    titleColor: faint,
    symbolType: "circle",
    orient: "top",
    title: null,
    offset: 6,
  },
  header: {
    labelFontSize: 12,
    labelFontWeight: 500,
    labelColor: ink,
    title: null,
  },
  view: { stroke: null },
  range: { category: [...colours] },
  bar: { cornerRadiusEnd: 2 },
  line: { strokeWidth: 2 },
  rule: { color: faint },
  text: { fontSize: 11, color: ink },
};

/** Draws a Vega-Lite specification. Throws `Error` with Vega's words where it is not valid. */
export async function chart(
  specification: vegaLite.TopLevelSpec,
): Promise<Picture> {
  return render(await drawing(specification, "white"));
}

/** The same as an SVG document, whose text is text. Throws as `chart`. */
export async function drawing(
  specification: vegaLite.TopLevelSpec,
  background: "white" | "transparent" = "transparent",
): Promise<string> {
  const themed = { ...specification, config: { ...config, background } };
  const { spec } = vegaLite.compile(themed, { logger });
  const view = new vega.View(vega.parse(spec), { renderer: "none" });
  try {
    return await view.toSVG();
  } finally {
    view.finalize();
  }
}

function render(svg: string): Picture {
  const image = new Resvg(svg, {
    fitTo: { mode: "zoom", value: ZOOM },
    background: "white",
    font: { loadSystemFonts: false, fontFiles, defaultFontFamily: "Inter" },
  }).render();
  return {
    png: image.asPng().toString("base64"),
    width: Math.round(image.width / ZOOM),
    height: Math.round(image.height / ZOOM),
  };
}

/** A warning is a fault of the specification, and a picture with a fault is not worth showing. */
const logger = {
  level,
  debug: () => logger,
  info: () => logger,
  warn: refuse,
  error: refuse,
};

function level(): number;
function level(_: number): typeof logger;
function level(value?: number): number | typeof logger {
  return value === undefined ? vega.Warn : logger;
}

function refuse(...words: readonly unknown[]): never {
  throw new Error(`The chart's specification is not valid: ${words.join(" ")}`);
}
