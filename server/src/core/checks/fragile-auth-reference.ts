import { type Constraint, columnOf, displayName, type Table } from "../schema/model.js";
import { isPlatformSchema } from "../schema/platform.js";
import { indexAt, matchingParen, tokensOf, wordOf } from "../sql/clause.js";
import { quoteIdentifier } from "../sql/quote.js";
import { as } from "../sql/tree.js";
import { memo } from "../text/memo.js";
import { isSignature } from "./about-columns.js";
import { isOpen, statementAt } from "./about-cures.js";
import { likeKeywords, sqlColumns, sqlName } from "./about-tables.js";
import { check, type Fix, type SchemaScene } from "./check.js";

export default check({
  name: "fragile-auth-reference",
  severity: "info",
  area: "B",
  kind: "state",
  summary:
    "A foreign key to the schema `auth` leads elsewhere than to `auth.users (id)`, or does not say what happens when the user goes.",
  why: "Supabase looks after `auth` and changes it as it sees fit: only the key of `auth.users` is promised. Without an ON DELETE action a user who has rows cannot be deleted.",
  instead:
    "Reference `auth.users (id)`, with ON DELETE CASCADE for what belongs to the user and SET NULL for what outlives them.",
  silent:
    "ON DELETE RESTRICT is written, a trigger on `auth.users` may remove the rows, or the platform is not Supabase",
  turnOff: "when users are never deleted, by law or by design, and a refused delete is what you want",
  peers: "PLS SPL (the target only)",
  bad: [
    "create table profile (id uuid references auth.users primary key);",
    "create table session_note (id uuid primary key, email text references auth.users (email) on delete cascade);\ncreate index on session_note (email);",
    "-- file: supabase/migrations/1_init.sql\ncreate table note (id uuid primary key, author uuid, foreign key (author) references auth.users (id) match full);\ncreate index on note (author);\n-- file: supabase/migrations/2_later.sql\nselect 1;",
  ],
  good: [
    "create table profile (id uuid primary key references auth.users (id) on delete cascade);",
    "create table note (id uuid primary key, author uuid references auth.users on delete set null);\ncreate index on note (author);",
    "create table audit (id uuid primary key, actor uuid references auth.users (id) on delete restrict);",
    "create table room (id uuid primary key);\ncreate table note (id uuid primary key, room uuid references room (id));",
  ],
  *schema(scene) {
    if (scene.facts.platform !== "supabase") return;
    for (const table of scene.schema.tables.unordered()) {
      if (isPlatformSchema(table.schema) || table.partitionOf !== undefined) continue;
      for (const constraint of table.constraints) {
        const { references, onDelete } = constraint;
        const at = constraint.origin.made;
        if (references?.schema !== "auth" || at === undefined) continue;
        // A table that the project itself has put there is no platform's.
        if (scene.schema.tables.get(references.table)?.origin.made !== undefined) continue;
        const shown = `\`${displayName(table)}.${constraint.columns.join(", ")}\``;
        const isUsers = references.name === "users";
        if (!isUsers || references.columns.length !== 1 || references.columns[0] !== "id") {
          const target = `\`auth.${references.name}${references.columns.length > 0 ? `.${references.columns.join(", ")}` : ""}\``;
          yield {
            at,
            message: `${shown} references ${target}, which Supabase may change or empty at any time: only \`auth.users.id\` is promised to stay.`,
            severity: isUsers ? "error" : "warning",
          };
        } else if (onDelete === "no action" && !removesRows(scene)) {
          yield {
            at,
            message: `${shown} references \`auth.users\` without ON DELETE: a user who has a row in \`${displayName(table)}\` cannot be deleted.`,
            fixes: () => fixesOf(scene, table, constraint),
          };
        }
      }
    }
  },
});

/** Whether a trigger runs before a user is deleted: what it removes only its body knows. */
const removesRows: (scene: SchemaScene) => boolean = memo(({ history, source }) =>
  (history?.migrations ?? []).some(({ uri }) =>
    source(uri)?.pieces.some(({ statement }) => {
      const trigger = as(statement?.node, "CreateTrigStmt");
      const { schemaname, relname } = trigger?.relation ?? {};
      return schemaname === "auth" && relname === "users" && /\bdelete\b/i.test(statement?.text ?? "");
    }),
  ),
);

function fixesOf(scene: SchemaScene, table: Table, constraint: Constraint): readonly Fix[] {
  const key = table.constraints.find(({ kind }) => kind === "primary key")?.columns ?? [];
  const nullable = constraint.columns.every((name) => columnOf(table, name)?.notNull === false && !key.includes(name));
  const either = isSignature(constraint) ? ["set null", "cascade"] : ["cascade", "set null"];
  const actions = nullable ? either : ["cascade"];
  return actions.flatMap((action) => withAction(scene, table, constraint, action));
}

function withAction(scene: SchemaScene, table: Table, constraint: Constraint, action: string): readonly Fix[] {
  const at = constraint.origin.made;
  const statement = statementAt(scene, at);
  if (at === undefined || statement === undefined) return [];
  const title = action === "cascade" ? "Delete its rows with the user" : "Keep its rows, without the user";
  const words = ` on delete ${action}`;
  if (isOpen(scene, at)) {
    const end = endOfTarget(scene, constraint);
    if (end === undefined) return [];
    const edit = { at: { ...at, span: { start: end, end } }, text: likeKeywords(statement, words) };
    return [{ title, safe: false, edits: [edit] }];
  }
  if (scene.history === undefined) return [];
  const [sql, name] = [sqlName(table), quoteIdentifier(constraint.name)];
  const columns = sqlColumns(constraint.columns);
  const write = (text: string): string => likeKeywords(statement, `alter table \`${sql}\` ${text}`);
  const replace = write(
    `drop constraint \`${name}\`, add constraint \`${name}\` foreign key (\`${columns}\`) references \`auth.users (id)\`${words} not valid`,
  );
  const validate = write(`validate constraint \`${name}\``);
  return [
    {
      title: `${title}, in new migrations`,
      safe: false,
      migrations: [
        { slug: `${constraint.name}_on_delete`, statements: [replace], outsideTransaction: false },
        { slug: `validate_${constraint.name}`, statements: [validate], outsideTransaction: false },
      ],
    },
  ];
}

/** Behind the referenced table, its columns and MATCH, where ON DELETE stands. */
function endOfTarget(scene: SchemaScene, { origin }: Constraint): number | undefined {
  const statement = statementAt(scene, origin.made);
  if (statement === undefined || origin.made === undefined) return undefined;
  const all = tokensOf(statement);
  const words = all.map((token) => wordOf(statement, token));
  let at = words.indexOf("references", indexAt(statement, origin.made.span.start));
  if (at < 0) return undefined;
  at++;
  while (words[at + 1] === ".") at += 2;
  const open = all[at + 1];
  if (open !== undefined && words[at + 1] === "(") {
    const close = matchingParen(statement, open.start);
    if (close === undefined) return undefined;
    at = indexAt(statement, close);
  }
  if (words[at + 1] === "match") at += 2;
  return all[at]?.end;
}
