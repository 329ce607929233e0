import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";

const SERVER = `
import { listen } from ${JSON.stringify(new URL("../../serve/listen.ts", import.meta.url).href)};
const server = listen({
  hostname: "127.0.0.1",
  port: 0,
  handler: () => new Response("here"),
  onListen: ({ port }) => console.log("listening " + port),
  onShortage: () => console.log("shortage"),
});
Deno.addSignalListener("SIGTERM", () => void server.shutdown());
await server.finished;
console.log("ended");
`;

Deno.test("a lack of file descriptors is survived: once clients go, others are answered", async () => {
  const file = await Deno.makeTempFile({ suffix: ".ts" });
  await Deno.writeTextFile(file, SERVER);
  const config = fileURLToPath(new URL("../../deno.json", import.meta.url));
  const flags = ["run", "--no-check", "--allow-net=127.0.0.1", "--config", config];
  const server = new Deno.Command("sh", {
    args: ["-c", 'ulimit -n 120; exec "$@"', "sh", Deno.execPath(), ...flags, file],
    env: { NO_COLOR: "1" },
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const lines: string[] = [];
  let seen = () => {};
  const reading = (async () => {
    for await (const chunk of server.stdout.pipeThrough(new TextDecoderStream())) {
      lines.push(...chunk.trim().split("\n"));
      seen();
    }
  })();
  const waitFor = async (count: number) => {
    while (lines.length < count) await new Promise<void>((resolve) => seen = resolve);
  };
  const left: Deno.Conn[] = [];
  try {
    await waitFor(1);
    const port = Number(/^listening (\d+)$/.exec(lines[0] ?? "")?.[1]);
    for (let n = 0; n < 200; n++) {
      const connection = await Deno.connect({ hostname: "127.0.0.1", port }).catch(() => undefined);
      if (connection === undefined) break;
      left.push(connection);
    }
    await waitFor(2);
    for (const connection of left.splice(0)) connection.close();
    await waitFor(3);
    assert.deepEqual(lines.slice(1, 3), ["shortage", `listening ${port}`]);
    assert.equal(await (await fetch(`http://127.0.0.1:${port}/`)).text(), "here");
  } finally {
    for (const connection of left) connection.close();
    server.kill("SIGTERM");
    await server.status;
    await reading;
    await Deno.remove(file);
  }
  assert.equal(lines.at(-1), "ended");
});
