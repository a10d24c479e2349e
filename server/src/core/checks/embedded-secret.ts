import { as } from "../sql/tree.js";
import type { Span } from "../text/source.js";
import { check, placeIn } from "./check.js";

export default check({
  name: "embedded-secret",
  severity: "error",
  area: "J",
  kind: "text",
  summary: "A service key, a private key or a password stands in the text.",
  why: "The history of the repository keeps it for ever, and everybody who may read that has it; a service key skips row level security.",
  instead: "Make a new key, and give it to the server by its environment, the platform's vault or a setting.",
  silent: "the key is published for local use, or is a placeholder",
  // Written in parts, so that no scanner takes the examples for keys.
  turnOff: "for a folder whose keys are made for tests and open nothing; never for the whole project",
  bad: [
    "create role worker login password 'Tr0ub4dor&3-horse';",
    `select net.http_post('https://example.com/hook', '{}'::jsonb, headers := '{"Authorization": "Bearer ${["sb", "secret", "Q8mJt2xWcVn4RzKp6LyHd0Ea"].join("_")}"}');`,
    `create table keys (pem text);\ninsert into keys values ('-----BEGIN ${["PRIVATE", "KEY"].join(" ")}-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7\n-----END ${["PRIVATE", "KEY"].join(" ")}-----');`,
    `# file: powersync/service.yaml\nreplication:\n  connections:\n    - type: postgresql\n      uri: postgresql://powersync:${"Zk3vQ9tB"}@db.abcdefgh.supabase.co:5432/postgres\nsync_config:\n  path: sync-config.yaml\n`,
  ],
  good: [
    "create role worker login;",
    "create role worker login password 'your-password-here';",
    "# file: powersync/service.yaml\nreplication:\n  connections:\n    - type: postgresql\n      uri: postgresql://postgres:postgres@localhost:5432/postgres\nsync_config:\n  path: sync-config.yaml\n",
    "# file: powersync/service.yaml\nreplication:\n  connections:\n    - type: postgresql\n      uri: !env PS_DATA_SOURCE_URI\n      password: !env PS_PASSWORD\nsync_config:\n  path: sync-config.yaml\n",
    "select length(password) from people where password = 'hunter2-hunter2';",
  ],
  *statement(scene) {
    const { statement } = scene;
    if (!signs.test(statement.text)) return;
    for (const { span, what } of secretsIn(statement.text)) {
      yield { at: placeIn(scene, span), message: messageOf(what) };
    }
    const role = as(statement.node, "CreateRoleStmt") ?? as(statement.node, "AlterRoleStmt");
    if (role === undefined) return;
    const written = /\bpassword\s+'([^']*)'/di.exec(statement.text);
    const [start = 0, end = 0] = written?.indices?.[1] ?? [];
    const password = written?.[1] ?? "";
    if (written !== null && !isPlaceholder(password) && !/^(?:SCRAM-SHA-256\$|md5[0-9a-f]{32}$)/.test(password))
      yield { at: placeIn(scene, { start, end }), message: messageOf("The password of a role") };
  },
  *sync({ uri, document: { text } }) {
    for (const { span, what } of [...secretsIn(text), ...passwordsIn(text)]) {
      yield { at: { uri, piece: undefined, span }, message: messageOf(what) };
    }
  },
});

function messageOf(what: string): string {
  return `${what} stands here in the text: whoever may read the repository has it, and its history keeps it.`;
}

/** What some secret looks like: most statements have nothing of the kind. */
const signs = /eyJ|sb_secret_|PRIVATE KEY|password\s+'|sk_live_|AKIA|gh[pousr]_|xox[baprs]-|postgres(?:ql)?:\/\//i;

interface Secret {
  readonly span: Span;
  readonly what: string;
}

