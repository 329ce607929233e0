import assert from "node:assert/strict";
import fc from "../support/fast_check.ts";
import { extract } from "../../notebooks/run/cells.ts";
import {
  formatNotebook,
  type Notebook,
  outputsOf,
  parseNotebook,
  withOutputs,
} from "../../notebooks/run/notebook.ts";
import { codeNotebook } from "./code_notebook.ts";

const notebook = (...sources: string[]) => codeNotebook(sources);

Deno.test("formatNotebook is stable: formatting what it wrote changes nothing", () => {
  fc.assert(fc.property(fc.array(fc.string()), (sources) => {
    const once = formatNotebook(notebook(...sources));
    assert.equal(formatNotebook(parseNotebook("x.ipynb", once)), once);
  }));
});

Deno.test("formatNotebook sorts keys and splits texts, but no image, into lines", () => {
  const made = notebook("show()");
  const [cell] = made.cells;
  assert.ok(cell?.cell_type === "code");
  cell.outputs.push({
    output_type: "display_data",
    metadata: {},
    data: { "text/plain": "a\nb", "image/png": "iVBO\n" },
  });
  const text = formatNotebook(made);
  assert.match(text, /"image\/png": "iVBO\\n",\s+"text\/plain": \[\s+"a\\n",\s+"b"\s+\]/);
});

Deno.test("parseNotebook names the file that is no notebook", () => {
  assert.throws(
    () => parseNotebook("broken.ipynb", "{"),
    /^SyntaxError: broken\.ipynb is not JSON/,
  );
  assert.throws(
    () => parseNotebook("old.ipynb", `{"nbformat": 3}`),
    /^SyntaxError: old\.ipynb is not a notebook/,
  );
});

Deno.test("extract makes one module of the cells and knows where each line came from", () => {
  const { code, origin } = extract(
    "/shop/notebooks/a.ipynb",
    notebook(`import { table } from "./lib/table.ts";\nconst a = 1;`, `await import('../x.ts');`),
  );
  assert.equal(
    code,
    `import { table } from "file:///shop/notebooks/lib/table.ts";\nconst a = 1;\n` +
      `await import('file:///shop/x.ts');\nexport {};\n`,
  );
  assert.deepEqual(origin, [{ cell: 1, line: 1 }, { cell: 1, line: 2 }, { cell: 2, line: 1 }]);
});

Deno.test("outputs are put back below the cells that they came from, and only there", () => {
  const made = notebook("a()", "b()");
  const outputs = outputsOf(made);
  const [first, second] = outputs;
  assert.ok(first && second);
  second.outputs = [{ output_type: "stream", name: "stdout", text: "b\n" }];
  const text: Notebook["cells"][number] = {
    cell_type: "markdown",
    id: "text",
    metadata: {},
    source: "# b",
  };
  const edited = { ...made, cells: [text, ...made.cells] };
  const whole = withOutputs(edited, outputs);
  assert.equal(whole.cells[0], text);
  assert.deepEqual(outputsOf(whole), outputs);
  assert.throws(() => withOutputs(notebook("a()"), outputs), /^RangeError: .*do not fit 1 code/);
  assert.throws(() => withOutputs(notebook("", "", ""), outputs), /^RangeError: .*2 cells only/);
});
