import assert from "node:assert/strict";
import { root } from "../project/modules.ts";

/** The notebooks' packages are no part of the project: they may not have been downloaded. */
const inNotebooks = (...args: string[]) =>
  new Deno.Command(Deno.execPath(), {
    args: [...args, "--config", "notebooks/deno.json", "--frozen", "--cached-only"],
    cwd: root,
    env: { NO_COLOR: "1" },
  }).output();

const permissions = ["--allow-read", "--allow-write", "--allow-env", "--allow-sys", "--allow-ffi"];
const cached = (await inNotebooks("test", "--no-run", "--no-check", "notebooks/lib")).success;

Deno.test({
  name: `the notebooks' library${cached ? "" : " (skipped: run `deno task notebooks` once first)"}`,
  ignore: !cached,
  async fn() {
    const { success, stdout } = await inNotebooks("test", ...permissions, "notebooks/lib");
    assert.ok(success, new TextDecoder().decode(stdout));
  },
});
