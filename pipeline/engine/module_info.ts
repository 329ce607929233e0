/** What the engine knows of one local module's source: data, so that it can be cached. */
import { z } from "zod";

/** An import of a module that runs: names taken from it, or "*" for all of them. */
const importSchema = z.strictObject({
  specifier: z.string(),
  names: z.union([z.array(z.string()), z.literal("*")]),
});

export const moduleInfoSchema = z.strictObject({
  /** Digest of the code without comments, formatting and types. */
  digest: z.string(),
  /** Static imports, re-exports and `import("…")` with a literal. */
  imports: z.array(importSchema),
  /** Literals of `new URL("…", import.meta.url)` and `import.meta.resolve("…")`. */
  urls: z.array(z.string()),
  /** Lines of `import(…)` whose argument is computed: where they lead cannot be seen. */
  computed: z.array(z.int()),
  /** Names that the module exports itself or passes on by name. */
  exports: z.array(z.string()),
  /** Modules of which everything is passed on (`export * from`). */
  stars: z.array(z.string()),
  /**
   * Set where the module does nothing but pass on names of others: exported name to where it comes
   * from. Whoever imports one name through it depends on that name's module only.
   */
  passes: z.record(z.string(), z.strictObject({ specifier: z.string(), name: z.string() }))
    .optional(),
});

export type ModuleInfo = z.infer<typeof moduleInfoSchema>;
export type Names = z.infer<typeof importSchema>["names"];
