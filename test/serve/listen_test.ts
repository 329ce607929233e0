import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { tell } from "../../pipeline/child.ts";

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
  let over = false;
  const ended = server.status.then(() => over = true);
  const lines: string[] = [];
  let seen = () => {};
  const reading = (async () => {
    for await (const chunk of server.stdout.pipeThrough(new TextDecoderStream())) {
      lines.push(...chunk.trim().split("\n"));
      seen();
    }
  })();
  const waitFor = async (so: () => boolean) => {
    while (!so()) await new Promise<void>((resolve) => seen = resolve);
  };
  const left: Deno.Conn[] = [];
  try {
    await waitFor(() => lines.length > 0);
    const port = Number(/^listening (\d+)$/.exec(lines[0] ?? "")?.[1]);
    for (let n = 0; n < 200; n++) {
      const connection = await Deno.connect({ hostname: "127.0.0.1", port }).catch(() => undefined);
      if (connection === undefined) break;
      left.push(connection);
    }
    await waitFor(() => lines.length > 1);
    for (const connection of left.splice(0)) connection.close();
    // It tries again by the clock: before the clients have gone it may well meet the shortage once more.
    let answer: string | undefined;
    while (answer === undefined && !over) {
      await waitFor(() => lines.at(-1) === `listening ${port}`);
      const asked = fetch(`http://127.0.0.1:${port}/`);
      answer = await asked.then((response) => response.text(), () => undefined);
    }
    assert.equal(answer, "here");
    assert.equal(lines[1], "shortage");
    const others = lines.filter((line) => line !== "shortage" && line !== `listening ${port}`);
    assert.deepEqual(others, []);
  } finally {
    for (const connection of left) connection.close();
    tell(server, "SIGTERM");
    await ended;
    await reading;
    await Deno.remove(file);
  }
  assert.equal(lines.at(-1), "ended");
});
