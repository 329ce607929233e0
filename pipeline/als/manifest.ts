/** What `manifest.json` of an export says, and the digests that tie its files together. */
import { createHash } from "node:crypto";
import { join } from "node:path";
import { z } from "zod";

/** Its name in the folder of a model. */
export const MANIFEST = "manifest.json";

const digest = z.string().regex(/^sha256:[0-9a-f]{64}$/);
const figures = z.record(z.string(), z.number());

/** Rows of the purchases, and why some were left out. */
export interface IngestCounts {
  readonly rows: { readonly read: number; readonly kept: number; readonly dropped: number };
  /** By reason. */
  readonly dropped: Readonly<Record<string, number>>;
  /** Rows with more pieces than is likely, and what was done about them. */
  readonly outliers: { readonly action: string; readonly rows: number };
  /** Users with more rows on one day than is likely; null where purchases have no times. */
  readonly bots: { readonly action: string; readonly users: number; readonly rows: number } | null;
  /**
   * Purchases that were posted to a server: how many, and by the name of an event store the last of its
   * entries that the model knows. Left out where none were given to the training.
   */
  readonly events?: {
    readonly rows: number;
    readonly through: Readonly<Record<string, number>>;
  } | undefined;
}

/** What the manifest of an export says. Digests are "sha256:" and 64 hex digits. */
export interface Manifest {
  /** Of this format. */
  readonly version: 1;
  /** Names this model: over all files of the export but the manifest. "" until it is saved. */
  readonly model: string;
  /** Of all interactions. */
  readonly data: string;
  /** Of the training part; "none" where the purchases were not split. */
  readonly split: string;
  /** Of the fit, and how the metrics were split. */
  readonly params: Readonly<Record<string, unknown>>;
  /** Files of the export with their digests. */
  readonly files: Readonly<Record<string, string>>;
  /** True where all item ids of the input are integers: then they go out as numbers. */
  readonly integerItemIds: boolean;
  /** What the exported factors were fitted on. */
  readonly fittedOn: "train" | "all";
  /**
   * When the latest purchase was that the factors know of, be it by a model that they started from;
   * ISO 8601, UTC. Left out where purchases, or those of such a model, have no times.
   */
  readonly fittedUntil?: string | undefined;
  /** The model whose factors the fit started from; left out where it started afresh. */
  readonly startedFrom?: string | undefined;
  /** Of the exported fit. */
  readonly sweeps: number;
  /** Columns behind the learned factors that hold biases: 2 for lmf. An older export has none: 0. */
  readonly biasColumns: 0 | 2;
  /**
   * How many columns, the last, are the trend: 1 where it is appended. An export from before there was a
   * trend does not say it, and has none: 0.
   */
  readonly trendColumns: 0 | 1;
  /** Which fit `metrics` and `baselines` judge: never one that has seen the test part. */
  readonly metricsFittedOn: "train";
  /** By metric and k: "ndcg@10". */
  readonly metrics: Readonly<Record<string, number>>;
  /** The same of each baseline, by its name. */
  readonly baselines: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** What ingest made of the purchases; left out where they did not come through it. */
  readonly ingest?: IngestCounts | undefined;
  /** What made it: Deno, the solver. */
  readonly versions: Readonly<Record<string, string>>;
}

const count = z.int().min(0);
const ingestSchema: z.ZodType<IngestCounts> = z.strictObject({
  rows: z.strictObject({ read: count, kept: count, dropped: count }),
  dropped: z.record(z.string(), count),
  outliers: z.strictObject({ action: z.string(), rows: count }),
  bots: z.strictObject({ action: z.string(), users: count, rows: count }).nullable(),
  events: z.strictObject({ rows: count, through: z.record(z.string(), count) }).optional(),
});

const manifestSchema: z.ZodType<Manifest> = z.strictObject({
  version: z.literal(1),
  model: z.union([digest, z.literal("")]),
  data: z.string(),
  split: z.string(),
  params: z.record(z.string(), z.unknown()),
  files: z.record(z.string(), digest),
  integerItemIds: z.boolean(),
  fittedOn: z.enum(["train", "all"]),
  fittedUntil: z.iso.datetime().optional(),
  startedFrom: z.string().optional(),
  sweeps: z.int().min(1),
  biasColumns: z.union([z.literal(0), z.literal(2)]).default(0),
  trendColumns: z.union([z.literal(0), z.literal(1)]).default(0),
  metricsFittedOn: z.literal("train"),
  metrics: figures,
  baselines: z.record(z.string(), figures),
  ingest: ingestSchema.optional(),
  versions: z.record(z.string(), z.string()),
});

/** Digest of a file's bytes, read in pieces. */
export async function fileDigest(path: string): Promise<string> {
  const hash = createHash("sha256");
  using file = await Deno.open(path);
  for await (const chunk of file.readable) hash.update(chunk);
  return `sha256:${hash.digest("hex")}`;
}

/** The digest that names a model, over the digests of its files. */
export function modelDigest(files: Readonly<Record<string, string>>): string {
  const lines = Object.keys(files).sort().map((name) => `${name} ${files[name]}\n`);
  return `sha256:${createHash("sha256").update(lines.join("")).digest("hex")}`;
}

/** Whether the file at `path` is a manifest, whatever became of the files that it names. */
export async function isManifest(path: string): Promise<boolean> {
  try {
    return manifestSchema.safeParse(JSON.parse(await Deno.readTextFile(path))).success;
  } catch {
    return false;
  }
}

/**
 * Reads the manifest in `dir` and checks the digest of every file that a model needs, `names`.
 *
 * Throws `Deno.errors.NotFound` where the manifest or a file is missing, and `SyntaxError` where the
 * manifest is broken or a file is not the one it names.
 */
export async function readManifest(dir: string, names: readonly string[]): Promise<Manifest> {
  const path = join(dir, MANIFEST);
  const remedy = "Make the model again with `deno task pipeline`, or copy the whole folder again";
  let text: string;
  try {
    text = await Deno.readTextFile(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory)) {
      throw error;
    }
    throw new Deno.errors.NotFound(
      `There is no model in ${dir}: ${MANIFEST} is missing. Make one with \`deno task pipeline\`, ` +
        "or name the folder of another",
    );
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new SyntaxError(`${path} is not JSON. ${remedy}`);
  }
  const parsed = manifestSchema.safeParse(json);
  if (!parsed.success) {
    throw new SyntaxError(`${path} is no manifest: ${z.prettifyError(parsed.error)}. ${remedy}`);
  }
  const manifest = parsed.data;
  for (const name of names) {
    const expected = manifest.files[name];
    if (expected === undefined) throw new SyntaxError(`${path} does not name ${name}. ${remedy}`);
    const file = join(dir, name);
    let found: string;
    try {
      found = await fileDigest(file);
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
      throw new Deno.errors.NotFound(`${file} is missing. ${remedy}`);
    }
    if (found !== expected) {
      throw new SyntaxError(
        `${file} is not the file that ${MANIFEST} names: its digest is ${found}, not ${expected}. ` +
          remedy,
      );
    }
  }
  if (modelDigest(manifest.files) !== manifest.model) {
    throw new SyntaxError(`${path}: "model" does not fit the digests of its files. ${remedy}`);
  }
  return manifest;
}
