import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { saveModel } from "../../pipeline/als/model.ts";
import { tell } from "../../pipeline/child.ts";
import { TOPK_WASM } from "../../pipeline/topk/kernels.ts";
import { parseServeArgs, ROOT } from "../../serve/args.ts";
import { permissions, serverCommand } from "../../serve/launch.ts";
import { PAGES } from "../../serve/routes/docs.ts";
import { modelOf } from "../support/shop.ts";
import { listening } from "./listening.ts";

function launch(...args: string[]): Deno.Command {
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", "--allow-run", join(ROOT, "serve/launch.ts"), ...args],
    cwd: "/",
    // No token of whoever runs the tests.
    env: { NO_COLOR: "1", RECOMMENDER_TOKEN: "" },
    stdout: "null",
    stderr: "piped",
  });
}

/** Starts a server at a port that is free; `url` once it listens, `end` stops it. */
function start(...args: string[]) {
  const child = launch(...args, "--port", "0").spawn();
  const { address, log } = listening(child);
  return {
    url: address.then(({ origin }) => origin),
    async end() {
      tell(child, "SIGTERM");
      const { code } = await child.status;
      return { code, log: await log };
    },
  };
}

Deno.test("a server process: starts, answers, refuses a taken port, stops on SIGTERM", async () => {
  const folder = await Deno.makeTempDir({ prefix: "serve_" });
  await saveModel(join(folder, "model"), modelOf());
  const server = start("--model", join(folder, "model"));
  try {
    const url = await server.url;
    const ready = await fetch(`${url}/health/ready`);
    assert.equal(ready.status, 200);
    await ready.body?.cancel();
    const response = await fetch(`${url}/reco`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: '{"user_id_hash":"user000003"}',
    });
    assert.equal(response.status, 200);
    assert.equal(response.headers.get("x-recommendation"), "personalized");
    await response.body?.cancel();

    const { port } = new URL(url);
    const second = await launch("--model", join(folder, "model"), "--port", port).output();
    assert.equal(second.code, 1);
    assert.match(lastLine(second.stderr), /is in use.*--port/);
  } finally {
    const { code, log } = await server.end();
    await Deno.remove(folder, { recursive: true });
    assert.equal(code, 0);
    assert.match(log, /Listening on/);
    assert.doesNotMatch(log, /user000003/);
  }
});

Deno.test("without a model the server starts, says what to do, and is not ready", async () => {
  const server = start("--model", "/nonexistent/model");
  try {
    const response = await fetch(`${await server.url}/health/ready`);
    assert.equal(response.status, 503);
    await response.body?.cancel();
  } finally {
    assert.match((await server.end()).log, /no model in .*\n.*\/train/i);
  }
});

Deno.test("with the server's permissions nothing else can be read, called or listened on", async () => {
  const folder = await Deno.makeTempDir({ prefix: "serve_" });
  try {
    const model = join(folder, "model");
    await Deno.mkdir(model);
    await Deno.mkdir(`${model}.events`);
    await Deno.writeTextFile(join(model, "manifest.json"), "{}");
    await Deno.writeTextFile(join(folder, "probe.ts"), PROBE);
    // Held for as long as it is asked for: nobody else gets it, and whoever may listen at it is told so.
    using own = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const args = parseServeArgs(["--model", model, "--port", String(own.addr.port)]);
    const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        ...permissions(args, Deno.execPath()),
        join(folder, "probe.ts"),
        model,
        String(args.port),
        fileURLToPath(TOPK_WASM),
        args.versions,
        fileURLToPath(PAGES),
      ],
    }).output();
    assert.deepEqual(JSON.parse(new TextDecoder().decode(stdout) || "null"), {
      "own model": "allowed",
      "own kernels": "allowed",
      "own pages": "allowed",
      "own versions": "allowed",
      "own port": "AddrInUse",
      "own variable": "allowed",
      "/etc/hostname": "NotCapable",
      "beside the model": "NotCapable",
      "config of the pipeline": "NotCapable",
      purchases: "NotCapable",
      "write the kernels": "NotCapable",
      "write the model": "NotCapable",
      "keep events": "allowed",
      "a database elsewhere": "NotCapable",
      "attach another database": "Error",
      "write the pages": "NotCapable",
      "other port": "NotCapable",
      "other address": "NotCapable",
      "call out": "NotCapable",
      "other variable": "NotCapable",
      "native library": "NotCapable",
      "shell": "NotCapable",
      "host name": "NotCapable",
    }, new TextDecoder().decode(stderr));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

