import assert from "node:assert/strict";
import { z } from "zod";
import { parseServeArgs, ROOT } from "../../serve/args.ts";
import { serverCommand } from "../../serve/launch.ts";

const root = new URL("../../", import.meta.url);

const dockerfile = await read("Dockerfile");
const compose = await read("compose.yml");

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
  name: `docker-compose.dev.yml is what compose.yml says${
    tool ? "" : " (skipped: no compose tool)"
  }`,
  ignore: !tool,
  async fn() {
    assert.ok(tool);
    const config = async (file: string) => {
      const { success, stdout, stderr } = await run(tool, [...toolArgs, "-f", file, "config"]);
      assert.ok(success, new TextDecoder().decode(stderr));
      return new TextDecoder().decode(stdout).split("\n").sort(); // merging reorders lists
    };
    assert.deepEqual(await config("docker-compose.dev.yml"), await config("compose.yml"));
  },
});

Deno.test("compose publishes the port to this machine only", () => {
  const ports = [...compose.matchAll(/^ {6}- "?([\d.:]+)"?(?:\s|$)/gm)].map(([, port]) => port);
  assert.deepEqual(ports, ["127.0.0.1:5000:5000"]);
});

Deno.test("compose gives the container a read-only root and no capability", () => {
  assert.match(compose, /^ {4}read_only: true$/m);
  assert.match(compose, /^ {4}cap_drop: \[ALL\]$/m);
  assert.match(compose, /^ {4}security_opt: \["no-new-privileges:true"\]$/m);
});

Deno.test("the image runs as a user of its own, with the Deno that the project is tested on", async () => {
  const final = dockerfile.slice(dockerfile.lastIndexOf("\nFROM "));
  assert.match(final, /^USER 10001:10001$/m);
  assert.doesNotMatch(dockerfile, /--allow-all|"-A"/);
  const versions = new Set<string>();
  for (const path of ["Dockerfile", ".ci/run", ".github/workflows/ci.yml"]) {
    for (const [, version = ""] of (await read(path)).matchAll(/\bdeno@(\d+\.\d+\.\d+)/g)) {
      versions.add(version);
    }
  }
  assert.deepEqual([...versions], [Deno.version.deno]);
});

Deno.test("the image starts the server with the rights that `deno task serve` gives it", () => {
  const json = dockerfile.slice(dockerfile.lastIndexOf("\nCMD ") + 5).replaceAll("\\\n", "");
  const command = z.array(z.string()).parse(JSON.parse(json));
  const script = command.indexOf("/app/serve/main.ts");
  assert.ok(script > 0);
  const expected = serverCommand(parseServeArgs(command.slice(script + 1)), "/usr/local/bin/deno");
  // The image has the project in /app.
  const inImage = expected.map((arg) => arg.replaceAll(`${ROOT}/`, "/app/"));
  assert.deepEqual(command.slice(1), inImage.slice(1));
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
