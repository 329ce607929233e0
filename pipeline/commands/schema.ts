/** Writes `pipeline.schema.json`, by which editors check and complete a config. */
import { z } from "zod";
import { configSchema } from "../config.ts";

/** The config's JSON schema as the file's text. */
export function schemaText(): string {
  const schema = z.toJSONSchema(configSchema, { io: "input" });
  return JSON.stringify({ title: "Pipeline config", ...schema }, null, 2) + "\n";
}

if (import.meta.main) {
  await Deno.writeTextFile(new URL("../../pipeline.schema.json", import.meta.url), schemaText());
}
