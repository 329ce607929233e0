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

/** Of the params of a trial near another one, so many are drawn anew. */
const ANEW = 0.4;

/**
 * The params of trial `trial` near `parent`: some are drawn anew, the others are the parent's. A number that is
 * drawn anew goes only a part of the way, `step`, towards the draw. A param that the space fixes has
 * that value.
 */
export function drawNear(
  space: Dimensions,
  parent: Params,
  trial: number,
  seed: number,
  step: number,
): Params {
  const drawn: Record<string, Value> = {};
  for (const [name, dimension] of Object.entries(space)) {
    const fresh = drawOne(dimension, trial, seed, name);
    const known = parent[name];
    if (known === undefined || !isOpen(dimension)) drawn[name] = fresh;
    else if (uniform(trial, seed, `${name}~`) >= ANEW) drawn[name] = known;
    else drawn[name] = towards(known, fresh, dimension, step);
  }
  return drawn;
}

/** Which of `count` trials that go on are taken as the parent of trial `trial`. */
export function drawParent(count: number, trial: number, seed: number): number {
  return Math.floor(uniform(trial, seed, "parent") * count);
}

/** A part of the way from one value to another, if both are numbers of one range. */
function towards(from: Value, to: Value, dimension: Dimension, step: number): Value {
  const among = isList(dimension) ? dimension : [dimension];
  for (const each of among) {
    if (typeof each !== "object" || each === null || isList(each)) continue;
    if (isRange(each)) {
      if (typeof from === "number" && typeof to === "number") return between(from, to, each, step);
    } else if (isParams(from) && isParams(to)) {
      const inner: Record<string, Value> = {};
      for (const [name, value] of Object.entries(to)) {
        inner[name] = towards(from[name] ?? null, value, each[name] ?? null, step);
      }
      return inner;
    }
  }
  return to;
}

function between(from: number, to: number, range: Range, step: number): number {
  const log = isLog(range) && from > 0 && to > 0;
  return within(log ? from * (to / from) ** step : from + (to - from) * step, range);
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
  const { min, max } = dimension;
  const share = uniform(trial, seed, name);
  const value = isLog(dimension) ? min * (max / min) ** share : min + (max - min) * share;
  return within(value, dimension);
}

function isLog({ min, scale = min > 0 ? "log" : "linear" }: Range): boolean {
  return scale === "log";
}

/** Rounded, and brought into the range. */
function within(value: number, { min, max, integer }: Range): number {
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

function isParams(value: Value): value is Params {
  return typeof value === "object" && value !== null;
}

function isRange(dimension: Range | Dimensions): dimension is Range {
  return typeof dimension.min === "number" && typeof dimension.max === "number";
}