/** Keys that their form gives away. */
function secretsIn(text: string): readonly Secret[] {
  const found: Secret[] = [];
  for (const { what, form, holds } of forms) {
    for (const match of text.matchAll(form)) {
      const [start, end] = match.indices?.[1] ?? match.indices?.[0] ?? [0, 0];
      if (holds?.(match) !== false) found.push({ span: { start, end }, what });
    }
  }
  return found.sort((a, b) => a.span.start - b.span.start);
}

interface Form {
  readonly what: string;
  readonly form: RegExp;
  /** What the form alone does not tell. */
  readonly holds?: (match: RegExpMatchArray) => boolean;
}

const forms: readonly Form[] = [
  {
    what: "A service key, which skips row level security,",
    form: /\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{20,}/dg,
    holds: ([token]) => isServiceToken(token),
  },
  {
    what: "A secret key, which skips row level security,",
    form: /\bsb_secret_[\w-]{20,}/dg,
    // The one that every local instance has.
    holds: ([key]) => !key.endsWith("_xSvEMPvz"),
  },
  { what: "A private key", form: /-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----(?=\s*(?:\\n)?[A-Za-z0-9+/=\s\\]{40})/dg },
  {
    what: "The password of a connection",
    form: /\bpostgres(?:ql)?:\/\/[^:\s'"/@]+:([^@\s'"]+)@(?=([^\s'"/:?]+))/dgi,
    holds: ([, password = "", host = ""]) =>
      !isPlaceholder(password) &&
      host.includes(".") &&
      !/^(?:127\.|0\.0|192\.168\.|10\.|host\.docker)|example\.|\.local$/.test(host),
  },
  { what: "A secret key of Stripe", form: /\bsk_live_[0-9a-zA-Z]{20,}/dg },
  { what: "An access key of AWS", form: /\bAKIA[0-9A-Z]{16}\b/dg, holds: ([key]) => !key.endsWith("EXAMPLE") },
  { what: "A token of GitHub", form: /\bgh[pousr]_[A-Za-z0-9]{36}\b/dg },
  { what: "A token of Slack", form: /\bxox[baprs]-\d{6,}-[\w-]{10,}/dg },
];

/** A token for the role that skips policies; the published one of local instances is known by its issuer. */
function isServiceToken(token: string): boolean {
  const payload = decoded(token.split(".")[1] ?? "");
  return /"role"\s*:\s*"(?:service_role|supabase_admin)"/.test(payload) && !/"iss"\s*:\s*"supabase-demo"/.test(payload);
}

const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/** The letters that base64url stands for; what is beyond ASCII is of no interest here. */
function decoded(text: string): string {
  let bits = 0;
  let held = 0;
  let out = "";
  for (const letter of text) {
    const digit = digits.indexOf(letter);
    if (digit < 0) return "";
    bits = ((bits << 6) | digit) & 0xffff;
    held += 6;
    if (held < 8) continue;
    held -= 8;
    out += String.fromCharCode((bits >> held) & 0xff);
  }
  return out;
}

/** Passwords of a service's connections that are written out. */
function passwordsIn(text: string): readonly Secret[] {
  return [...text.matchAll(/^[ \t]*(?:-[ \t]+)?password:[ \t]*(?!!)(["']?)([^\s#"']+)\1[ \t]*(?:#.*)?$/dgm)].flatMap(
    (match) => {
      const [start, end] = match.indices?.[2] ?? [0, 0];
      return isPlaceholder(match[2] ?? "") ? [] : [{ span: { start, end }, what: "The password of a connection" }];
    },
  );
}

/** Words that stand for a password, and passwords that nobody takes for one. */
function isPlaceholder(text: string): boolean {
  return (
    text.length < 8 ||
    /^[<[{$%:*]|[>\]}]$|\$\{|\{\{/.test(text) ||
    /pass(?:word|wd)?|secret|change.?me|your|example|placeholder|replace|insert|dummy|test|local|postgres|supabase|todo|xxx|\.\.\.|\*\*\*|^(.)\1*$|12345/i.test(
      text,
    )
  );
}
