import { check, checkFix } from "../support/checks.js";

const tables = `\
-- file: supabase/migrations/1_rooms.sql
create table rooms (id uuid primary key, owner uuid references auth.users (id), kind text);
create table room_members (id uuid primary key, room_id uuid references rooms (id), user_id uuid references auth.users (id), unique (room_id, user_id));
create table messages (id uuid primary key, room_id uuid references rooms (id), "Author" uuid references auth.users (id), body text);
alter table messages enable row level security;
`;

const streams = (lines: string): string => `\
# file: powersync/sync-config.yaml
config:
  edition: 3
streams:
${lines}${tables}`;

const only = (text: string): void => check(text, "unfiltered-stream");

suite("unfiltered-stream", () => {
  test("points at the table, or at the side of an OR that asks nothing", () =>
    only(
      streams(`\
  é:
    query: SELECT * FROM messages
#                        ^^^^^^^^ unfiltered-stream
  some:
    query: SELECT * FROM rooms WHERE owner = auth.user_id() OR kind = 'open'
#                                                              ^^^^^^^^^^^^^ unfiltered-stream
  folded:
    query: >-
      SELECT *
      FROM public.messages AS m
#          ^^^^^^^^^^^^^^^ unfiltered-stream
      WHERE m.body IS NULL
`),
    ));

  test("is silent on what asks about the user, also through others, and on what cannot be read", () =>
    only(
      streams(`\
  members:
    with:
      mine: SELECT room_id FROM room_members WHERE user_id = auth.user_id()
    queries:
      - SELECT * FROM rooms WHERE id IN mine
      - SELECT messages.* FROM messages JOIN mine ON mine.room_id = messages.room_id
  chosen:
    query: SELECT * FROM messages WHERE room_id = subscription.parameter('room')
  broken:
    query: SELECT * FROM messages WHERE WHERE
  elsewhere:
    query: SELECT * FROM unknown
`),
    ));

  test("a restrictive policy takes back what another shows to all", () =>
    only(`\
-- file: supabase/migrations/1_notes.sql
create table notes (id uuid primary key, owner uuid);
alter table notes enable row level security;
create policy everybody on notes for select using (true);
create policy but on notes as restrictive for select using (owner = (select auth.uid()));
# file: powersync/sync-config.yaml
config:
  edition: 3
streams:
  notes:
    query: SELECT * FROM notes
#                        ^^^^^ unfiltered-stream
`));

  test("offers the owner", () =>
    checkFix(
      streams("  a:\n    query: SELECT * FROM rooms\n"),
      streams("  a:\n    query: SELECT * FROM rooms WHERE owner = auth.user_id()\n"),
      "unfiltered-stream",
    ));

  test("offers the membership first where reading does not ask for the owner, and knows quoted names", () => {
    const before = streams("  a:\n    query: |\n      SELECT m.* FROM messages m JOIN rooms r ON r.id = m.room_id\n");
    const after = (condition: string): string => before.replace("= m.room_id", `= m.room_id WHERE m.${condition}`);
    const members = "room_id IN (SELECT room_id FROM room_members WHERE user_id = auth.user_id())";
    checkFix(before, after(members), "unfiltered-stream");
    const author = '"Author" = auth.user_id()';
    checkFix(before, after(author), "unfiltered-stream", `Send only where \`${author}\``);
  });

  test("cures one side of an OR alone", () =>
    checkFix(
      streams("  a:\n    query: SELECT * FROM rooms WHERE kind = 'open' OR owner = auth.user_id()\n"),
      streams(
        "  a:\n    query: SELECT * FROM rooms WHERE kind = 'open' AND owner = auth.user_id() OR owner = auth.user_id()\n",
      ),
      "unfiltered-stream",
    ));

  test("has nothing to say of what every signed-in user may read, however the policy says so", () =>
    check(
      `\
-- file: supabase/migrations/1_rooms.sql
create table rooms (id uuid primary key, made_by uuid references auth.users (id));
alter table rooms enable row level security;
create policy seen on rooms for select using (auth.role() = 'authenticated');
# file: powersync/sync-config.yaml
config:
  edition: 3
streams:
  rooms:
    query: SELECT * FROM rooms
`,
      "unfiltered-stream",
    ));
});
