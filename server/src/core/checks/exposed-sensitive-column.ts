import { type Column, displayName, type Table } from "../schema/model.js";
import { isPlatformSchema } from "../schema/platform.js";
import { quoteIdentifier } from "../sql/quote.js";
import { apiRoles, hasDynamic, holdsColumn, isAnonymous, isServed } from "./about-access.js";
import { cures, headOf } from "./about-cures.js";
import { covers, isFor } from "./about-policies.js";
import { sqlColumns, sqlName } from "./about-tables.js";
import { admitted } from "./about-verdicts.js";
import { check, type Fix, type SchemaScene } from "./check.js";

export default check({
  name: "exposed-sensitive-column",
  severity: "warning",
  area: "J",
  kind: "state",
  summary: "Strangers may read a column that is named like a secret or a personal number.",
  why: "Row level security hides rows, never columns: whoever may read a row reads all of it, the password hash too.",
  instead: "Grant SELECT on the other columns only, or move the column to a table of its own.",
  silent: "each user reads only their own rows, or the column grants leave it out",
  turnOff: "when the columns that sound secret hold nothing that is, and are too many to allow one by one",
  peers: "PLS SPL PGR RG",
  bad: [
    "create table profiles (id uuid primary key, name text, password_hash text);\nalter table profiles enable row level security;\ngrant select on profiles to authenticated;\ncreate policy seen on profiles for select to authenticated using (true);",
    "-- file: supabase/migrations/20260101000000_profiles.sql\nCREATE TABLE profiles (id uuid PRIMARY KEY, name text, ssn text);\nALTER TABLE profiles ENABLE ROW LEVEL SECURITY;\nCREATE POLICY seen ON profiles FOR SELECT TO anon, authenticated USING (true);",
  ],
  good: [
    "create table profiles (id uuid primary key, name text, password_hash text);\ncreate index on profiles (name);\nalter table profiles enable row level security;\ngrant select on profiles to authenticated;\ncreate policy own on profiles for select to authenticated using (id = (select auth.uid()));",
    "create table profiles (id uuid primary key, name text, password_hash text);\nalter table profiles enable row level security;\ngrant select (id, name) on profiles to authenticated;\ncreate policy seen on profiles for select to authenticated using (true);",
    "create table profiles (id uuid primary key, password_changed_at timestamptz, has_password boolean, token_count integer);\nalter table profiles enable row level security;\ngrant select on profiles to authenticated;\ncreate policy seen on profiles for select to authenticated using (true);",
  ],
  *schema(scene) {
    const roles = apiRoles(scene);
    if (roles.length === 0 || hasDynamic(scene, "policies") || hasDynamic(scene, "grants")) return;
    for (const table of scene.schema.tables.values()) {
      if (!table.rls.enabled || table.origin.made === undefined) continue;
      if (isPlatformSchema(table.schema) || !isServed(scene, table.schema)) continue;
      const columns = table.columns.filter(isSensitive);
      if (columns.length === 0) continue;
      for (const role of roles) {
        const held = columns.filter(({ name }) => holdsColumn(scene, table, role, "select", name) === "yes");
        const [column] = held;
        const policy = table.policies.find((one) => isOpen(one, table, role));
        const place = column?.origin.changed ?? column?.origin.made ?? table.origin.made;
        if (column === undefined || policy === undefined) continue;
        const who = isAnonymous(role) ? "anyone with the public key" : "every signed-in user";
        yield {
          at: headOf(scene, place),
          message: `\`${policy.name}\` shows ${who} the rows of others in \`${displayName(table)}\`, and \`${column.name}\` with them.`,
          fixes: () => fixesOf(scene, table, roles, held),
        };
        break;
      }
    }
  },
});

function isOpen(policy: Table["policies"][number], table: Table, role: string): boolean {
  const person = isAnonymous(role) ? "nobody" : "stranger";
  const narrowing = table.policies.some((one) => !one.permissive && covers(one, "select"));
  return policy.permissive && !narrowing && isFor(policy, role) && admitted(policy, person, table).includes("select");
}

/** Named like a secret or a personal number, and of a type that can hold one. */
function isSensitive({ name, type }: Column): boolean {
  return secret.test(name) && /^(?:text|character|bytea|uuid|json|citext|numeric|bigint)/.test(type);
}

const secret =
  /(?:^|_)(?:password|passwd|pwd|passphrase|secret|api_?key|private_key|secret_key|signing_key|encryption_key|access_token|refresh_token|auth_token|reset_token|session_token|id_token|otp|totp|mfa_secret|ssn|social_security(?:_number)?|iban|credit_card(?:_number)?|card_number|cvv|cvc|passport(?:_number)?|tax_id|national_id|driver_license|bank_account(?:_number)?)(?:_(?:hash|digest|encrypted|salt|ciphertext))?$/i;

/** SELECT on the other columns in place of the one on the table. */
function fixesOf(
  scene: SchemaScene,
  table: Table,
  roles: readonly string[],
  hidden: readonly Column[],
): readonly Fix[] {
  const others = table.columns.map(({ name }) => name).filter((name) => !hidden.some((one) => one.name === name));
  const held = roles.filter((role) =>
    hidden.some(({ name }) => holdsColumn(scene, table, role, "select", name) === "yes"),
  );
  const grants = table.grants.filter(({ role }) => held.includes(role));
  if (!table.complete || others.length === 0 || held.length === 0 || grants.length === 0) return [];
  if (grants.some(({ columns }) => columns !== undefined) || table.grants.some(({ role }) => role === "public"))
    return [];
  const on = `on \`${sqlName(table)}\``;
  const whom = `\`${held.map(quoteIdentifier).join(", ")}\``;
  return cures(scene, grants.flatMap(({ place }) => place ?? []).at(-1) ?? table.origin.made, {
    title: `Leave \`${hidden.map(({ name }) => name).join("`, `")}\` out of what they may read`,
    slug: `hide_${table.name}_${hidden[0]?.name ?? ""}`,
    statements: [`revoke select ${on} from ${whom}`, `grant select (\`${sqlColumns(others)}\`) ${on} to ${whom}`],
  });
}
