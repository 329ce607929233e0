/** Values as PostgreSQL's COPY reads them in its text format: fields by tabs, rows by line ends. */

/** A field that is NULL. */
export const NULL = "\\N";

const ESCAPES: Readonly<Record<string, string>> = {
  "\\": "\\\\",
  "\t": "\\t",
  "\n": "\\n",
  "\r": "\\r",
};

/** A text as a field. It must be well-formed and without U+0000, which PostgreSQL stores in no text. */
export function copyText(text: string): string {
  return text.replace(/[\\\t\n\r]/g, (character) => ESCAPES[character]!);
}

/** A row of fields that are escaped already. */
export function copyRow(fields: readonly (string | number)[]): string {
  return fields.join("\t") + "\n";
}

/**
 * pgvector's text form of the `cols` values from `at` on. Nine digits tell every float32 from every
 * other, so what is read is what was written.
 */
export function copyVector(data: Float32Array, at: number, cols: number): string {
  let text = "[";
  for (let c = 0; c < cols; c++) {
    const value = data[at + c]!;
    if (c > 0) text += ",";
    text += Number.isInteger(value) ? value : Number(value.toPrecision(9));
  }
  return text + "]";
}

/** Why PostgreSQL cannot store a text as it is; `undefined` where it can. */
export function unstorable(text: string): string | undefined {
  if (text.includes("\0")) return "a character U+0000, which PostgreSQL stores in no text";
  return text.isWellFormed() ? undefined : "half of a surrogate pair, which is no character";
}

/** A text with U+FFFD for every character that PostgreSQL cannot store. */
export function storable(text: string): string {
  return text.toWellFormed().replaceAll("\0", "\ufffd");
}
