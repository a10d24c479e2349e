import { check, checkFix } from "../support/checks.js";

const only = "unprotectable-relation";
const orders = `\
create table orders (id uuid primary key, customer uuid);
alter table orders enable row level security;
create policy own on orders for select to authenticated using (customer = (select auth.uid()));
`;

suite("unprotectable-relation", () => {
  test("says which relation, behind an é and a 😀", () =>
    check(
      `\
${orders}create materialized view public."Totals é 😀" as select customer, count(*) from orders group by customer;
-- <^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ unprotectable-relation
grant select on "Totals é 😀" to anon;
create foreign table invoices (id int) server shop;
-- <^^^^^^^^^^^^^^^^^^^^^^^^^ unprotectable-relation
grant select on invoices to authenticated;
`,
      only,
    ));

  test("is silent in schemas that are not served, without a grant, and on plain views", () =>
    check(
      `\
${orders}create schema private;
create materialized view private.a as select customer from orders;
grant select on private.a to anon;
create materialized view b as select customer from orders;
grant select on b to service_role;
create view c with (security_invoker = true) as select customer from orders;
grant select on c to anon;
`,
      only,
    ));

  test("takes it from the API, behind its grant", () =>
    checkFix(
      `${orders}create materialized view totals as select customer from orders;\ngrant select on totals to authenticated;\n`,
      `${orders}create materialized view totals as select customer from orders;\ngrant select on totals to authenticated;\nrevoke all on totals from authenticated;\n`,
      only,
    ));
});
