import assert from "node:assert/strict";
import { z } from "zod";
import { parseServeArgs, ROOT } from "../../serve/args.ts";
import { serverCommand } from "../../serve/launch.ts";
import { parseRetrainArgs } from "../../serve/retrain/main.ts";
import { PIPELINE_FLAGS } from "../../serve/training.ts";

const root = new URL("../../", import.meta.url);

const dockerfile = await read("Dockerfile");
const compose = await read("compose.yml");
const dev = await read("docker-compose.dev.yml");

const configSchema = z.object({
  source: z.object({ interactions: z.object({ query: z.string() }) }),
});

const hadolint = await works("hadolint", ["--version"]);
Deno.test({
  name: `hadolint finds nothing in the Dockerfile${hadolint ? "" : " (skipped: no hadolint)"}`,
  ignore: !hadolint,
  async fn() {
    const { success, stdout } = await run("hadolint", ["Dockerfile"]);
    assert.ok(success, new TextDecoder().decode(stdout));
  },
});

/** What can read compose files here, if anything. */
const tools = [["docker", "compose"], ["docker-compose"]] as const;
const available = await Promise.all(
  tools.map(([command, ...args]) => works(command, [...args, "-f", "compose.yml", "config"])),
);
const [tool, ...toolArgs] = tools.find((_, i) => available[i]) ?? [];
Deno.test({
  name: `a compose tool reads compose.yml and docker-compose.dev.yml${
    tool ? "" : " (skipped: no compose tool)"
  }`,
  ignore: !tool,
  async fn() {
    assert.ok(tool);
    for (const file of ["compose.yml", "docker-compose.dev.yml"]) {
      const { success, stderr } = await run(tool, [...toolArgs, "-f", file, "config"]);
      assert.ok(success, new TextDecoder().decode(stderr));
    }
  },
});

/** Each service of a compose file: its name and its lines. */
function servicesOf(text: string): [string, string][] {
  const services = /^services:\n((?: .*\n|\n)+)/m.exec(text)?.[1] ?? "";
  return [...services.matchAll(/^ {2}([\w-]+):\n((?: {4}.*\n|\n)+)/gm)]
    .map(([, name = "", lines = ""]) => [name, lines]);
}

Deno.test("compose publishes the server's port to this machine only, and no other", () => {
  const ports = [compose, dev].map((text) =>
    [...text.matchAll(/^ {6}- "?([\d.:]+)"?(?:\s|$)/gm)].map(([, port]) => port)
  );
  assert.deepEqual(ports, [[], ["127.0.0.1:5000:5000"]]);
  assert.doesNotMatch(compose, /^ {4}ports:/m);
});

Deno.test("compose gives each container of this image a read-only root and no capability", () => {
  const own = [...servicesOf(compose), ...servicesOf(dev)]
    .filter(([, lines]) => /^ {4}image: recommender$/m.test(lines));
  assert.deepEqual(own.map(([name]) => name), ["retrain", "sample", "recommender"]);
  for (const [name, lines] of own) {
    assert.match(lines, /^ {4}build:.*\n {6}context: \.\n {6}target: recommender$/m, name);
    assert.match(lines, /^ {4}read_only: true$/m, name);
    assert.match(lines, /^ {4}cap_drop: \[ALL\]$/m, name);
    assert.match(lines, /^ {4}security_opt: \["no-new-privileges:true"\]$/m, name);
  }
  // The server of compose.yml is that of the other file.
  assert.match(compose, /^ {6}file: docker-compose\.dev\.yml\n {6}service: recommender$/m);
});

