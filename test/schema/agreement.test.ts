import "../support/parser.js";
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { schemaOf } from "../../server/src/core/folding.js";
import { type Folder, nearestHistory, sqlOf } from "../../server/src/core/project.js";
import { emptySchema } from "../../server/src/core/schema/platform.js";
import { viewSchema } from "../../server/src/core/views/schema-view.js";
import { type Embedded, makeEmbedded } from "../../server/src/embedded/host.js";
import { folderOf } from "../support/checks.js";

/**
 * The fold is held against PostgreSQL itself: what the statements add up to in the parser's fold is what the catalog of the embedded
 * database has after running them.
 */
suite("the fold and PostgreSQL agree", function () {
  this.timeout(120_000);
  let embedded: Embedded;
  suiteSetup(() => {
    embedded = makeEmbedded((line) => console.error(line));
  });
  suiteTeardown(() => embedded.close());

  for (const name of ["chat-app", "clean"]) {
    test(`on ${name}`, () => agree(embedded, workspace(name)));
  }

  test("on every kind of statement", () =>
    agree(
      embedded,
      folderOf(everything.map((text, at) => ({ path: `supabase/migrations/${20270101000000 + at}_part.sql`, text }))),
    ));
});

function workspace(name: string): Folder {
  const root = path.join("test/fixtures/workspaces", name);
  const files = readdirSync(root, { recursive: true, encoding: "utf8" })
    .filter((file) => /\.(sql|ya?ml|toml)$/.test(file))
    .map((file) => ({ path: file.split(path.sep).join("/"), text: readFileSync(path.join(root, file), "utf8") }));
  return folderOf(files);
}

async function agree(embedded: Embedded, folder: Folder): Promise<void> {
  const history = nearestHistory(folder, "");
  const files = (history?.migrations ?? []).map(({ uri, version }) => {
    const file = folder.files.get(uri);
    const statements =
      file === undefined
        ? []
        : sqlOf(file).pieces.flatMap(({ statement }) => (statement === undefined ? [] : [statement.text]));
    return { uri, version, statements, transaction: true };
  });
  const replay = await embedded.replay({ platform: folder.facts.platform, files });
  assert.ok(replay.ok, replay.ok ? "" : replay.reason);
  assert.deepEqual(replay.errors, [], "PostgreSQL refuses a statement");
  const answer = await embedded.catalog();
  assert.ok(answer.ok);
  const fold = viewSchema(history === undefined ? emptySchema : schemaOf(folder, history));
  const { tables, views, functions, publications } = answer.catalog;
  same(fold.tables, tables);
  same(fold.views, views);
  assert.deepEqual(comparable(fold.publications), comparable(publications));
  const briefly = (list: readonly object[]) =>
    comparable(
      list.map((one) =>
        pick(one, ["schema", "name", "kind", "language", "arguments", "returns", "volatility", "securityDefiner"]),
      ),
    );
  assert.deepEqual(briefly(fold.functions), briefly(functions));
}

/** Object by object, so that a difference shows the one that differs. */
function same(fold: readonly object[], catalog: readonly object[]): void {
  const names = (list: readonly object[]) => list.map((one) => Object.values(pick(one, ["schema", "name"])).join("."));
  assert.deepEqual(names(fold), names(catalog));
  for (const [at, one] of fold.entries())
    assert.deepEqual(comparable(one), comparable(asKnown(one, catalog[at] ?? {})));
}

/** The catalog's object with `unknown` where the fold says that it does not know a type (that of a query's output). */
function asKnown(fold: object, catalog: object): object {
  const columnsOf = (one: object) => (one as { readonly columns?: readonly { readonly type?: string }[] }).columns;
  const own = columnsOf(fold);
  const columns = columnsOf(catalog)?.map((column, at) =>
    own?.[at]?.type === "unknown" ? { ...column, type: "unknown" } : column,
  );
  return columns === undefined ? catalog : { ...catalog, columns };
}

function pick(object: object, keys: readonly string[]): object {
  return Object.fromEntries(Object.entries(object).filter(([key]) => keys.includes(key)));
}

/** PostgreSQL prints expressions its own way: without what is only spelling, both sides must be the same. */
function comparable(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (key, inner: unknown) =>
      expressions.has(key) && typeof inner === "string"
        ? plain(inner)
        : key === "columns" && Array.isArray(inner)
          ? inner.map((one: unknown) => (typeof one === "string" ? plain(one) : one))
          : inner,
    ),
  );
}

const expressions = new Set(["default", "using", "check", "where"]);

function plain(text: string): string {
  return text
    .toLowerCase()
    .replace(/\bas \w+(?=\s*[,)]|$)/g, "")
    .replace(/::(?:[\w.]+(?: varying| with time zone| without time zone| precision)?(?:\([\d, ]+\))?(?:\[\])?)/g, "")
    .replace(/\b(?:public|pg_catalog)\./g, "")
    .replace(/\b(\w+)\.(?=\w)/g, "")
    .replace(/[\s()]/g, "")
    .replace(/desc$|asc$|nullsfirst$|nullslast$/g, "")
    .replace(/"/g, "");
}

