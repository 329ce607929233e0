/** Notebook files: nbformat 4 (https://nbformat.readthedocs.io/en/latest/format_description.html). */
import { z } from "zod";

const text = z.union([z.string(), z.array(z.string())]);
const data = z.record(
  z.string(),
  z.union([text, z.record(z.string(), z.unknown())]),
);
const metadata = z.record(z.string(), z.unknown());

const outputSchema = z.discriminatedUnion("output_type", [
  z.strictObject({
    output_type: z.literal("stream"),
    name: z.enum(["stdout", "stderr"]),
    text,
  }),
  z.strictObject({ output_type: z.literal("display_data"), data, metadata }),
  z.strictObject({
    output_type: z.literal("execute_result"),
    execution_count: z.int().nullable(),
    data,
    metadata,
  }),
  z.strictObject({
    output_type: z.literal("error"),
    ename: z.string(),
    evalue: z.string(),
    traceback: z.array(z.string()),
  }),
]);

const common = { id: z.string(), metadata, source: text };

const codeCellSchema = z.strictObject({
  cell_type: z.literal("code"),
  ...common,
  execution_count: z.int().nullable(),
  outputs: z.array(outputSchema),
});

const notebookSchema = z.strictObject({
  cells: z.array(z.discriminatedUnion("cell_type", [
    codeCellSchema,
    z.strictObject({ cell_type: z.literal("markdown"), ...common }),
    z.strictObject({ cell_type: z.literal("raw"), ...common }),
  ])),
  metadata,
  nbformat: z.literal(4),
  nbformat_minor: z.int().min(5),
});

/** What the code cells of a notebook put out, in their order. */
export const cellOutputsSchema = z.array(
  z.strictObject({
    execution_count: z.int().nullable(),
    outputs: z.array(outputSchema),
  }),
);

export type CellOutputs = z.infer<typeof cellOutputsSchema>;
export type Output = z.infer<typeof outputSchema>;
export type CodeCell = z.infer<typeof codeCellSchema>;
export type Notebook = z.infer<typeof notebookSchema>;
type Data = z.infer<typeof data>;

/** Parses a notebook's text; throws `SyntaxError` naming `path` where it is not nbformat 4.5. */
export function parseNotebook(path: string, text: string): Notebook {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new SyntaxError(
      `${path} is not JSON: ${error instanceof Error ? error.message : error}`,
    );
  }
  const parsed = notebookSchema.safeParse(json);
  if (!parsed.success) {
    throw new SyntaxError(
      `${path} is not a notebook: ${z.prettifyError(parsed.error)}`,
    );
  }
  return parsed.data;
}

/**
 * The notebook's text, as Jupyter writes it: keys sorted, texts as arrays of lines, so that
 * equal notebooks give equal bytes.
 */
export function formatNotebook(notebook: Notebook): string {
  const cells = notebook.cells.map((cell) => ({
    ...cell,
    source: lines(cell.source),
    ...(cell.cell_type === "code" ? { outputs: cell.outputs.map(outputLines) } : {}),
  }));
  return JSON.stringify(sorted({ ...notebook, cells }), null, 1) + "\n";
}

/** What the code cells hold now. */
export function outputsOf({ cells }: Notebook): CellOutputs {
  return cells.flatMap((cell) =>
    cell.cell_type === "code"
      ? [{ execution_count: cell.execution_count, outputs: cell.outputs }]
      : []
  );
}

/** The notebook with these outputs below its code cells. Throws `RangeError` for another number of them. */
export function withOutputs(notebook: Notebook, outputs: CellOutputs): Notebook {
  let next = 0;
  const cells = notebook.cells.map((cell) => {
    if (cell.cell_type !== "code") return cell;
    const made = outputs[next++];
    if (made === undefined) {
      throw new RangeError(`There are outputs of ${outputs.length} cells only`);
    }
    return { ...cell, ...made };
  });
  if (next !== outputs.length) {
    throw new RangeError(`Outputs of ${outputs.length} cells do not fit ${next} code cells`);
  }
  return { ...notebook, cells };
}

/** The code of a cell as one string. */
export function sourceOf(
  cell: { readonly source: string | readonly string[] },
): string {
  return typeof cell.source === "string" ? cell.source : cell.source.join("");
}

function outputLines(output: Output): Output {
  if (output.output_type === "stream") {
    return { ...output, text: lines(output.text) };
  }
  if (output.output_type === "error") return output;
  const byType: Data = {};
  for (const [type, value] of Object.entries(output.data)) {
    const whole = type.startsWith("image/") && type !== "image/svg+xml";
    const isText = typeof value === "string" || Array.isArray(value);
    byType[type] = isText && !whole ? lines(value) : value;
  }
  return { ...output, data: byType };
}

function lines(text: string | string[]): string[] {
  const whole = typeof text === "string" ? text : text.join("");
  return whole === "" ? [] : whole.split(/(?<=\n)/);
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(
    entries.map(([key, inner]) => [key, sorted(inner)]),
  );
}
