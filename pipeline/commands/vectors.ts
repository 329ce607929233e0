/** `vectors`: the exported model as files for PostgreSQL with pgvector. */
import { relative, resolve } from "node:path";
import { z } from "zod";
import { UsageError } from "../errors.ts";
import { modelFormat } from "../stages/model_format.ts";
import { INDEXES } from "../vectors/limits.ts";
import { writeVectors } from "../vectors/write.ts";
import type { Command } from "./command.ts";

/**
 * Reads the model in `export.dir`, writes it to `--out`, and says how to load it. Throws as
 * `loadModel` and `writeVectors` do, and `UsageError` where the kind of index is none.
 */
export const command: Command = async ({ io, options, config }) => {
  const index = z.enum(INDEXES).safeParse(options.index);
  if (!index.success) {
    throw new UsageError(`--index ${options.index}: it is one of ${INDEXES.join(", ")}`);
  }
  const out = resolve(io.root, options.out);
  const from = resolve(io.root, config.export.dir);
  if (!relative(out, io.root).startsWith("..") || out === from) {
    throw new UsageError(
      `--out ${options.out} is, or holds, the ${out === from ? "model" : "project"}`,
      "Name a folder of its own",
    );
  }
  const { schema } = options;
  const model = await modelFormat.read(from);
  const summary = await writeVectors(out, model, { schema, index: index.data, signal: io.signal });
  const { items, users, seen, columns, replaced } = summary;
  if (replaced > 0) {
    io.err(
      `In ${replaced} names, brands or attributes U+FFFD stands for a character that PostgreSQL cannot store`,
    );
  }
  if (!options.json) {
    io.out(
      `${items} items, ${users} users, ${seen} pairs, ${columns} columns, of ${config.export.dir}\n` +
        `Load them: cd ${options.out} && psql -f load.sql`,
    );
  }
  return { out: options.out, ...summary };
};
