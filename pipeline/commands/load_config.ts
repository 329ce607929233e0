/** Reads a config file, applies `--set`, and says what is wrong with it in the config's own terms. */
import { z } from "zod";
import { type Config, configSchema } from "../config.ts";
import { UsageError } from "../errors.ts";

/**
 * Reads the config at `path` (absolute) with the values of `sets` ("a.b=c", JSON where it parses,
 * else a string) put over it.
 *
 * @param name the path as the user wrote it, for messages.
 * @throws {UsageError} where the file is missing or no JSON, or a key or value does not fit.
 */
export async function loadConfig(
  path: string,
  sets: readonly string[] = [],
  name: string = path,
): Promise<Config> {
  let text: string;
  try {
    text = await Deno.readTextFile(path);
  } catch (error) {
    const reason = error instanceof Deno.errors.NotFound ? "does not exist" : "cannot be read";
    throw new UsageError(
      `The config ${name} ${reason}`,
      "Name another one by --config FILE; relative paths count from the project root",
      { cause: error },
    );
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new UsageError(`The config ${name} is not JSON: ${reason}`, "", { cause: error });
  }
  for (const set of sets) value = applySet(value, set);
  return parseConfig(value, name);
}

/**
 * Parses a config and fills in its defaults.
 *
 * @throws {UsageError} naming every key that does not fit; an unknown one with the nearest known.
 */
export function parseConfig(value: unknown, name = "config"): Config {
  const parsed = configSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const reasons: string[] = [];
  for (const issue of parsed.error.issues) {
    const path = issue.path.map(String);
    if (issue.code === "unrecognized_keys") {
      for (const key of issue.keys) reasons.push(unknownKey([...path, key].join(".")));
    } else {
      reasons.push(`${path.join(".") || "the whole"}: ${issue.message}`);
    }
  }
  throw new UsageError(
    `${name}: ${reasons.join("; ")}`,
    "Correct the value in the config file or the --set; docs and pipeline.schema.json list all keys",
  );
}

/** All keys that a config may hold, as "train.factors". */
export function configKeys(): string[] {
  const keys: string[] = [];
  collectKeys(z.toJSONSchema(configSchema, { io: "input" }), "", keys);
  return keys.filter((key) => key !== "$schema");
}

function applySet(config: unknown, set: string): unknown {
  const at = set.indexOf("=");
  const path = set.slice(0, Math.max(at, 0)).split(".");
  if (at < 1 || path.some((key) => key === "" || key === "__proto__")) {
    throw new UsageError(`--set ${set}: write it as --set train.factors=32`);
  }
  const text = set.slice(at + 1);
  let value: unknown = text;
  try {
    value = JSON.parse(text);
  } catch {
    // Not JSON: the text itself is meant.
  }
  return put(config, path, value);
}

function put(target: unknown, [key, ...rest]: readonly string[], value: unknown): unknown {
  if (key === undefined) return value;
  const isRecord = typeof target === "object" && target !== null && !Array.isArray(target);
  const record: Record<string, unknown> = isRecord ? { ...target } : {};
  record[key] = put(record[key], rest, value);
  return record;
}

function unknownKey(key: string): string {
  const [nearest] = configKeys()
    .map((known) => ({ known, distance: keyDistance(key, known) }))
    .sort((a, b) => a.distance - b.distance || (a.known < b.known ? -1 : 1));
  const hint = nearest === undefined ? "" : ` (did you mean "${nearest.known}"?)`;
  return `unknown key "${key}"${hint}`;
}

/** Distance of two keys; one that has but its section wrong is near, too. */
function keyDistance(a: string, b: string): number {
  const last = (key: string) => key.slice(key.lastIndexOf(".") + 1);
  return Math.min(editDistance(a, b), editDistance(last(a), last(b)) + 2);
}

/** Levenshtein distance: letters to insert, delete or replace. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replace = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replace, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[b.length]!;
}

function collectKeys(schema: unknown, prefix: string, keys: string[]): void {
  if (typeof schema !== "object" || schema === null || !("properties" in schema)) return;
  const { properties } = schema;
  if (typeof properties !== "object" || properties === null) return;
  for (const [name, inner] of Object.entries(properties)) {
    keys.push(prefix + name);
    collectKeys(inner, `${prefix}${name}.`, keys);
  }
}
