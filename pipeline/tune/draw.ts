/** Params drawn from a space: random search (Bergstra & Bengio 2012). */
import { createHash } from "node:crypto";
import type { Dimension, Dimensions, Range } from "../config/tune.ts";

/** Params as they stand in the config. */
export interface Params {
  readonly [param: string]: Value;
}
export type Value = number | string | boolean | null | Params;

/**
 * The params of trial `trial`. Each param has a draw of its own, by seed, trial and name alone: another
 * number of trials, or another space of one param, leaves all other draws as they are. A drawn number
 * has two significant digits, so that what is tried is what the config will say.
 */
export function draw(space: Dimensions, trial: number, seed: number, prefix = ""): Params {
  const drawn: Record<string, Value> = {};
  for (const [name, dimension] of Object.entries(space)) {
    drawn[name] = drawOne(dimension, trial, seed, prefix + name);
  }
  return drawn;
}

/** Names of the params of which a space holds more than one value. */
export function tuned(space: Dimensions): string[] {
  return Object.keys(space).filter((name) => isOpen(space[name] ?? null));
}

function isOpen(dimension: Dimension): boolean {
  if (isList(dimension)) return dimension.length > 1 || dimension.some(isOpen);
  if (typeof dimension !== "object" || dimension === null) return false;
  return isRange(dimension) ? dimension.min < dimension.max : Object.values(dimension).some(isOpen);
}

function drawOne(dimension: Dimension, trial: number, seed: number, name: string): Value {
  if (isList(dimension)) {
    const at = Math.floor(uniform(trial, seed, `${name}?`) * dimension.length);
    return drawOne(dimension[at] ?? null, trial, seed, name);
  }
  if (typeof dimension !== "object" || dimension === null) return dimension;
  if (!isRange(dimension)) return draw(dimension, trial, seed, `${name}.`);
  const { min, max, scale = min > 0 ? "log" : "linear", integer } = dimension;
  const share = uniform(trial, seed, name);
  const value = scale === "log" ? min * (max / min) ** share : min + (max - min) * share;
  return Math.min(max, Math.max(min, integer ? Math.round(value) : rounded(value)));
}

/** To two significant digits. */
export function rounded(value: number): number {
  return Number(value.toPrecision(2));
}

/** From 0 to 1, 1 excluded. */
function uniform(trial: number, seed: number, name: string): number {
  const digest = createHash("sha256").update(`${seed} ${trial} ${name}`).digest();
  return digest.readUIntBE(0, 6) / 2 ** 48;
}

function isList(dimension: Dimension): dimension is readonly Dimension[] {
  return Array.isArray(dimension);
}

function isRange(dimension: Range | Dimensions): dimension is Range {
  return typeof dimension.min === "number" && typeof dimension.max === "number";
}
