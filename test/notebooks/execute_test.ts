import assert from "node:assert/strict";
import { checkTypes } from "../../notebooks/run/cells.ts";
import { CellError, execute } from "../../notebooks/run/execute.ts";
import { formatNotebook, parseNotebook } from "../../notebooks/run/notebook.ts";
import { ZmtpSocket } from "../../notebooks/run/zmtp.ts";
import { codeNotebook } from "./code_notebook.ts";

Deno.test("a notebook is executed to the same bytes every time, no output lost", async () => {
  await withNotebook([
    "const a: number = 20;\nconsole.log('one');\nconsole.log('two');",
    "a + 1",
    `await Deno.jupyter.broadcast("display_data", {
  data: { "text/plain": "x", "text/html": "<b>x</b>" },
  metadata: {},
  transient: {},
});`,
    `"x".repeat(200_000)`,
  ], async (path, text) => {
    const first = await execute(path, parseNotebook(path, text));
    const outputs = first.cells.map((cell) => cell.cell_type === "code" ? cell.outputs : []);
    assert.deepEqual(outputs.map((list) => list.map(({ output_type }) => output_type)), [
      ["stream"],
      ["execute_result"],
      ["display_data"],
      ["execute_result"],
    ]);
    assert.deepEqual(outputs[0], [
      { output_type: "stream", name: "stdout", text: "one\ntwo\n" },
    ]);
    const [result] = outputs[1] ?? [];
    assert.ok(result?.output_type === "execute_result");
    assert.equal(result.data["text/plain"], "21");
    const written = formatNotebook(first);
    const again = await execute(path, parseNotebook(path, written));
    assert.equal(formatNotebook(again), written);
  });
});

Deno.test("a failing cell is named with its notebook, number and line", async () => {
  await withNotebook([
    "const good = 1;",
    "const bad = () => {\n  throw new RangeError('no');\n};\nbad()",
  ], async (path, text) => {
    await assert.rejects(execute(path, parseNotebook(path, text)), (error) => {
      assert.ok(error instanceof CellError);
      assert.equal(error.message, "test.ipynb: code cell 2, line 2: RangeError: no");
      return true;
    });
  });
});

Deno.test("a type error in a cell is named with its cell and line", async () => {
  await withNotebook(
    ["const a = 1;", "const text: string = 'x';\nconst n: number = text;"],
    async (path, text) => {
      const notebook = parseNotebook(path, text);
      const good = path.replace("test", "good");
      const innocent = { ...notebook, cells: notebook.cells.slice(0, 1) };
      const complaints = await checkTypes(new Map([[good, innocent], [path, notebook]]), true);
      assert.deepEqual([...complaints.keys()], [path]);
      const complaint = complaints.get(path) ?? "";
      assert.match(complaint, /TS2322/);
      assert.ok(complaint.includes("test.ipynb: code cell 2, line 2"), complaint);
      assert.doesNotMatch(complaint, /cells-/);
    },
  );
});

Deno.test("a cell that does not parse is named with its cell and line", async () => {
  await withNotebook(["const a = 1;", "const b = ;"], async (path, text) => {
    const complaints = await checkTypes(new Map([[path, parseNotebook(path, text)]]), true);
    assert.match(complaints.get(path) ?? "", /test\.ipynb: code cell 2, line 1/);
  });
});

Deno.test("a peer that does not speak ZMTP is refused", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const peer = (async () => {
    const connection = await listener.accept();
    await connection.write(new TextEncoder().encode("HTTP/1.1 400 Bad Request\r\n".padEnd(64)));
    await connection.read(new Uint8Array(64));
    connection.close();
  })();
  await assert.rejects(ZmtpSocket.connect(listener.addr.port, "DEALER"), /does not speak ZMTP/);
  await peer;
  listener.close();
});

/** Writes a notebook with these code cells into a folder of its own for the time of `use`. */
async function withNotebook(
  sources: readonly string[],
  use: (path: string, text: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.realPath(await Deno.makeTempDir());
  try {
    await Deno.writeTextFile(`${folder}/deno.json`, `{ "compilerOptions": { "strict": true } }`);
    const text = JSON.stringify(codeNotebook(sources));
    const path = `${folder}/test.ipynb`;
    await Deno.writeTextFile(path, text);
    await use(path, text);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
