import assert from "node:assert/strict";
import fc from "../../support/fast_check.ts";
import {
  bitsText,
  booleanText,
  decimalText,
  floatText,
} from "../../../pipeline/data/databases/values.ts";

Deno.test("decimals that are whole lose their zeros, no other digit is lost", () => {
  assert.equal(decimalText("12.00"), "12");
  assert.equal(decimalText("-0.000"), "0");
  assert.equal(decimalText("12.50"), "12.50");
  assert.equal(decimalText("12345678901234567890.00"), "12345678901234567890.00");
  assert.equal(decimalText("NaN"), "NaN");
  const digits = fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n });
  fc.assert(fc.property(digits, fc.stringMatching(/^\d{0,6}$/), (whole, fraction) => {
    const text = fraction === "" ? String(whole) : `${whole}.${fraction}`;
    const found = decimalText(text);
    assert.equal(decimalText(found), found);
    const zeros = found + (found.includes(".") ? "" : text.slice(String(whole).length));
    assert.equal(zeros, text);
  }));
});

Deno.test("floats that are whole are written as whole numbers, as long as they stand for one alone", () => {
  assert.equal(floatText("1e+15"), "1000000000000000");
  assert.equal(floatText("3.0"), "3");
  assert.equal(floatText("0.1"), "0.1");
  assert.equal(floatText("1e+300"), "1e+300");
  assert.equal(floatText("NaN"), "NaN");
  assert.equal(floatText("Infinity"), "Infinity");
  fc.assert(fc.property(fc.double(), (value) => {
    assert.ok(Object.is(Number(floatText(String(value))), value) || value === 0);
  }));
});

Deno.test("PostgreSQL's booleans are spelt out, bits are numbers", () => {
  assert.deepEqual(["t", "f"].map(booleanText), ["true", "false"]);
  assert.equal(bitsText(Uint8Array.of(1)), "1");
  assert.equal(bitsText(Uint8Array.of(1, 0, 255)), "65791");
});
