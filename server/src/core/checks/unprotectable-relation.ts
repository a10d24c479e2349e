import { displayName, type Table, type View } from "../schema/model.js";
import { isPlatformSchema } from "../schema/platform.js";
import { quoteIdentifier } from "../sql/quote.js";
import { apiRoles, hasDynamic, holds, isAnonymous, isServed } from "./about-access.js";
import { cures, headOf } from "./about-cures.js";
import { tablesRead } from "./about-memberships.js";
import { isFor } from "./about-policies.js";
import { sqlName } from "./about-tables.js";
import { admitted } from "./about-verdicts.js";
import { check, type SchemaScene } from "./check.js";

export default check({
  name: "unprotectable-relation",
  severity: "warning",
  area: "J",
  kind: "state",
  summary: "The API's roles may read a materialized view or a foreign table, which cannot have row level security.",
  why: "A materialized view holds the rows of all, as its owner read them, and a foreign table what another server gives: no policy can tell whose is whose.",
  instead: "Revoke it from the API's roles, or move it to a schema that is not served and read it through a function.",
  silent: "what it reads is open to these roles anyway",
  turnOff: "when everything in your materialized views and foreign tables is meant for all users",
  peers: "PLS SPL PGR RG RT",
  bad: [
    "create table orders (id uuid primary key, customer uuid, total numeric);\nalter table orders enable row level security;\ncreate materialized view totals as select customer, sum(total) as total from orders group by customer;\ngrant select on totals to authenticated;",
    "-- file: supabase/migrations/20260101000000_orders.sql\nCREATE TABLE orders (id uuid PRIMARY KEY, customer uuid);\nALTER TABLE orders ENABLE ROW LEVEL SECURITY;\nCREATE MATERIALIZED VIEW totals AS SELECT customer, count(*) AS total FROM orders GROUP BY customer;",
    "create extension postgres_fdw;\ncreate server shop foreign data wrapper postgres_fdw;\ncreate foreign table invoices (id int, total numeric) server shop;\ngrant select on invoices to anon;",
  ],
  good: [
    "create table orders (id uuid primary key, customer uuid, total numeric);\nalter table orders enable row level security;\ncreate materialized view totals as select customer, sum(total) as total from orders group by customer;",
    "-- file: supabase/migrations/20260101000000_orders.sql\ncreate table orders (id uuid primary key, customer uuid);\nalter table orders enable row level security;\ncreate materialized view totals as select customer, count(*) as total from orders group by customer;\nrevoke all on totals from anon, authenticated;",
    "create table posts (id uuid primary key, topic text);\nalter table posts enable row level security;\ngrant select on posts to anon, authenticated;\ncreate policy seen on posts for select to anon, authenticated using (true);\ncreate materialized view topics as select topic, count(*) as posts from posts group by topic;\ngrant select on topics to anon, authenticated;",
  ],
  *schema(scene) {
    const roles = apiRoles(scene);
    if (roles.length === 0 || hasDynamic(scene, "grants")) return;
    const views = [...scene.schema.views.values()].filter(({ materialized }) => materialized);
    const foreign = [...scene.schema.tables.values()].filter(({ kind }) => kind === "foreign");
    for (const relation of [...views, ...foreign]) {
      const place = relation.origin.made;
      if (place === undefined || isPlatformSchema(relation.schema) || !isServed(scene, relation.schema)) continue;
      const readers = roles.filter((role) => holds(scene, relation, role, "select") === "yes");
      const [role] = readers;
      if (role === undefined || ("query" in relation && readers.every((one) => isPublic(scene, relation, one))))
        continue;
      const who = isAnonymous(role) ? "anyone with the public key" : "every signed-in user";
      const what = "query" in relation ? "a materialized view" : "a foreign table";
      yield {
        at: headOf(scene, place),
        message: `\`${displayName(relation)}\` is ${what}, which no policy can protect: ${who} reads all of it.`,
        fixes: () =>
          cures(scene, relation.grants.flatMap((grant) => grant.place ?? []).at(-1) ?? place, {
            title: "Take it from the API",
            slug: `revoke_${relation.name}`,
            statements: [`revoke all on \`${sqlName(relation)}\` from \`${readers.map(quoteIdentifier).join(", ")}\``],
          }),
      };
    }
  },
});

/** Everything it reads the role reads anyway. */
function isPublic(scene: SchemaScene, view: View, role: string): boolean {
  const tables = tablesRead(view.query.node, scene);
  return tables.length > 0 && tables.every((table) => isOpen(scene, table, role));
}

function isOpen(scene: SchemaScene, table: Table, role: string): boolean {
  if (holds(scene, table, role, "select") !== "yes") return false;
  const person = isAnonymous(role) ? "nobody" : "stranger";
  return (
    !table.rls.enabled ||
    table.policies.some(
      (policy) => policy.permissive && isFor(policy, role) && admitted(policy, person, table).includes("select"),
    )
  );
}
