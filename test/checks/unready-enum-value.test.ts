import { check } from "../support/checks.js";

const name = "unready-enum-value";
const first =
  '-- file: supabase/migrations/1_a.sql\ncreate type "Mood" as enum (\'ok\');\ncreate table post (id uuid primary key, mood "Mood", title text);\n-- file: supabase/migrations/2_b.sql\nalter type "Mood" add value if not exists \'happy\';\n';

suite(name, () => {
  test("uses are marked where they stand, in every kind of statement", () =>
    check(
      `${first}-- é 😀
insert into post (id, mood) values (null, 'happy');
--                                        ^^^^^^^ unready-enum-value
update post set title = 'happy', mood = 'happy';
--                                      ^^^^^^^ unready-enum-value
create policy p on post using (mood in ('ok', 'happy'));
--                                            ^^^^^^^ unready-enum-value
alter table post add column other "Mood" default 'happy';
--                                               ^^^^^^^ unready-enum-value
alter table post alter mood set default 'happy'::public."Mood";
--                                      ^^^^^^^ unready-enum-value
do $$ begin update post set mood = 'happy'; end $$;
--                                 ^^^^^^^ unready-enum-value`,
      name,
    ));

  test("other columns, other labels, bodies that run later and other transactions are left alone", () => {
    check(
      `${first}insert into post (id, title) values (null, 'happy');
select 1 from post where title = 'happy' or mood = 'ok';
create function f() returns void language plpgsql as $$ begin update post set mood = 'happy'; end $$;
begin;
update post set mood = 'happy';
commit;`,
      name,
    );
    check(`${first.replaceAll("supabase/migrations", "sql/migrations")}update post set mood = 'happy';`, name);
    check(`${first}alter type "Mood" rename value 'ok' to 'fine';\nupdate post set mood = 'fine';`, name);
  });
});
