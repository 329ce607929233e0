import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";

const script = fileURLToPath(new URL("../../notebooks/run/lab.ts", import.meta.url));

Deno.test("task lab says how to get JupyterLab where there is none", async () => {
  const { code, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", "--allow-read", "--allow-run", script],
    env: { PATH: "/nowhere", NO_COLOR: "1" },
  }).output();
  assert.equal(code, 1);
  assert.match(
    new TextDecoder().decode(stderr),
    /^There is no JupyterLab on this machine\. Get it with `pip install jupyterlab`/,
  );
});