const PROBE = `
import { DatabaseSync } from "node:sqlite";
const [model, port, kernels, versions, pages] = Deno.args;
const found: Record<string, string> = {};
async function attempt(what: string, act: () => unknown) {
  try {
    await act();
    found[what] = "allowed";
  } catch (error) {
    found[what] = (error as Error).name;
  }
}
const listen = (hostname: string, port: number) => Deno.listen({ hostname, port }).close();
await attempt("own model", () => Deno.readTextFile(model + "/manifest.json"));
await attempt("own kernels", () => Deno.readFile(kernels));
await attempt("own pages", () => Deno.readTextFile(pages + "/docs.html"));
await attempt("own versions", () => Deno.mkdir(versions));
await attempt("own port", () => listen("127.0.0.1", Number(port)));
await attempt("own variable", () => Deno.env.get("RECOMMENDER_TOKEN"));
await attempt("/etc/hostname", () => Deno.readTextFile("/etc/hostname"));
await attempt("beside the model", () => Deno.readTextFile(model + "/../probe.ts"));
const root = kernels.replace("pipeline/kernels/topk.wasm", "");
await attempt("config of the pipeline", () => Deno.readTextFile(root + "pipeline.json"));
await attempt("purchases", () => Deno.readTextFile(root + "data/README.md"));
await attempt("write the kernels", () => Deno.writeTextFile(kernels, ""));
await attempt("write the model", () => Deno.writeTextFile(model + "/manifest.json", ""));
await attempt("write the pages", () => Deno.writeTextFile(pages + "/docs.html", ""));
await attempt("keep events", () => new DatabaseSync(model + ".events/events.sqlite").close());
await attempt("a database elsewhere", () => new DatabaseSync(model + "/../other.sqlite").close());
await attempt("attach another database", () => {
  const db = new DatabaseSync(model + ".events/events.sqlite");
  db.exec("ATTACH DATABASE '" + model + "/../other.sqlite' AS other");
});
await attempt("other port", () => listen("127.0.0.1", Number(port) + 1));
await attempt("other address", () => listen("0.0.0.0", Number(port)));
await attempt("call out", () => Deno.connect({ hostname: "127.0.0.1", port: Number(port) + 1 }));
await attempt("other variable", () => Deno.env.get("HOME"));
await attempt("native library", () => Deno.dlopen("libc.so.6", {}));
await attempt("shell", () => new Deno.Command("sh").outputSync());
await attempt("host name", () => Deno.hostname());
console.log(JSON.stringify(found));
`;

Deno.test("bad arguments: exit code 2, the last line says which", async () => {
  const cases: [string[], RegExp][] = [
    [["--port", "high"], /--port is "high"/],
    [["--port", "70000"], /70000/],
    [["--host", "a b"], /--host is "a b"/],
    [["--host", ":::"], /--host is ":::"/],
    [["--host", "]["], /--host is "\]\["/],
    [["--model="], /--model is empty/],
    [["--versions="], /--versions is empty/],
    [["--keep", "0"], /--keep is "0"/],
    [["--keep", "many"], /--keep is "many"/],
    [["--page", "all"], /--page is "all"/],
    [["--modle", "x"], /--modle/],
    [["--database", "db"], /--database has "db": give HOST:PORT/],
    [["--database", "db:5432,db:0"], /--database has "db:0"/],
    [["--database", "postgresql://db:5432"], /give HOST:PORT/],
    [["--database", "*:5432"], /give HOST:PORT/],
    [["extra"], /extra/],
  ];
  for (const [args, message] of cases) assert.throws(() => parseServeArgs(args), message);
  const { code, stderr } = await launch("--port", "high").output();
  assert.equal(code, 2);
  assert.match(lastLine(stderr), /^--port is "high"/);
});

Deno.test("databases are handed to the process that trains: the server may not connect to them", () => {
  const args = parseServeArgs(["--database", "db:5432", "--database=[::1]:3306"]);
  assert.deepEqual(args.databases, ["db:5432", "[::1]:3306"]);
  const command = serverCommand(args, "deno");
  assert.equal(command[command.indexOf("--database") + 1], "db:5432,[::1]:3306");
  assert.ok(!permissions(args, "deno").join().includes("5432"));
  assert.ok(!serverCommand(parseServeArgs([]), "deno").includes("--database"));
});

Deno.test("relative paths count from the project root", () => {
  const args = parseServeArgs(["--model", "m", "--config", "c.json", "--store", "/s"]);
  assert.equal(args.model, join(ROOT, "m"));
  assert.equal(args.versions, join(ROOT, "m.versions"));
  assert.equal(args.config, join(ROOT, "c.json"));
  assert.equal(args.store, "/s");
  assert.equal(args.page, "customers");
  const hidden = serverCommand(parseServeArgs(["--page", "baskets"]), "deno");
  assert.equal(hidden[hidden.indexOf("--page") + 1], "baskets");
});

Deno.test("a server that does not train starts no program, and has no call for it", async () => {
  const folder = await Deno.makeTempDir({ prefix: "serve_" });
  const model = join(folder, "model");
  await saveModel(model, modelOf());
  const args = ["--model", model, "--no-training"];
  const command = serverCommand(parseServeArgs(args), "deno");
  assert.deepEqual(command.filter((arg) => arg.startsWith("--allow-run")), []);
  const server = start(...args);
  try {
    const url = await server.url;
    const ready = await fetch(`${url}/health/ready`);
    assert.equal(ready.status, 200);
    await ready.body?.cancel();
    for (const path of ["/train", "/v1/train"]) {
      const response = await fetch(url + path, { method: "POST" });
      assert.equal(response.status, 404, await response.text());
    }
  } finally {
    assert.equal((await server.end()).code, 0);
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("an IPv6 address is taken with and without brackets", () => {
  assert.equal(parseServeArgs(["--host", "::1"]).host, "::1");
  assert.equal(parseServeArgs(["--host", "[::1]"]).host, "::1");
  assert.equal(parseServeArgs(["--host", "fe80::1%eth0"]).host, "fe80::1%eth0");
});

function lastLine(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes).trimEnd().split("\n").at(-1) ?? "";
}
