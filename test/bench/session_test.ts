import assert from "node:assert/strict";
import { join } from "node:path";
import { openData, sources } from "./train/data.ts";
import { readNpy } from "./train/npy.ts";
import { ownProgram } from "./train/plan.ts";
import type { Setup } from "./train/protocol.ts";
import { Session } from "./train/session.ts";

const setup: Setup = {
  ...{ solver: "simd", data: "none", items: 1, factors: 8, alpha: 30, lambda: 100 },
  ...{ threads: 2, seed: 1 },
  regularization: "constant",
};
/** A child of a few lines of JavaScript, that reads its setup as every child does. */
const script = (code: string) => ({
  command: Deno.execPath(),
  args: ["eval", `await Deno.stdin.read(new Uint8Array(65536)); ${code}`],
  env: {},
});

Deno.test("a child fits on demand, is traced until told to stop, and gives the same bytes", async () => {
  const work = await Deno.makeTempDir();
  try {
    const data = await openData("tiny", sources.tiny, { work, shared: work, log() {} });
    const of = { ...setup, data: data.folder, items: data.items };
    await using session = await Session.open(ownProgram(), of);
    const seen: number[] = [];
    const traced = await session.trace(9, work, async (iteration) => {
      const { shape } = await readNpy(join(work, "users.npy"), Float32Array);
      assert.deepEqual(shape, [data.users, 8]);
      seen.push(iteration);
      return iteration === 3 ? "stop" : "next";
    });
    assert.deepEqual(seen, [1, 2, 3]);
    assert.equal(traced.runtime?.arch, Deno.build.arch);
    const one = await session.fit(2, { digest: true });
    const two = await session.fit(2, { digest: true });
    assert.equal(one.laps?.length, 2);
    assert.match(one.digest ?? "", /^[0-9a-f]{64}$/);
    assert.equal(two.digest, one.digest);
  } finally {
    await Deno.remove(work, { recursive: true });
  }
});

Deno.test("a child that ends says why in its last words", async () => {
  await assert.rejects(
    Session.open(
      script(`console.error("first"); console.error("no such matrix"); Deno.exit(3)`),
      setup,
    ),
    /^Error: simd ended with exit code 3: no such matrix$/,
  );
});

Deno.test("what a child says is parsed: another shape or an answer out of turn is refused", async () => {
  await assert.rejects(Session.open(script(`console.log('{"ready":"yes"}')`), setup), /ready/);
  await assert.rejects(
    Session.open(script(`console.log('{"done":true,"seconds":1,"peakMiB":null}')`), setup),
    /said .*"done":true.* out of turn/,
  );
});
