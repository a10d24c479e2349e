import { isPlatformSchema } from "../schema/platform.js";
import { relationName, roleNames, stringsOf } from "../schema/reading.js";
import { findWordsHere } from "../sql/clause.js";
import { quoteIdentifier } from "../sql/quote.js";
import { as, type NodeOf } from "../sql/tree.js";
import { isAnonymous } from "./about-access.js";
import { statementsOf } from "./about-kinds.js";
import { likeKeywords } from "./about-tables.js";
import { check, type FileScene, type PlacedEdit, type StatementScene, wholeStatement } from "./check.js";

export default check({
  name: "wide-grant",
  severity: "info",
  area: "J",
  kind: "act",
  summary:
    "Everything, or writing to every table, is granted to anonymous callers or to everybody; or a role that logs in skips row level security.",
  why: "TRUNCATE and references are not bound by policies, columns are not hidden by them, and a table made tomorrow without policies is open from its first minute.",
  instead: "Grant each role the commands that its policies speak of, table by table.",
  silent: "the grant is for reading, or names one table and the commands; the role is for replication",
  turnOff:
    "when privileges are broad by convention and row level security alone decides, as on an older Supabase project",
  peers: "SD MP PGR RG RT PGL",
  bad: [
    "create table notes (id uuid primary key);\nalter table notes enable row level security;\ngrant all on notes to anon;",
    "create table notes (id uuid primary key);\nalter table notes enable row level security;\nGRANT INSERT, UPDATE ON ALL TABLES IN SCHEMA public TO anon, authenticated;",
    "alter default privileges in schema public grant all on tables to anon;",
    "create table notes (id uuid primary key);\nalter table notes enable row level security;\ngrant delete on notes to public;",
    "create role worker login bypassrls;",
  ],
  good: [
    "create table feedback (id uuid primary key);\nalter table feedback enable row level security;\ngrant insert on feedback to anon;\ncreate policy add on feedback for insert to anon with check (id is not null);",
    "create table notes (id uuid primary key);\nalter table notes enable row level security;\ngrant all on notes to authenticated;",
    "grant select on all tables in schema public to anon;",
    "create role powersync_role with replication bypassrls login;",
  ],
  *file(file) {
    const wide = statementsOf(file, ["GrantStmt", "AlterDefaultPrivilegesStmt"]).filter(isWide);
    const [first] = wide;
    if (first !== undefined) {
      const more = wide.length > 1 ? `, and ${wide.length - 1} more of its kind in this file,` : "";
      yield {
        at: wholeStatement(first),
        // Tools that write down what is there put roles in quotes: nobody chose that grant here.
        ...(/"\s*$/.test(first.statement.text) && { severity: "hint" as const }),
        message: `This grant${more} gives ${whomOf(first)} more than policies can bind: TRUNCATE, columns, and tables without policies.`,
        fixes: () => narrowed(wide),
      };
    }
    yield* roles(file);
  },
});

function* roles(file: FileScene) {
  for (const scene of statementsOf(file, ["CreateRoleStmt", "AlterRoleStmt"])) {
    const name =
      as(scene.statement.node, "CreateRoleStmt")?.role ?? as(scene.statement.node, "AlterRoleStmt")?.role?.rolename;
    const role = name === undefined ? undefined : scene.after.roles.get(name);
    const before = name === undefined ? undefined : scene.before.roles.get(name);
    if (role === undefined || !role.login || !role.bypassRls || role.replication) continue;
    if (before?.login === true && before.bypassRls) continue;
    yield {
      at: wholeStatement(scene),
      message: `\`${role.name}\` logs in and skips row level security: whoever has its password reads and writes every row.`,
    };
  }
}

/** The grant of a statement, of its own or for what is made later. */
function grantOf({ statement: { node } }: StatementScene): NodeOf<"GrantStmt"> | undefined {
  return as(node, "GrantStmt") ?? as(node, "AlterDefaultPrivilegesStmt")?.action;
}

function isWide(scene: StatementScene): boolean {
  const grant = grantOf(scene);
  if (grant?.is_grant !== true || grant.objtype !== "OBJECT_TABLE") return false;
  const whom = roleNames(grant.grantees).filter(isEverybody);
  if (whom.length === 0) return false;
  const isKnown = scene.facts.platform === "supabase" || whom.includes("public") || whom.includes("web_anon");
  const names = [...stringsOf(grant.objects), ...schemasOf(grant)];
  if (!isKnown || names.some(isPlatformSchema)) return false;
  const privileges = (grant.privileges ?? []).map((node) => as(node, "AccessPriv"));
  if (privileges.some((one) => one?.cols !== undefined)) return false;
  const words = privileges.map((one) => (one?.priv_name ?? "all").toLowerCase());
  if (grant.privileges === undefined || words.includes("truncate") || words.includes("all")) return true;
  const isGeneral = grant.targtype !== "ACL_TARGET_OBJECT" || whom.includes("public");
  return isGeneral && words.some((word) => word === "insert" || word === "update" || word === "delete");
}

function schemasOf({ objects }: NodeOf<"GrantStmt">): readonly string[] {
  return (objects ?? []).flatMap((node) => relationName(as(node, "RangeVar")).schema ?? []);
}

function isEverybody(role: string): boolean {
  return role === "public" || isAnonymous(role);
}

function whomOf(scene: StatementScene): string {
  const [role] = roleNames(grantOf(scene)?.grantees).filter(isEverybody);
  return role === "public" ? "everybody" : `anonymous callers (\`${role}\`)`;
}

/** Reading for everybody, and the rest for those who had it by name. */
function narrowed(wide: readonly StatementScene[]) {
  const edits = wide.map(narrow);
  if (edits.includes(undefined)) return [];
  return [{ title: "Let anonymous callers only read", safe: false, edits: edits.flatMap((edit) => edit ?? []) }];
}

function narrow(scene: StatementScene): PlacedEdit | undefined {
  const { statement } = scene;
  const grant = grantOf(scene);
  const words = findWordsHere(statement, ["grant"]);
  const on = words === undefined ? undefined : findWordsHere(statement, ["on"], words.end);
  const to = on === undefined ? undefined : findWordsHere(statement, ["to"], on.end);
  if (grant === undefined || words === undefined || on === undefined || to === undefined || grant.grant_option === true)
    return undefined;
  const all = roleNames(grant.grantees);
  const [open, others] = [all.filter(isEverybody), all.filter((role) => !isEverybody(role))];
  const what = statement.text.slice(on.start, to.end);
  const head = statement.text.slice(0, words.start);
  const reading = `${head}${likeKeywords(statement, "grant select")} ${what} ${open.map(spelled).join(", ")}`;
  const kept = `${statement.text.slice(0, to.end)} ${others.map(spelled).join(", ")}`;
  const text = others.length === 0 ? reading : `${kept};\n${reading}`;
  return { at: wholeStatement(scene), text };
}

function spelled(role: string): string {
  return role === "public" ? "public" : quoteIdentifier(role);
}
