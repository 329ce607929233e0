import assert from "node:assert/strict";
import { fileDigest } from "../../pipeline/engine/digest.ts";
import { StatCache } from "../../pipeline/engine/stats.ts";
import { Project } from "./project.ts";

const later = { now: () => Date.now() + 60_000, fileDigest };

Deno.test("a known digest is reused while size, times and inode stay", async () => {
  await using project = await Project.create({ ".pipeline/tmp/x": "", "a.txt": "one" });
  const [path, cache] = [project.path("a.txt"), project.path(".pipeline/stats.json")];
  const first = await StatCache.open(cache, later);
  const digest = await first.digest(path);
  assert.equal(digest, await fileDigest(path));
  await first.save();
  // A planted digest shows whether the file is read again.
  const planted = "0".repeat(64);
  const text = await Deno.readTextFile(cache);
  assert.ok(text.includes(digest));
  await Deno.writeTextFile(cache, text.replace(digest, planted));
  assert.equal(await (await StatCache.open(cache, later)).digest(path), planted);
  await project.write("a.txt", "two");
  assert.equal(await (await StatCache.open(cache, later)).digest(path), await fileDigest(path));
});

for (
  const [what, ahead] of [
    ["changed just now", 0],
    ["changed just now, by a clock that was set back an hour since", -3_600_000],
  ] as const
) {
  Deno.test(`a file ${what} is read again`, async () => {
    await using project = await Project.create({ ".pipeline/tmp/x": "", "a.txt": "one" });
    const [path, cache] = [project.path("a.txt"), project.path(".pipeline/stats.json")];
    const changed = (await Deno.stat(path)).ctime?.getTime() ?? NaN;
    const stats = await StatCache.open(cache, { now: () => changed + ahead, fileDigest });
    assert.equal(await stats.digest(path), await fileDigest(path));
    await stats.save();
    await assert.rejects(Deno.stat(cache), Deno.errors.NotFound, "nothing was learnt");
  });
}

Deno.test("an edit that keeps size and modification time, whatever that is, is seen", async () => {
  for (const time of [new Date("1999-01-01"), new Date("2099-01-01")]) {
    await using project = await Project.create({ ".pipeline/tmp/x": "", "a.txt": "one" });
    const [path, cache] = [project.path("a.txt"), project.path(".pipeline/stats.json")];
    await Deno.utime(path, time, time);
    const first = await StatCache.open(cache, later);
    await first.digest(path);
    await first.save();
    // The inode's change time is in whole seconds here.
    await new Promise((resolve) => setTimeout(resolve, 1100));
    await Deno.writeTextFile(path, "two");
    await Deno.utime(path, time, time);
    assert.equal(await (await StatCache.open(cache, later)).digest(path), await fileDigest(path));
  }
});

Deno.test("prune forgets files that are gone", async () => {
  await using project = await Project.create({
    ".pipeline/tmp/x": "",
    "a.txt": "one",
    "b.txt": "",
  });
  const cache = project.path(".pipeline/stats.json");
  const stats = await StatCache.open(cache, later);
  for (const name of ["a.txt", "b.txt"]) await stats.digest(project.path(name));
  await Deno.remove(project.path("b.txt"));
  await stats.prune();
  await stats.save();
  const text = await Deno.readTextFile(cache);
  assert.ok(text.includes("a.txt") && !text.includes("b.txt"));
});

Deno.test("a broken cache, or one of another Deno, starts empty", async () => {
  for (const text of ["{", "[]", '{"scheme":"0","files":{"a":{"stamp":"1","digest":"x"}}}']) {
    await using project = await Project.create({ "stats.json": text, "a.txt": "one" });
    const stats = await StatCache.open(project.path("stats.json"));
    assert.equal(
      await stats.digest(project.path("a.txt")),
      await fileDigest(project.path("a.txt")),
    );
  }
});

Deno.test("a file that changes while it is read is an error, not a digest of a mixture", async () => {
  await using project = await Project.create({ "a.txt": "one" });
  let writes = 2;
  const stats = await StatCache.open(project.path("stats.json"), {
    now: later.now,
    async fileDigest(path) {
      const digest = await fileDigest(path);
      if (writes-- > 0) await Deno.writeTextFile(path, "more", { append: true });
      return digest;
    },
  });
  const path = project.path("a.txt");
  assert.equal(await stats.digest(path), await fileDigest(path), "it settles in time");
  writes = 3;
  await Deno.writeTextFile(path, "again");
  await assert.rejects(stats.digest(path), /a\.txt changes while it is read: wait/);
});
