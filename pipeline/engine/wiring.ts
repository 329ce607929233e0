/** A stage's inputs, found by what they are wired to. */
import type { Graph } from "./graph.ts";
import { ABSENT, type Preparation, type Prepared, source } from "./parts.ts";
import type { Input } from "./stage.ts";
import type { Store, Stored } from "./store.ts";

/** An input whose output is not there: its own name, and "stage.output". */
export interface MissingInput {
  readonly name: string;
  readonly from: string;
}

/** The inputs of a stage. `outputOf` says where the outputs of other stages are, if they are. */
export async function wiredInputs(
  { node: { inputs: wiring, stage } }: Prepared,
  { files, earlier }: Pick<Preparation, "files" | "earlier">,
  graph: Graph,
  store: Store,
  outputOf: (stage: string, output: string) => Promise<Stored | undefined>,
): Promise<{ inputs: Record<string, Input<unknown>>; missing: MissingInput[] }> {
  const inputs: Record<string, Input<unknown>> = {};
  const missing: MissingInput[] = [];
  for (const [name, ref] of Object.entries(wiring)) {
    const from = source(graph, ref);
    if (from === undefined) {
      inputs[name] = { path: "", digest: ABSENT, read: () => Promise.resolve(undefined) };
    } else if (from.kind === "files") {
      const { paths, digest } = files.get(from.name) ?? { paths: [], digest: "" };
      inputs[name] = { path: paths[0] ?? "", digest, read: () => Promise.resolve(paths) };
    } else if (from.kind === "earlier") {
      const found = earlier.get(from.name);
      const format = stage.inputs[name];
      if (found === undefined || format === undefined) {
        missing.push({ name, from: from.name });
      } else if (found.digest === undefined) {
        inputs[name] = { path: "", digest: ABSENT, read: () => Promise.resolve(undefined) };
      } else {
        const { path, digest } = found;
        inputs[name] = { path, digest, read: () => format.read(path) };
      }
    } else {
      const stored = await outputOf(from.name, ref.output);
      const format = stage.inputs[name];
      if (stored === undefined || format === undefined) {
        missing.push({ name, from: `${from.name}.${ref.output}` });
        continue;
      }
      const path = store.path(stored);
      inputs[name] = { path, digest: stored.digest, read: () => format.read(path) };
    }
  }
  return { inputs, missing };
}
