import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { Commits } from "../../../serve/events/commits.ts";

/** Commits to a database in memory, whose sync is held until a test lets it go. */
function held() {
  const db = new DatabaseSync(":memory:");
  db.exec("CREATE TABLE t (n INTEGER NOT NULL) STRICT");
  const syncs: { resolve(): void; reject(error: Error): void }[] = [];
  let forgotten = 0;
  const commits = new Commits({
    db,
    sync: () => new Promise((resolve, reject) => syncs.push({ resolve, reject })),
    forget: () => forgotten++,
  });
  const rows = () => db.prepare("SELECT n FROM t ORDER BY rowid").all().map(({ n }) => n);
  const write = (n: number | null) => () => {
    db.prepare("INSERT INTO t VALUES (?)").run(n);
    return n;
  };
  const turn = () => new Promise((resolve) => setTimeout(resolve, 5));
  return { commits, syncs, rows, write, turn, forgotten: () => forgotten };
}

Deno.test("nobody is told before the sync; what comes meanwhile is the next group", async () => {
  const { commits, syncs, rows, write, turn } = held();
  const told: (number | null)[] = [];
  const add = (n: number) => commits.add(write(n)).then((n) => told.push(n));
  const all = [add(1), add(2)];
  await turn();
  assert.deepEqual([rows(), told, syncs.length], [[1, 2], [], 1]);
  all.push(add(3), add(4));
  await turn();
  assert.deepEqual([rows(), told, syncs.length], [[1, 2], [], 1]);
  syncs[0]?.resolve();
  await turn();
  assert.deepEqual([rows(), told, syncs.length], [[1, 2, 3, 4], [1, 2], 2]);
  const closing = commits.close().then(() => told.push(0));
  await assert.rejects(commits.add(write(5)), /closed/);
  await turn();
  assert.deepEqual(told, [1, 2]);
  syncs[1]?.resolve();
  await Promise.all([...all, closing]);
  assert.deepEqual([rows(), told], [[1, 2, 3, 4], [1, 2, 3, 4, 0]]);
});

Deno.test("a group that cannot be written is undone whole, and the next one is not", async () => {
  const { commits, syncs, rows, write, turn, forgotten } = held();
  const group = await Promise.allSettled([commits.add(write(1)), commits.add(write(null))]);
  assert.deepEqual(group.map(({ status }) => status), ["rejected", "rejected"]);
  assert.deepEqual([rows(), forgotten(), syncs.length], [[], 1, 0]);
  const next = commits.add(write(2));
  await turn();
  syncs[0]?.resolve();
  assert.equal(await next, 2);
});

Deno.test("after a sync that failed nothing is taken any more: the log may have a hole", async () => {
  const { commits, syncs, write, turn } = held();
  const first = commits.add(write(1));
  await turn();
  const second = commits.add(write(2));
  syncs[0]?.reject(new Error("input/output error"));
  const both = await Promise.allSettled([first, second]);
  assert.deepEqual(both.map(({ status }) => status), ["rejected", "rejected"]);
  await assert.rejects(commits.add(write(3)), /refused to sync \(input\/output error\): start/);
  assert.equal(syncs.length, 1);
});
