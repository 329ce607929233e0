import assert from "node:assert/strict";
import { schemaText } from "../../pipeline/commands/schema.ts";
import { root } from "./modules.ts";

Deno.test("pipeline.schema.json is what the config's schema says", async () => {
  const written = await Deno.readTextFile(new URL("pipeline.schema.json", root));
  assert.ok(written === schemaText(), "pipeline.schema.json is stale: run `deno task schema`");
});
