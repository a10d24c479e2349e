import assert from "node:assert/strict";
import {
  catalogFunction,
  extensionFunction,
  extensionsAlong,
  extensionsWith,
  isCatalogType,
  isExtensionType,
  isListed,
} from "../../server/src/core/schema/catalog.js";

suite("schema/catalog", () => {
  const taken = (name: string): readonly number[] =>
    [0, 1, 2, 3, 4, 9].filter((count) => catalogFunction(name)?.takes(count) === true);

  test("functions take as many arguments as PostgreSQL says", () => {
    assert.deepEqual(taken("now"), [0]);
    assert.deepEqual(taken("left"), [2]);
    assert.deepEqual(taken("random"), [0, 2]);
    assert.deepEqual(taken("jsonb_set"), [3, 4]);
    assert.deepEqual(taken("concat"), [1, 2, 3, 4, 9]);
    assert.equal(catalogFunction("constructor"), undefined);
    assert.equal(extensionFunction("pg_trgm", "similarity")?.takes(2), true);
    assert.equal(extensionFunction("toString", "similarity"), undefined);
  });

  test("volatility is the mildest of the name's functions", () => {
    assert.equal(catalogFunction("lower")?.volatility, "immutable");
    assert.equal(catalogFunction("now")?.volatility, "stable");
    assert.equal(catalogFunction("clock_timestamp")?.volatility, "volatile");
    assert.equal(catalogFunction("date_trunc")?.volatility, "immutable");
  });

  test("types and extensions", () => {
    for (const name of ["uuid", "timestamptz", "bigserial", "record", "pg_class"]) assert.ok(isCatalogType(name), name);
    assert.ok(!isCatalogType("citext"));
    assert.ok(isExtensionType("citext", "citext"));
    assert.deepEqual(extensionsWith("functions", "uuid_generate_v4"), ["uuid-ossp"]);
    assert.deepEqual([...extensionsAlong(["earthdistance"], "postgres")], ["earthdistance", "cube"]);
    assert.ok(extensionsAlong([], "supabase").has("pgcrypto"));
    assert.ok(isListed("vector") && !isListed("postgis"));
  });
});
