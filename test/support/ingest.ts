/** Runs the ingest stage on small files that a test writes down. */
import { join } from "node:path";
import { sourceSchema } from "../../pipeline/config/source.ts";
import { pairs } from "../../pipeline/data/interactions.ts";
import { ingest } from "../../pipeline/stages/ingest.ts";
import { runStage } from "./run_stage.ts";

interface Columns {
  readonly interactions?: Record<string, unknown>;
  readonly items?: Record<string, unknown>;
  /** Further keys of `source`, and `encoding` of `source.interactions`. */
  readonly source?: Record<string, unknown>;
  readonly encoding?: string;
}

/** Runs ingest over `purchases` with the columns of a config. */
export function runIngest(
  purchases: readonly string[],
  { catalogue, threads, events, excluded, ...given }: Columns & {
    catalogue?: string;
    threads?: number;
    events?: readonly string[] | undefined;
    excluded?: readonly string[] | undefined;
  } = {},
) {
  const { interactions, items, events: _, exclude: _exclude, refresh: _refresh, ...source } =
    sourceSchema.parse(
      {
        ...given.source,
        interactions: { columns: given.interactions ?? {}, encoding: given.encoding },
        items: { columns: given.items ?? {}, encoding: given.encoding },
      },
    );
  return runStage(ingest, {
    params: {
      columns: { interactions: interactions.columns, items: items.columns },
      encoding: interactions.encoding,
      catalogueEncoding: items.encoding,
      ...source,
    },
    inputs: {
      purchases,
      catalogue: catalogue === undefined ? undefined : [catalogue],
      events,
      excluded,
    },
    threads: threads ?? 2,
  });
}

/** Writes `files` (name to content) to a temporary folder, and removes it when `use` is done. */
export async function withFiles(
  files: Readonly<Record<string, string | Uint8Array>>,
  use: (paths: string[], folder: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    const paths: string[] = [];
    for (const [name, content] of Object.entries(files)) {
      const path = join(folder, name);
      await Deno.writeFile(
        path,
        typeof content === "string" ? new TextEncoder().encode(content) : content,
      );
      paths.push(path);
    }
    await use(paths, folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** The net pairs as "user item quantity", by id. */
export async function netPairs(out: Awaited<ReturnType<typeof runIngest>>): Promise<string[]> {
  const [users, items] = [await out.users.read(), await out.items.read()];
  const m = pairs(await out.interactions.read());
  return users.flatMap((user, u) =>
    [...m.indices.subarray(m.indptr[u], m.indptr[u + 1])].map((i, at) =>
      `${user} ${items[i]!.id} ${m.values[m.indptr[u]! + at]}`
    )
  );
}
