import assert from "node:assert/strict";
import { readsOf } from "../../notebooks/run/reads.ts";

Deno.test("readsOf sees the artifacts that cells name, and no others", () => {
  const code = `
    const report: IngestReport = await readArtifact("ingest.report", reportFormat);
    // readArtifact("evaluate.metrics", evaluationFormat)
    const shop = await load(await artifactPath("export.model"));
    const text = 'readArtifact("split.test")';
  `;
  assert.deepEqual(readsOf("a.ipynb", code), {
    artifacts: ["export.model", "ingest.report"],
    trials: false,
  });
  assert.deepEqual(readsOf("a.ipynb", `await runWith({ "train.alpha": 2 })`), {
    artifacts: [],
    trials: true,
  });
});

Deno.test("readsOf refuses an artifact whose name cannot be seen", () => {
  assert.throws(
    () => readsOf("a.ipynb", `await readArtifact(name, format)`),
    /^TypeError: a\.ipynb reads an artifact by a computed name.*write readArtifact\("stage\.output"\)/,
  );
});