Deno.test("what compose adds to the image's commands, the programs take", async () => {
  const list = (service: string, key: string) => {
    const lines = servicesOf(compose).find(([name]) => name === service)?.[1] ?? "";
    const found = new RegExp(`^ {4}${key}: (\\[[^\\]]*\\])`, "m").exec(lines)?.[1] ?? "";
    return z.array(z.string()).parse(JSON.parse(found.replace(/,\s*\]$/, "]")))
      .map((each) => each.replace(/\$\{\w+:-(.*)\}/, "$1"));
  };
  const server = parseServeArgs(list("recommender", "command"));
  assert.equal(server.config, "/etc/recommender/pipeline.json");
  const entrypoint = list("retrain", "entrypoint");
  const at = entrypoint.indexOf("/app/serve/retrain/main.ts");
  const url = new URL(
    parseRetrainArgs([...entrypoint.slice(at + 1), ...list("retrain", "command")]).url,
  );
  assert.ok(entrypoint.includes(`--allow-net=${url.host}`));
  assert.match(compose, new RegExp(`RECOMMENDER_HOSTS: ${url.hostname}\\b`));
  // The sample is written by the flags of `deno task pipeline`, narrowed to its folders.
  const sample = list("sample", "entrypoint").map((flag) => flag.replace(/=.*/, ""));
  for (const flag of PIPELINE_FLAGS.filter((flag) => !flag.includes("="))) {
    assert.ok(sample.includes(flag), flag);
  }
  const config = await read("compose/pipeline.json");
  const { source } = configSchema.parse(JSON.parse(config));
  assert.match(config, /postgresql:\/\/recommender@db:5432\/shop/);
  assert.deepEqual(
    /^SELECT (.*) FROM purchases$/.exec(source.interactions.query)?.[1]?.split(", "),
    // As the table has them.
    [...(await read("compose/purchases.sql")).split(");")[0]?.matchAll(/^ {2}(\w+) /gm) ?? []]
      .map(([, name]) => name),
  );
});

Deno.test("compose's passwords stand in a file that git ignores", async () => {
  assert.match(compose, /file `\.env`/);
  assert.match(await read(".gitignore"), /^\/\.env$/m);
});

Deno.test("the image runs as a user of its own, with the Deno that the project is tested on", async () => {
  // Both images are made of it.
  const base = /^FROM \S+ AS base\n([\s\S]*?)^FROM /m.exec(dockerfile)?.[1] ?? "";
  assert.match(base, /^USER 10001:10001$/m);
  assert.match(base, /^HEALTHCHECK /m);
  assert.deepEqual([...dockerfile.matchAll(/^FROM base AS (\w+)$/gm)].map(([, name]) => name), [
    "serve",
    "recommender",
  ]);
  assert.doesNotMatch(dockerfile.slice(dockerfile.indexOf(base)), /^(USER root|RUN )/m);
  assert.doesNotMatch(dockerfile, /--allow-all|"-A"/);
  const versions = new Set<string>();
  for (const path of ["Dockerfile", ".ci/run", ".github/workflows/ci.yml"]) {
    for (const [, version = ""] of (await read(path)).matchAll(/\bdeno@(\d+\.\d+\.\d+)/g)) {
      versions.add(version);
    }
  }
  assert.deepEqual([...versions], [Deno.version.deno]);
});

Deno.test("the images start the server with the rights that `deno task serve` gives it", () => {
  const entrypoints = [...dockerfile.matchAll(/^ENTRYPOINT (\[[^\]]*\])/gm)];
  assert.equal(entrypoints.length, 2);
  for (const [, json = ""] of entrypoints) {
    const command = z.array(z.string()).parse(JSON.parse(json.replaceAll("\\\n", "")));
    const script = command.indexOf("/app/serve/main.ts");
    assert.ok(script > 0);
    const args = parseServeArgs(command.slice(script + 1));
    const expected = serverCommand(args, "/usr/local/bin/deno");
    // The image has the project in /app.
    const inImage = expected.map((arg) => arg.replaceAll(`${ROOT}/`, "/app/"));
    assert.deepEqual(command.slice(1), inImage.slice(1));
  }
});

Deno.test("the builder is sent what the image copies, and nothing else", async () => {
  const sent = (await read(".dockerignore")).split("\n")
    .filter((line) => line.startsWith("!")).map((line) => line.slice(1));
  const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)]
    .flatMap(([, sources = ""]) => sources.split(" "));
  assert.deepEqual(sent.toSorted(), copied.toSorted());
});

function read(path: string): Promise<string> {
  return Deno.readTextFile(new URL(path, root));
}

function run(command: string, args: readonly string[]): Promise<Deno.CommandOutput> {
  return new Deno.Command(command, { args: [...args], cwd: root, stdin: "null" }).output();
}

async function works(command: string, args: readonly string[]): Promise<boolean> {
  try {
    return (await run(command, args)).success;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
