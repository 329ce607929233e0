/** COPY's text format, read back by its rules (PostgreSQL's documentation, "COPY", "Text Format"). */
import assert from "node:assert/strict";
import fc from "../support/fast_check.ts";
import {
  copyRow,
  copyText,
  copyVector,
  NULL,
  storable,
  unstorable,
} from "../../pipeline/vectors/copy.ts";

/** What COPY reads: rows of fields, null where one is `\N`. */
function read(text: string): (string | null)[][] {
  assert(text.endsWith("\n"));
  const escapes: Record<string, string> = {
    ...{ b: "\b", f: "\f", n: "\n", r: "\r", t: "\t", v: "\v" },
  };
  return text.slice(0, -1).split("\n").map((line) => {
    assert(!line.includes("\r"), "a carriage return ends a line, too");
    assert.notEqual(line, "\\.", "the end of the data");
    return line.split("\t").map((field) => {
      if (field === "\\N") return null;
      return field.replace(/\\(.)/gs, (_, character: string) => {
        assert(!/[0-7x]/.test(character), "an octal or hexadecimal escape");
        return escapes[character] ?? character;
      });
    });
  });
}

const hostile = fc.string({
  unit: fc.oneof(
    fc.constantFrom("\\", "\t", "\n", "\r", "'", '"', "N", ".", "x", "0", "\0", ",", "{", "$"),
    fc.string({ unit: "binary", minLength: 1, maxLength: 1 }),
    fc.constantFrom("\ud800", "\udfff", "\u2028", "\ufeff"),
  ),
});

Deno.test("rows of hostile texts are read back as they were", () => {
  fc.assert(fc.property(
    fc.array(fc.array(fc.option(hostile), { minLength: 2, maxLength: 4 }), { minLength: 1 }),
    (rows) => {
      const stored = rows.map((row) => row.map((text) => text === null ? null : storable(text)));
      const text = stored.map((row) =>
        copyRow(row.map((field) => field === null ? NULL : copyText(field)))
      );
      assert.deepEqual(read(text.join("")), stored);
    },
  ));
});

Deno.test("a text is stored as it is, or there is a reason why it cannot be", () => {
  fc.assert(fc.property(hostile, (text) => {
    const stored = storable(text);
    assert.equal(stored === text, unstorable(text) === undefined);
    assert.equal(unstorable(stored), undefined);
    assert.equal(
      new TextDecoder("utf-8", { ignoreBOM: true }).decode(new TextEncoder().encode(stored)),
      stored,
    );
    assert.equal(stored.length, text.length, "one character for one");
  }));
});

Deno.test("every float32 is read back to the bit", () => {
  const float = fc.float({ noNaN: true, noDefaultInfinity: true });
  fc.assert(
    fc.property(fc.float32Array({ noNaN: true, noDefaultInfinity: true }), float, (a, x) => {
      const data = Float32Array.from([x, ...a, x]);
      const text = copyVector(data, 1, a.length);
      assert(/^\[[-+0-9e.,]*\]$/.test(text), text);
      const back = text === "[]"
        ? []
        : text.slice(1, -1).split(",").map((v) => Math.fround(Number(v)));
      // Zero has no sign here, which no inner product can tell.
      assert.deepEqual(back.map((v) => v + 0), Array.from(a, (v) => v + 0));
    }),
  );
});
