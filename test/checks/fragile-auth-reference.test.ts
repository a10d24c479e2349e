import { check, checkFix } from "../support/checks.js";

const only = "fragile-auth-reference";

suite("fragile-auth-reference", () => {
  test("points at the key, wherever it is written", () =>
    check(
      `\
create table "Note é" ("Who" uuid references auth.users primary key, s uuid references auth.sessions (id), t text);
--                                ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ fragile-auth-reference
--                                                                          ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ fragile-auth-reference
alter table "Note é" add foreign key (t) references auth.users (email) on delete cascade;
--                       ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ fragile-auth-reference
`,
      only,
    ));

  test("is silent where users are removed by a trigger, and on another platform", () => {
    check(
      `\
create function clean() returns trigger language plpgsql as $$ begin return old; end $$;
create trigger clean before delete on auth.users for each row execute function clean();
create table note (id uuid primary key references auth.users);
`,
      only,
    );
    check(
      `\
# file: data-orchestrator.yaml
platform: postgres
-- file: migrations/1_init.sql
create schema auth;
create table auth.users (id int primary key, mail text unique);
create table note (id int primary key references auth.users, mail text references auth.users (mail));
`,
      only,
    );
  });

  test("says behind the target what happens to the rows", () => {
    checkFix(
      'create table note (id uuid primary key, "Who" UUID REFERENCES auth . "users" ( id ) MATCH SIMPLE NOT NULL);\n',
      'create table note (id uuid primary key, "Who" UUID REFERENCES auth . "users" ( id ) MATCH SIMPLE on delete cascade NOT NULL);\n',
      only,
    );
    checkFix(
      "create table note (id uuid primary key, who uuid);\nALTER TABLE note ADD CONSTRAINT w FOREIGN KEY (who) REFERENCES auth.users;\n",
      "create table note (id uuid primary key, who uuid);\nALTER TABLE note ADD CONSTRAINT w FOREIGN KEY (who) REFERENCES auth.users ON DELETE SET NULL;\n",
      only,
      "Keep its rows, without the user",
    );
  });

  test("makes the key anew behind migrations that may have run", () => {
    const files =
      "-- file: supabase/migrations/1_a.sql\nCREATE TABLE note (id uuid primary key references auth.users);\n-- file: supabase/migrations/2_b.sql\nselect 1;\n";
    checkFix(
      files,
      `${files}-- file: supabase/migrations/3_note_id_fkey_on_delete.sql\nSET lock_timeout = '5s';\nALTER TABLE note DROP CONSTRAINT note_id_fkey, ADD CONSTRAINT note_id_fkey FOREIGN KEY (id) REFERENCES auth.users (id) ON DELETE CASCADE NOT VALID;\n-- file: supabase/migrations/4_validate_note_id_fkey.sql\nALTER TABLE note VALIDATE CONSTRAINT note_id_fkey;\n`,
      only,
    );
  });
});
