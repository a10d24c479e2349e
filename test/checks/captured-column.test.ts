import assert from "node:assert/strict";
import { allFindings, check, checkFix, filesOf, folderOf } from "../support/checks.js";

const only = "captured-column";
const tables = `\
create table rooms (id uuid primary key, name text);
create table members (id uuid primary key, room_id uuid references rooms (id), user_id uuid);
create table files (id uuid primary key, room_id uuid, "Owner" uuid);
`;

suite("captured-column", () => {
  test("finds a column that the subquery's table has too, behind other letters", () =>
    check(
      `\
${tables}create policy "é 😀" on files using (exists (select 1 from public.members m where m.room_id = room_id and '😀' <> ''));
--                                                                                            ^^^^^^^ captured-column
create policy b on files using (exists (select 1 from members where room_id = members.room_id));
--                                                                  ^^^^^^^ captured-column
create policy c on files using (exists (select 1 from members join rooms on rooms.id = members.room_id and room_id = room_id));
--                                                                                                                   ^^^^^^^ captured-column
`,
      only,
    ));

  test("finds a selected column that the subquery's table lacks", () =>
    check(
      `\
create table team_members (team uuid, user_id uuid);
create table team_data (id uuid primary key, team_id uuid);
create policy a on team_data using (team_id in (select team_id from team_members where user_id = (select auth.uid()) and status = 'active'));
--                                                     ^^^^^^^ captured-column
create policy b on team_data using (team_id = any (select team_id from team_members));
--                                                        ^^^^^^^ captured-column
create policy c on team_data using ((select team_id from team_members limit 1) = team_id);
--                                          ^^^^^^^ captured-column
`,
      only,
    ));

  test("finds the key of the row that the subquery's table has too", () =>
    check(
      `\
${tables}create policy a on rooms using (exists (select 1 from members where room_id = id and user_id = (select auth.uid())));
--                                                                            ^^ captured-column
create policy b on rooms using (exists (select 1 from members m where m.room_id = id));
--                                                                                ^^ captured-column
`,
      only,
    ));

  test("finds a column that only the subquery's table has, on both sides", () =>
    check(
      `\
${tables}create policy a on files using (exists (select 1 from members m where m.user_id = user_id));
--                                                                                ^^^^^^^ captured-column
`,
      only,
    ));

  test("finds a table that looks into itself", () =>
    check(
      `\
${tables}create policy a on members using (exists (select 1 from members m where m.room_id = room_id and m.user_id = (select auth.uid())));
--                                                                                  ^^^^^^^ captured-column
`,
      only,
    ));

  test("is silent when names are written with their tables, or bind to the row", () =>
    check(
      `\
${tables}create policy a on files using (exists (select 1 from members m where m.room_id = files.room_id));
create policy b on files using (room_id in (select room_id from members));
create policy c on files using (exists (select 1 from rooms where rooms.id = room_id));
create policy d on files using (exists (select 1 from members m where m.room_id = m.room_id));
create policy e on rooms using (id in (select members.room_id from members));
create policy f on files using (room_id not in (select m.room_id from members m where m.user_id = "Owner"));
create policy g on files using (id = id);
create policy h on files using (room_id in (select files.room_id from members));
`,
      only,
    ));

  test("is silent when the columns of a relation are not known", () =>
    check(
      `\
${tables}create policy a on files using (exists (select 1 from elsewhere m where m.room_id = room_id));
create policy b on files using (room_id in (select room_id from elsewhere));
create policy c on files using (exists (select 1 from (select * from members) m where m.room_id = room_id));
create policy d on files using (exists (with members as (select 1) select 1 from members where room_id = room_id));
create policy e on files using (room_id in (select room_id from members, elsewhere));
create table broken (id uuid, room_id uuid, index (room_id));
create policy f on files using (exists (select 1 from broken where broken.room_id = room_id));
`,
      only,
    ));

  test("writes the table of the row, quoted where it must be", () => {
    checkFix(
      'create table members (room_id uuid);\ncreate table "Files" (room_id uuid);\ncreate policy a on "Files" using (exists (select 1 from members m where m.room_id = room_id));\n',
      'create table members (room_id uuid);\ncreate table "Files" (room_id uuid);\ncreate policy a on "Files" using (exists (select 1 from members m where m.room_id = "Files".room_id));\n',
      only,
    );
    checkFix(
      "# file: data-orchestrator.yaml\napplied: all\n-- file: supabase/migrations/20260101000000_a.sql\ncreate table members (room_id uuid);\ncreate table files (room_id uuid);\nCREATE POLICY a ON files USING (exists (select 1 from members m where m.room_id = room_id));\n",
      "# file: data-orchestrator.yaml\napplied: all\n-- file: supabase/migrations/20260101000000_a.sql\ncreate table members (room_id uuid);\ncreate table files (room_id uuid);\nCREATE POLICY a ON files USING (exists (select 1 from members m where m.room_id = room_id));\n-- file: supabase/migrations/20260101000001_files_policy.sql\nALTER POLICY a ON files USING (exists (select 1 from members m where m.room_id = files.room_id));\n",
      only,
    );
  });

  test("writes the column that leads where the tested one leads, when there is one", () => {
    const start = `\
create table teams (id uuid primary key);
create table team_members (team uuid references teams, user_id uuid);
create table team_data (id uuid primary key, team_id uuid references teams (id));
`;
    checkFix(
      `${start}create policy a on team_data using (team_id in (select team_id from team_members where user_id = (select auth.uid())));\n`,
      `${start}create policy a on team_data using (team_id in (select team_members.team from team_members where user_id = (select auth.uid())));\n`,
      only,
    );
    checkFix(
      `${start}create policy a on team_data using (exists (select 1 from team_members m where m.team = team));\n`,
      `${start}create policy a on team_data using (exists (select 1 from team_members m where m.team = team_data.team_id));\n`,
      only,
    );
    checkFix(
      `${start}create policy a on teams using (exists (select 1 from team_members m where m.team = team));\n`,
      `${start}create policy a on teams using (exists (select 1 from team_members m where m.team = teams.id));\n`,
      only,
    );
    const two = start.replace("user_id uuid", "user_id uuid, other uuid references teams");
    const text = `${two}create policy a on team_data using (team_id in (select team_id from team_members));\n`;
    const found = allFindings(folderOf(filesOf(text))).filter((one) => one.check === only);
    assert.deepEqual(
      found.map((one) => one.fixes().length),
      [0],
    );
  });
});
