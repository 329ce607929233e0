import assert from "node:assert/strict";
import fc from "../../support/fast_check.ts";
import { addressOf } from "../../../pipeline/data/databases/address.ts";

const KEY = "source.interactions.url";
const none = () => undefined;

function address(url: string, environment: Readonly<Record<string, string>> = {}) {
  return addressOf(url, KEY, (name) => environment[name]);
}

Deno.test("a URL says host, port, user, database; the rest are the usual values", () => {
  assert.deepEqual(address("postgresql://reader@db.example:5433/shop?sslmode=verify-full"), {
    kind: "postgresql",
    host: "db.example",
    port: 5433,
    user: "reader",
    password: undefined,
    database: "shop",
    tls: "verify-full",
    authorities: undefined,
    label: "postgresql://db.example:5433/shop",
  });
  assert.equal(address("mariadb://db/shop").port, 3306);
  assert.equal(address("postgres://db:80/shop").port, 80);
  assert.equal(address("postgresql://[::1]:5433/shop").host, "::1");
  assert.equal(address("postgresql://[::1]:5433/shop").label, "postgresql://[::1]:5433/shop");
  assert.equal(address("postgresql://db").tls, "prefer");
});

Deno.test("what a URL leaves out comes from the variables of the database's own clients", () => {
  const environment = {
    PGHOST: "db",
    PGPORT: "5434",
    PGUSER: "reader",
    PGPASSWORD: "p",
    PGDATABASE: "shop",
    PGSSLMODE: "require",
    MYSQL_HOST: "my",
    MYSQL_PWD: "q",
  };
  const { host, port, user, password, database, tls } = address("postgresql://", environment);
  assert.deepEqual([host, port, user, password, database, tls], [
    ...["db", 5434, "reader", "p", "shop", "require"],
  ]);
  assert.equal(address("postgresql://other@/shop", environment).host, "db");
  assert.equal(address("postgresql://other@/shop", environment).user, "other");
  const mysql = address("mysql://u@/shop", environment);
  assert.deepEqual([mysql.host, mysql.password, mysql.user], ["my", "q", "u"]);
});

Deno.test("placeholders hold any text: it comes out as it was put in", () => {
  const text = fc.string({ minLength: 1, unit: "grapheme" }).filter((text) => text.isWellFormed());
  fc.assert(fc.property(text, text, text, (user, password, database) => {
    const url = "postgresql://${WHO}:${SECRET}@db/${NAME}";
    const found = address(url, { WHO: user, SECRET: password, NAME: database });
    assert.deepEqual([found.user, found.password, found.database], [user, password, database]);
    assert.equal(found.host, "db");
  }));
});

Deno.test("a database's name is no path to walk through", () => {
  for (const name of [".", "..", "%2e", "a/b", "../x", "?", "#", "\\"]) {
    assert.equal(address("postgresql://${H}/${N}", { H: "db", N: name }).database, name);
  }
});

Deno.test("one placeholder may stand for the whole URL; its faults are told without its value", () => {
  const { host, password } = address("${DATABASE_URL}", { DATABASE_URL: "mysql://u:p%40@db/s\n" });
  assert.deepEqual([host, password], ["db", "p@"]);
  for (
    const value of ["u:s3cret@db/shop", "postgresql://u:s3cret@d b:x/shop", "redis://u:s3cret@x"]
  ) {
    assert.throws(() => address("${DATABASE_URL}", { DATABASE_URL: value }), (error) => {
      assert.ok(error instanceof TypeError);
      assert.match(error.message, /^source\.interactions\.url, the value of DATABASE_URL, /);
      assert.doesNotMatch(error.message, /s3cret/);
      return true;
    });
  }
});

Deno.test("what cannot be meant is refused", () => {
  assert.throws(() => addressOf("mysql://${NOBODY}@db/s", KEY, none), /set NOBODY/);
  assert.throws(() => address("postgresql://db/s?sslmode=allow"), /none of prefer, disable/);
  assert.throws(() => address("postgresql://db/s?options=-c"), /not known \(known are sslmode/);
  assert.throws(
    () => address("postgresql://db/s?sslmode=require&sslrootcert=ca.pem"),
    /sslmode=require does not ask: write sslmode=verify-full/,
  );
  assert.throws(() => address("mysql://db/s?sslrootcert=ca.pem"), /write sslmode=verify-full/);
  const trusted = { PGSSLROOTCERT: "ca.pem" };
  assert.throws(() => address("postgresql://db/s?sslmode=require", trusted), /verify-full/);
  assert.equal(address("postgresql://db/s", trusted).tls, "prefer");
  const whole = address("postgresql://db/s?sslmode=verify-full&sslrootcert=ca.pem");
  assert.equal(whole.authorities, "ca.pem");
  assert.throws(() => address("postgresql://db:99999/s"), /is no URL|no usable port/);
  assert.throws(
    () => address("postgresql://", { PGHOST: "/var/run/postgresql" }),
    /names a socket/,
  );
  assert.throws(() => address("postgresql://", { PGPORT: "x" }), /no usable port/);
});
