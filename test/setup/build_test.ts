import assert from "node:assert/strict";
import { join } from "node:path";
import { build, tensorflow } from "../../pipeline/als/tfjs_tensorflow.ts";
import { damage, makeBuild } from "../../pipeline/setup/build.ts";
import type { Ended, Machine } from "../../pipeline/setup/machine.ts";
import { libraries, packages, wheel } from "../../pipeline/setup/pins.ts";
import { setUp } from "../../pipeline/setup/tfjs_node.ts";

const done: Ended = { success: true, output: "" };

/** A machine that has all tools, on which `answer` stands in for what they do. */
function stand(
  answer: (command: string, args: readonly string[]) => Promise<Ended> | Ended,
  more: Partial<Machine> = {},
) {
  const calls: string[] = [];
  const lines: string[] = [];
  const machine: Machine = {
    os: "linux",
    arch: "x86_64",
    async run(command, args) {
      calls.push([command, ...args].join(" "));
      return await answer(command, args);
    },
    say: (line) => void lines.push(line),
    ...more,
  };
  return { machine, calls, lines };
}

const unchecked = () => Promise.resolve();

async function inFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "tfjs-node_" });
  try {
    await use(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function names(folder: string): Promise<string[]> {
  return (await Array.fromAsync(Deno.readDir(folder), ({ name }) => name)).sort();
}

Deno.test("setup: all that is missing is named, with the packages of Debian that bring it", async () => {
  await inFolder(async (folder) => {
    const missing: Record<string, () => Ended> = {
      "g++": () => {
        throw new Deno.errors.NotFound("no such file");
      },
      python3: () => ({ success: false, output: "No module named pip" }),
    };
    const { machine } = stand((command) => missing[command]?.() ?? done);
    await assert.rejects(makeBuild(join(folder, "build"), machine, unchecked), {
      message: /g\+\+, python3 with pip\. .*apt-get install g\+\+ python3-pip$/,
    });
    assert.deepEqual(await names(folder), []);
  });
});

Deno.test("setup: a platform without a pinned library is told, before anything is done", async () => {
  await inFolder(async (folder) => {
    const { machine, calls } = stand(() => done, { arch: "aarch64" });
    await assert.rejects(makeBuild(folder, machine, unchecked), /linux on aarch64.*WebAssembly/);
    assert.deepEqual(calls, []);
  });
});

Deno.test("setup: a wheel with another digest is refused, and fetched again the next time", async () => {
  await inFolder(async (folder) => {
    const { machine, calls } = stand(async (_, args) => {
      const into = args[args.indexOf("--dest") + 1];
      if (!args.includes("download") || into === undefined) return done;
      await Deno.mkdir(into, { recursive: true });
      await Deno.writeTextFile(join(into, wheel.file), "another file");
      return done;
    });
    for (let attempt = 1; attempt <= 2; attempt++) {
      await assert.rejects(makeBuild(folder, machine, unchecked), (error) => {
        assert.ok(error instanceof Error);
        assert.ok(error.message.includes(wheel.sha256), error.message);
        assert.match(error.message, /has SHA-256 [0-9a-f]{64}; .*nothing of it was used/);
        return true;
      });
      assert.equal(calls.filter((call) => call.includes("download")).length, attempt);
    }
  });
});

Deno.test("setup: a command that fails says what it was for, and what it said", async () => {
  await inFolder(async (folder) => {
    const { machine } = stand((_, args) =>
      args.includes("download") ? { success: false, output: "no index\nERROR: offline" } : done
    );
    await assert.rejects(makeBuild(folder, machine, unchecked), {
      message:
        /The download of tensorflow-cpu==.* failed\. python3 said:\nno index\nERROR: offline/,
    });
  });
});

Deno.test("setup: what an interrupted run has finished is not done again", async () => {
  await inFolder(async (folder) => {
    // As a run leaves them that was killed before, or while, the addon is compiled.
    await Deno.mkdir(join(folder, "wheel"));
    await Deno.mkdir(join(folder, "node_modules"));
    await Deno.writeTextFile(join(folder, ".tfjs_binding.node"), "half an addon");
    const { machine, calls } = stand(async (_, args) => {
      const out = args[args.indexOf("-o") + 1];
      if (args.includes("-o") && out !== undefined) await Deno.writeTextFile(out, "addon");
      return done;
    });
    let checked = "";
    await makeBuild(folder, machine, async (made) => {
      checked = await Deno.readTextFile(join(made, "tfjs_binding.node"));
    });
    assert.equal(checked, "addon");
    assert.deepEqual(calls.map((call) => call.split(" ").slice(0, 4).join(" ")), [
      "g++ --version",
      "python3 -m pip --version",
      "npm --version",
      "g++ -O2 -std=c++17 -fPIC",
    ]);
    assert.deepEqual(await damage(folder), []);
    await Deno.writeTextFile(join(folder, "tfjs_binding.node"), "Addon");
    await Deno.writeTextFile(join(folder, "node_modules", "new.js"), "");
    assert.deepEqual((await damage(folder))?.sort(), ["node_modules/new.js", "tfjs_binding.node"]);
  });
});

Deno.test("setup: a build that does not work does not take the place of the one that is there", async () => {
  await inFolder(async (folder) => {
    const [old, beside] = [join(folder, "old"), join(folder, "beside")];
    await Deno.mkdir(old);
    await Deno.writeTextFile(join(old, "file"), "");
    for (const name of ["wheel", "node_modules"]) {
      await Deno.mkdir(join(beside, "partial", name), { recursive: true });
    }
    const { machine, lines } = stand(async (_, args) => {
      const out = args[args.indexOf("-o") + 1];
      if (args.includes("-o") && out !== undefined) await Deno.writeTextFile(out, "addon");
      return done;
    });
    const broken = () => Promise.reject(new Error("it does not load"));
    await assert.rejects(setUp(old, beside, machine, broken), /it does not load/);
    assert.deepEqual(await names(old), ["file"]);
    await setUp(old, beside, machine, unchecked);
    assert.deepEqual(await names(old), [
      "manifest.json",
      "node_modules",
      "tfjs_binding.node",
      "wheel",
    ]);
    assert.match(lines.join("\n"), /manifest\.json changed[^]*done in \d+ s/);
    lines.length = 0;
    await setUp(old, beside, stand(() => assert.fail("nothing is to be run")).machine, broken);
  });
});

Deno.test("setup: every pin is a whole digest and one version", () => {
  for (const digest of [wheel.sha256, ...Object.values(libraries)]) {
    assert.match(digest, /^[0-9a-f]{64}$/);
  }
  for (const { version, sha512 } of packages) {
    assert.match(version, /^\d+\.\d+\.\d+$/);
    assert.match(sha512, /^[A-Za-z0-9+/]{86}==$/);
  }
});

const built = await tensorflow.there();
Deno.test({
  name: `setup: the build is whole, and another run ends at once${
    built ? "" : " (skipped: no build; run `deno task setup:tfjs-node`)"
  }`,
  ignore: !built,
  async fn() {
    assert.deepEqual(await damage(build), []);
    const { success, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["task", "--quiet", "setup:tfjs-node"],
      env: { NO_COLOR: "1", PATH: "" },
    }).output();
    assert.ok(success);
    assert.match(new TextDecoder().decode(stderr), /is there already, whole and unchanged: \d+ MB/);
  },
});
