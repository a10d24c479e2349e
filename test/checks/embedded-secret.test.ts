import { check } from "../support/checks.js";

const only = "embedded-secret";

/** A token as the platform signs it, with a claim for a role; the signature is none. */
function token(role: string, issuer: string): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  return `${part({ alg: "HS256", typ: "JWT" })}.${part({ iss: issuer, ref: "abcdefghijklmnop", role, iat: 1 })}.${"x".repeat(43)}`;
}

const secretKey = ["sb", "secret", "Q8mJt2xWcVn4RzKp6LyHd0Ea"].join("_");

suite("embedded-secret", () => {
  test("finds a service key by what it says, and leaves the public one alone", () => {
    const service = token("service_role", "supabase");
    check(
      `-- é 😀\nselect net.http_post('https://example.com', headers := '{"Authorization": "Bearer ${service}"}');\n--${" ".repeat(80)}${"^".repeat(service.length)} embedded-secret\n`,
      only,
    );
    check(`select '${token("anon", "supabase")}', '${token("service_role", "supabase-demo")}';\n`, only);
  });

  test("finds secret keys in functions and in YAML, not the one of every local instance", () => {
    const marks = "^".repeat(secretKey.length);
    check(
      `create function f() returns text language sql as $$\n  select '${secretKey}'\n--        ${marks} embedded-secret\n$$;\nselect '${["sb", "secret", "N7UND0UgjKTVK-Uodkm0Hg", "xSvEMPvz"].join("_")}';\n`,
      only,
    );
    check(
      `# file: powersync/service.yaml\nreplication:\n  connections:\n    - type: postgresql\n      password: Zk3vQ9tBx\n#               ^^^^^^^^^ embedded-secret\n      uri: !env URI\nsync_config:\n  path: sync-config.yaml\n`,
      only,
    );
  });

  test("finds passwords of roles, and knows placeholders, hashes and columns of that name", () =>
    check(
      `\
create role "é 😀" login password 'Kq7-vire-Landau';
--                                 ^^^^^^^^^^^^^^^ embedded-secret
alter user worker with encrypted password 'n0t-4-w0rd-here';
--                                         ^^^^^^^^^^^^^^^ embedded-secret
create role a login password 'your_password_here';
create role b login password '\${PS_PW}';
create role c login password 'SCRAM-SHA-256$4096:c2FsdA==$c3RvcmVk:c2VydmVy';
create role d login password 'postgres';
update people set password = 'Kq7-vire-Landau';
`,
      only,
    ));

  test("finds the password of a connection, but not of one in the house", () =>
    check(
      `\
create table links (url text);
insert into links values ('postgres://app:Zk3vQ9tBx@db.abcdef.supabase.co:5432/postgres');
--                                        ^^^^^^^^^ embedded-secret
insert into links values ('postgres://app:Zk3vQ9tBx@localhost:5432/postgres'), ('postgresql://app:[YOUR-PASSWORD]@db.abcdef.supabase.co/postgres'), ('postgres://app:Zk3vQ9tBx@db:5432/x');
`,
      only,
    ));
});
