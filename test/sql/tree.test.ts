import "../support/parser.js";
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { parseStatement } from "../../server/src/core/sql/parser.js";
import { as, constantOf, kindOf, locations, nameOf, stringOf, walk } from "../../server/src/core/sql/tree.js";
import { unwrappedFields } from "../../server/src/core/sql/unwrapped.js";

suite("sql/tree", () => {
  const node = (text: string) => parseStatement(text).node;

  test("knows every field that holds a node without its name", () => {
    const types = readFileSync(
      createRequire(import.meta.url)
        .resolve("@pgsql/types")
        .replace(/index\.js$/, "types.d.ts"),
      "utf8",
    );
    const interfaces = [...types.matchAll(/export interface (\w+) \{([\s\S]*?)\n\}/g)];
    const kinds = new Set(interfaces.map(([, name]) => name ?? ""));
    const declared: Record<string, string[]> = {};
    for (const [, holder, body = ""] of interfaces) {
      for (const [, field, kind = ""] of body.matchAll(/(\w+)\?: (\w+);/g)) {
        if (kinds.has(kind)) declared[kind] = [...(declared[kind] ?? []), `${holder}.${field}`];
      }
    }
    const known = Object.fromEntries(
      Object.entries(unwrappedFields).map(([kind, list]) => [kind, list.trim().split(/\s+/)]),
    );
    assert.deepEqual(known, declared);
  });

  test("visits wrapped and unwrapped nodes in the order of the tree", () => {
    const kinds: string[] = [];
    walk(node("insert into a.note select b::int from c where d"), (kind, _node) => {
      kinds.push(kind);
    });
    assert.deepEqual(
      kinds.filter((kind) => kind !== "String"),
      [
        "InsertStmt",
        "RangeVar",
        "SelectStmt",
        "ResTarget",
        "TypeCast",
        "ColumnRef",
        "TypeName",
        "RangeVar",
        "ColumnRef",
      ],
    );
  });

  test("leaves out what is inside a skipped node, and goes on behind it", () => {
    const tables: string[] = [];
    walk(node("select (select 1 from inside), a from outside"), (kind, found) => {
      if (kind === "RangeVar") tables.push(found.relname ?? "");
      return kind === "SubLink" ? "skip" : undefined;
    });
    assert.deepEqual(tables, ["outside"]);
  });

  test("meets fields whose names every object has", () => {
    const kinds: string[] = [];
    walk(node("select json_objectagg(a : b), json_arrayagg(c order by d)"), (kind, _node) => {
      kinds.push(kind);
    });
    for (const kind of ["JsonObjectAgg", "JsonAggConstructor", "JsonKeyValue"]) assert.ok(kinds.includes(kind), kind);
  });

  test("reads names and constants", () => {
    const drop = as(node("drop function catalog.app.f"), "DropStmt")?.objects?.[0];
    assert.deepEqual(nameOf(as(drop, "ObjectWithArgs")?.objname), { schema: "app", name: "f" });
    assert.deepEqual(nameOf([{ String: { sval: "f" } }]), { name: "f" });
    assert.equal(nameOf([]), undefined);
    const values = as(
      node("select 'a', '', 12, 1.5, 12345678901234567890, true, false, null, b, -1, -b"),
      "SelectStmt",
    )?.targetList?.map((target) => constantOf(as(target, "ResTarget")?.val));
    assert.deepEqual(values, ["a", "", 12, 1.5, "12345678901234567890", true, false, null, undefined, -1, undefined]);
    assert.equal(stringOf({ A_Const: { sval: { sval: "x" } } }), "x");
    assert.equal(stringOf({ A_Const: { ival: { ival: 1 } } }), undefined);
    assert.equal(kindOf({ Integer: {} }), "Integer");
    assert.deepEqual(
      [...locations(node("select a + b"))].sort((x, y) => x - y),
      [7, 7, 9, 11],
    );
  });
});