/** One history over as many forms as there are; each part is a migration. */
const everything: readonly string[] = [
  `create schema app;
create type mood as enum ('sad', 'ok');
alter type mood add value 'happy' after 'ok';
alter type mood rename value 'ok' to 'fine';
create domain email as text check (value like '%@%');
create type pair as (a int, b text);
create table app.room (id bigint generated always as identity primary key, name text not null unique, mood mood default 'sad', mail email);
create table "Mixed Case" ("Id" uuid primary key default gen_random_uuid(), "select" int);
create table kinds (
  a smallint, b int, c bigint, d real, e double precision, f numeric, g numeric(8, 2), h varchar, i varchar(20), j char(3), k text, l boolean,
  m timestamp, n timestamptz, o timestamptz(3), p time, q date, r interval, s jsonb, t uuid, u bytea, v int[], w text[], x mood[], y serial, z bigserial,
  aa inet, ab timestamp(0), ac varchar(10)[], ad bit(3), ae bit varying, af xml, ag public.mood
);`,
  `create table member (
  room_id bigint not null references app.room (id) on delete cascade,
  user_id uuid not null references auth.users on delete cascade,
  role text not null default 'member' check (role in ('member', 'admin')),
  joined timestamptz not null default now(),
  primary key (room_id, user_id)
);
create table message (
  id uuid primary key default gen_random_uuid(),
  room_id bigint, author uuid,
  body text not null default '',
  size int generated always as (length(body)) stored,
  constraint by_member foreign key (room_id, author) references member (room_id, user_id),
  check (length(body) < 4000),
  unique (room_id, id)
);
create index on message (room_id, author desc);
create index message_body on message using gin (to_tsvector('simple', body));
create unique index one_per_author on message (author) include (body) where body <> '';
create index on message (lower(body));`,
  `alter table message add column edited timestamptz, add column pinned boolean not null default false;
alter table message alter column body drop default, alter column body drop not null;
alter table app.room alter column name type varchar(200);
alter table message rename column pinned to starred;
alter table message rename constraint by_member to message_by_member;
alter table message drop constraint message_body_check;
alter table message add constraint starred_once unique (author, starred);
alter table member rename to membership;
alter table kinds drop column y, drop column if exists nothing;
alter table kinds alter column b set not null;
alter index one_per_author rename to one_body_per_author;
drop index message_body;
create unique index concurrently_made on kinds (t);
alter table kinds add primary key (b);
alter table "Mixed Case" rename to mixed;
alter table mixed set schema app;`,
  `alter table message enable row level security;
alter table message force row level security;
create policy read on message for select to authenticated using (author = (select auth.uid()));
create policy write on message as restrictive for all using (true) with check (author = auth.uid());
create policy gone on message for delete using (false);
drop policy gone on message;
alter policy read on message rename to may_read;
alter policy may_read on message to anon, authenticated using (starred or author = (select auth.uid()));
create function touch() returns trigger language plpgsql as $$ begin new.edited := now(); return new; end $$;
create trigger touch before update on message for each row execute function touch();
create function total(a int, b int default 1) returns int language sql immutable as 'select a + b';
create function total(a text) returns text language sql stable security definer set search_path = '' as 'select a';
create or replace function total(a text) returns text language sql volatile as 'select a';
drop function total(int, int);
create procedure tidy() language sql as 'delete from message';
create view starred as select id, body from message where starred;
create view safer with (security_invoker = true) as select * from starred;
create materialized view busy as select room_id, count(*) as messages from message group by room_id;
create unique index on busy (room_id);`,
  `create table event (id bigint, at timestamptz not null, primary key (id, at)) partition by range (at);
create table event_2026 partition of event for values from ('2026-01-01') to ('2027-01-01');
create table parent (id int primary key, note text);
create table child (extra int) inherits (parent);
create table copy_of (like parent including all);
create table made as select id, body as words from message;
create publication powersync for table message, app.room;
alter publication powersync add table made;
alter publication powersync drop table app.room;
create table doomed (id int primary key);
create view over_doomed as select * from doomed;
create table refers (id int primary key, doomed_id int references doomed (id));
drop table doomed cascade;
create schema gone;
create table gone.a (id int);
drop schema gone cascade;
do $$ begin create table from_do (id int primary key); exception when duplicate_table then null; end $$;
set search_path = app, public;
create table in_app (id int primary key);
reset search_path;
create table if not exists in_app_too (id int);
create table if not exists message (other int);
alter table if exists nothing_here add column a int;
comment on table message is 'what people say';`,
  `create type tint as enum ('red');
create table painted (id int primary key, tint tint, tints tint[], a int, b int, c int);
create index painted_part on painted (a) where b > 0;
create index painted_sum on painted ((a + b));
alter table painted drop column b;
drop type tint cascade;
create function may_see(who int) returns boolean language sql stable as 'select who > 0';
create policy seen on painted using (may_see(a));
create policy unseen on painted using (a > 3);
create view sight as select may_see(a) as yes from painted;
drop function may_see(int) cascade;
create function stamp() returns trigger language plpgsql as $$ begin return new; end $$;
create trigger stamps before update on painted for each row execute function stamp();
drop function stamp cascade;
create table keyed (id int primary key, code int unique, other int unique);
create table leads (id int references keyed, code int references keyed (code), other int references keyed (other));
alter table keyed drop constraint keyed_code_key cascade;
alter table keyed drop column id cascade;
create materialized view later as select 1 as one with no data;
refresh materialized view later;`,
];
