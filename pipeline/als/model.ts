import type { Item } from "../data/items.ts";
import type { Csr, Dense } from "../data/matrix.ts";

/** A trained model with all that is needed to answer: what `export` writes and `serve` loads. */
export interface Model {
  /** users x factors */
  readonly userFactors: Dense;
  /** items x factors */
  readonly itemFactors: Dense;
  /** Ids by user index, ascending. */
  readonly users: readonly string[];
  /** By item index, ids ascending. */
  readonly items: readonly Item[];
  /** users x items, what each user has bought (net quantity above zero); values are quantities. */
  readonly seen: Csr;
  /** items; how many users bought it: the order of popular items. */
  readonly popularity: Float32Array;
  readonly manifest: Manifest;
}

/** Digests are "sha256:" and 64 hex digits. */
export interface Manifest {
  readonly version: 1;
  /** Which digest names this model: over all files of the export but the manifest. */
  readonly model: string;
  readonly data: string;
  readonly split: string;
  readonly params: Readonly<Record<string, unknown>>;
  /** Files of the export with their digests. */
  readonly files: Readonly<Record<string, string>>;
  /** True where all item ids of the input are integers: then they go out as numbers. */
  readonly integerItemIds: boolean;
  /** What the exported factors were fitted on; `metrics` always belong to the fit on the train part. */
  readonly fittedOn: "train" | "all";
  readonly sweeps: number;
  readonly metrics: Readonly<Record<string, number>>;
  readonly baselines: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly versions: Readonly<Record<string, string>>;
}
