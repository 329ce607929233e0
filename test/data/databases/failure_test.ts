import assert from "node:assert/strict";
import fc from "../../support/fast_check.ts";
import { addressOf } from "../../../pipeline/data/databases/address.ts";
import { DatabaseError, databaseFailure } from "../../../pipeline/data/databases/failure.ts";

Deno.test("no message holds the password, plain or as in a URL", () => {
  fc.assert(fc.property(fc.string({ minLength: 4 }), fc.string(), (password, text) => {
    const address = addressOf(
      "mysql://u@db/shop",
      "key",
      (name) => name === "MYSQL_PWD" ? password : "",
    );
    const said = (secret: string) =>
      databaseFailure(new Error(`${text}|${secret}|`), address, "key").message;
    // What stands there without it is no secret.
    fc.pre(!said("").includes(password) && !"***".includes(password));
    assert.ok(!said(password).includes(password));
    assert.equal(said(encodeURIComponent(password)), said(password));
    const shown = databaseFailure(new Error(password), address, "key");
    assert.equal(shown.cause, undefined);
  }));
});

Deno.test("codes of servers and of the network have their remedies", () => {
  const address = addressOf("postgresql://db/shop", "key", () => undefined);
  const remedy = (code: string | number, name = "code") => {
    const error = databaseFailure(Object.assign(new Error("no"), { [name]: code }), address, "key");
    assert.ok(error instanceof DatabaseError);
    assert.equal(error.message, "key: postgresql://db:5432/shop: no");
    return error.remedy;
  };
  assert.match(remedy("28P01"), /Check user and password/);
  assert.match(remedy(1045, "errno"), /Check user and password/);
  assert.match(remedy("42P01"), /Check the table's name/);
  assert.match(remedy("57014"), /longer statement_timeout/);
  assert.match(remedy(1412, "errno"), /was changed while it was read/);
  assert.match(remedy("ENOTFOUND"), /Check the host/);
  assert.match(remedy("ECONNRESET"), /nothing of this run was kept/);
  assert.match(remedy("XX000"), /psql or mysql/);
});

Deno.test("what the words alone tell has its remedy", () => {
  const address = addressOf("postgresql://db/shop", "key", () => undefined);
  const remedy = (message: string, code?: string) => {
    const failed = Object.assign(new Error(message), code === undefined ? {} : { code });
    const error = databaseFailure(failed, address, "key");
    assert.ok(error instanceof DatabaseError);
    return error.remedy;
  };
  assert.match(remedy("cached plan must not change result type", "0A000"), /Run again/);
  assert.match(remedy("cross-database references are not implemented", "0A000"), /Correct the/);
  assert.match(remedy("timeout expired"), /Check host and port/);
});

Deno.test("where several addresses of a name failed, the first one says why", () => {
  const address = addressOf("postgresql://db/shop", "key", () => undefined);
  const refused = Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" });
  const error = databaseFailure(new AggregateError([refused]), address, "key");
  assert.match(error.message, /connect ECONNREFUSED$/);
});
