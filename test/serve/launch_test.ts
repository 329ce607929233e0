import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { saveModel } from "../../pipeline/als/model.ts";
import { TOPK_WASM } from "../../pipeline/topk/kernels.ts";
import { parseServeArgs, ROOT } from "../../serve/args.ts";
import { permissions, serverCommand } from "../../serve/launch.ts";
import { PAGES } from "../../serve/routes/docs.ts";
import { modelOf } from "../support/shop.ts";

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

function launch(...args: string[]): Deno.ChildProcess {
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", "--allow-run", join(ROOT, "serve/launch.ts"), ...args],
    cwd: "/",
    env: { NO_COLOR: "1" },
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

async function ready(url: string): Promise<Response> {
  for (let tries = 0;; tries++) {
    try {
      return await fetch(`${url}/health/ready`);
    } catch (error) {
      if (tries > 300) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

Deno.test("a server process: starts, answers, refuses a taken port, stops on SIGTERM", async () => {
  const folder = await Deno.makeTempDir({ prefix: "serve_" });
  const port = freePort();
  const url = `http://127.0.0.1:${port}`;
  await saveModel(join(folder, "model"), modelOf());
  const server = launch("--model", join(folder, "model"), "--port", String(port));
  try {
    assert.equal((await ready(url)).status, 200);
    const response = await fetch(`${url}/reco`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: '{"user_id_hash":"user000003"}',
    });
    assert.equal(response.status, 200);
    assert.equal(response.headers.get("x-recommendation"), "personalized");
    await response.body?.cancel();

    const second = await launch("--model", join(folder, "model"), "--port", String(port)).output();
    assert.equal(second.code, 1);
    assert.match(lastLine(second.stderr), /is in use.*--port/);
  } finally {
    server.kill("SIGTERM");
    const { code, stderr } = await server.output();
    await Deno.remove(folder, { recursive: true });
    assert.equal(code, 0);
    const log = new TextDecoder().decode(stderr);
    assert.match(log, /Listening on/);
    assert.doesNotMatch(log, /user000003/);
  }
});

Deno.test("without a model the server starts, says what to do, and is not ready", async () => {
  const port = freePort();
  const server = launch("--model", "/nonexistent/model", "--port", String(port));
  try {
    const response = await ready(`http://127.0.0.1:${port}`);
    assert.equal(response.status, 503);
    await response.body?.cancel();
  } finally {
    server.kill("SIGTERM");
    const { stderr } = await server.output();
    assert.match(new TextDecoder().decode(stderr), /no model in .*\n.*\/train/i);
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
    const args = parseServeArgs(["--model", model, "--port", String(freePort())]);
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
      "own port": "allowed",
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
  const args = parseServeArgs(["--database", "db:5432, [::1]:3306"]);
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
  const port = freePort();
  const model = join(folder, "model");
  await saveModel(model, modelOf());
  const args = ["--model", model, "--port", String(port), "--no-training"];
  const command = serverCommand(parseServeArgs(args), "deno");
  assert.deepEqual(command.filter((arg) => arg.startsWith("--allow-run")), []);
  const server = launch(...args);
  try {
    assert.equal((await ready(`http://127.0.0.1:${port}`)).status, 200);
    for (const path of ["/train", "/v1/train"]) {
      const response = await fetch(`http://127.0.0.1:${port}${path}`, { method: "POST" });
      assert.equal(response.status, 404, await response.text());
    }
  } finally {
    server.kill("SIGTERM");
    assert.equal((await server.output()).code, 0);
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
