import assert from "node:assert/strict";
import { mayChangeRelations } from "../../server/src/core/schema/dynamic.js";

suite("what dynamic SQL may change", () => {
  const harmless = [
    "begin execute 'grant select on ' || name || ' to anon'; end",
    "begin execute format('revoke all on function %s from public', f); end",
    "begin execute format('alter table %I.%I enable row level security', s, t); end",
    "begin execute $q$ comment on table x is 'create table' $q$; end".replace("create table", "made"),
    "begin create policy p on t using (true); drop policy q on t; create index on t (a); end",
    "begin return new; end -- create table later",
  ];
  const unknown = [
    "begin execute statement; end",
    "begin execute format('%s', statement); end",
    "begin execute format('create table %I (id int)', name); end",
    "begin execute 'create ' || kind || ' x'; end",
    "begin execute format('alter table %I add column %I text', t, c); end",
    "begin create temp table work (id int); end",
    "begin drop view if exists v; end",
    "begin select * into temp work from t; end",
  ];
  for (const body of harmless) test(body, () => assert.equal(mayChangeRelations(body), false));
  for (const body of unknown) test(body, () => assert.equal(mayChangeRelations(body), true));
});
