/** Runs of a small shop with hostile names, for tests of the report. */
import { join } from "node:path";
import { openWorkspace, type Workspace } from "../../pipeline/engine/workspace.ts";
import { runPipeline } from "../../pipeline/mod.ts";

const FIXTURE = new URL("../fixtures/purchases.csv", import.meta.url);

/** Names that try to get out of a page, a picture and a comment. */
export const HOSTILE = {
  name: `"'></text></svg><img src=http://evil.example/x onerror=alert(1)>`,
  brand: "<script>alert('brand')</script>",
  markdown: "@admin [click](http://evil.example) | `x` <!--",
} as const;

export interface ShopRun extends AsyncDisposable {
  /** Its store has the lock file in it, as `--store` puts it. */
  readonly workspace: Workspace;
  /** Runs again with other values. */
  again(set: Readonly<Record<string, unknown>>): Promise<void>;
}

/** The pipeline up to the stage `only` on purchases of 150 customers, in a temporary folder. */
export async function runShop(
  config: Readonly<Record<string, unknown>>,
  { only = "evaluate", timed = true }: { only?: string; timed?: boolean } = {},
): Promise<ShopRun> {
  const root = await Deno.realPath(await Deno.makeTempDir({ prefix: "report-" }));
  const path = join(root, "purchases.csv");
  const csv = hostile(await Deno.readTextFile(FIXTURE));
  await Deno.writeTextFile(path, timed ? csv : csv.replace(",ordered_at,", ",note,"));
  const file = join(root, "pipeline.json");
  await Deno.writeTextFile(
    file,
    JSON.stringify({
      train: { factors: 4, iterations: 4, threads: 1 },
      source: { interactions: { path } },
      ...config,
    }),
  );
  const store = join(root, "store");
  const lock = join(store, "pipeline.lock.json");
  const run = async (set: Readonly<Record<string, unknown>>) => {
    await runPipeline({ config: file, store, only, threads: 1, set });
    await Deno.copyFile(join(store, "program.pipeline.lock.json"), lock);
  };
  await run({});
  return {
    workspace: await openWorkspace({ root, store, lock }),
    again: run,
    [Symbol.asyncDispose]: () => Deno.remove(root, { recursive: true }),
  };
}

/** The brand that sells most, and two products, get other names. */
function hostile(csv: string): string {
  const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;
  return csv.replaceAll(",Quarry Bank,", `,${quoted(HOSTILE.brand)},`)
    .replaceAll(/"(?:Argan|Heirloom|Canvas|Linen)[^"]*"/g, quoted(HOSTILE.name))
    .replaceAll(/"(?:Waxed|Fluted|Maple|Organic)[^"]*"/g, quoted(HOSTILE.markdown));
}
