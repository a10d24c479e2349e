import { displayName, type Routine } from "../schema/model.js";
import { isPlatformSchema } from "../schema/platform.js";
import { walk } from "../sql/tree.js";
import { memo } from "../text/memo.js";
import { apiRoles, hasDynamic, isAnonymous, isServed } from "./about-access.js";
import { cures, headOf } from "./about-cures.js";
import { policiesOf, predicatesOf } from "./about-policies.js";
import {
  mayExecute,
  type ReadBody,
  readBody,
  routinesIn,
  signatureOf,
  withCallees,
  writesRows,
} from "./about-routines.js";
import { check, type SchemaScene } from "./check.js";

export default check({
  name: "callable-definer-function",
  severity: "warning",
  area: "J",
  kind: "state",
  summary: "The API's roles may call a SECURITY DEFINER function that never asks who calls.",
  why: "The function reads and writes as its owner, past row level security, and every function in a served schema is an address of the API: whoever knows its name has what it does.",
  instead:
    "Revoke EXECUTE from public, anon and authenticated, ask for `auth.uid()` inside, or keep it in a schema that is not served.",
  silent:
    "it is a trigger function, asks who calls, itself or in a function it calls, touches no table, or serves policies",
  turnOff:
    "when the functions are your public API on purpose, and each was reviewed for what a stranger can do with it",
  peers: "SPL PGR RT",
  bad: [
    "-- file: supabase/migrations/20260101000000_notes.sql\ncreate table notes (id uuid primary key, body text);\nalter table notes enable row level security;\ncreate function note_body(note uuid) returns text language sql stable security definer set search_path = '' as $$ select body from public.notes where id = note $$;",
    "CREATE TABLE notes (id uuid PRIMARY KEY, body text);\nALTER TABLE notes ENABLE ROW LEVEL SECURITY;\nCREATE FUNCTION forget(note uuid) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$\nBEGIN\n  DELETE FROM public.notes WHERE id = note;\nEND $$;\nGRANT ALL ON FUNCTION forget(uuid) TO authenticated;",
  ],
  good: [
    "create table notes (id uuid primary key, body text, owner uuid);\nalter table notes enable row level security;\ncreate function note_body(note uuid) returns text language sql stable security definer set search_path = '' as $$ select body from public.notes where id = note and owner = (select auth.uid()) $$;",
    "-- file: supabase/migrations/20260101000000_notes.sql\ncreate table notes (id uuid primary key, body text);\nalter table notes enable row level security;\ncreate function note_body(note uuid) returns text language sql stable security definer set search_path = '' as $$ select body from public.notes where id = note $$;\nrevoke execute on function note_body(uuid) from public, anon, authenticated;",
    "create table notes (id uuid primary key, at timestamptz);\ncreate function touch() returns trigger language plpgsql security definer set search_path = '' as $$ begin update public.notes set at = now() where id = new.id; return new; end $$;",
    "create schema private;\ncreate table notes (id uuid primary key, body text);\ncreate function private.note_body(note uuid) returns text language sql stable security definer set search_path = '' as $$ select body from public.notes where id = note $$;",
    "create function double(x int) returns int language sql immutable security definer set search_path = '' as $$ select x * 2 $$;",
  ],
  *schema(scene) {
    const roles = apiRoles(scene);
    if (roles.length === 0 || hasDynamic(scene, "execution")) return;
    let inPolicies: ReadonlySet<Routine> | undefined;
    for (const routine of scene.schema.routines.values().flat()) {
      const { definer, body, returns, kind } = routine;
      if (!definer || body === undefined || kind === "aggregate" || /^(?:event_)?trigger$/.test(returns ?? ""))
        continue;
      if (isPlatformSchema(routine.schema) || !isServed(scene, routine.schema)) continue;
      const role = roles.find((one) => mayExecute(scene, routine, one) === "yes");
      if (role === undefined || isMeant(routine) || asksWhoCalls(scene, routine) !== false) continue;
      inPolicies ??= new Set(
        [...policiesOf(scene)].flatMap(({ policy }) =>
          predicatesOf(policy).flatMap(({ node }) => routinesIn(node, scene.schema)),
        ),
      );
      if (inPolicies.has(routine)) continue;
      const who = isAnonymous(role) ? "anyone with the public key" : "every signed-in user";
      const named = signatureOf(routine);
      const verb = kind === "procedure" ? "procedure" : "function";
      const whom =
        scene.facts.platform === "supabase" ? "public, `anon, authenticated`" : `public, \`${roles.join(", ")}\``;
      yield {
        at: headOf(scene, body),
        message: `\`${displayName(routine)}()\` runs as its owner, past row level security, and asks nothing of its caller: ${who} may call it.`,
        fixes: () =>
          cures(scene, routine.grants.flatMap(({ place }) => place ?? []).at(-1) ?? body, {
            title: "Let only the server call it",
            slug: `revoke_${routine.name}`,
            statements: [`revoke execute on ${verb} \`${named}\` from ${whom}`],
          }),
      };
    }
  },
});

/** Somebody has granted this very function, or it takes something that only the right caller knows. */
function isMeant({ grants, arguments: list }: Routine): boolean {
  const granted = grants.some(
    ({ privilege, role, place }) => place !== undefined && privilege === "execute" && role !== "service_role",
  );
  return granted || list.some(({ name }) => /(?:token|secret|code|hash|key|signature|password)$/i.test(name ?? ""));
}

/** Whether it, or a function it calls, asks for the caller; undefined when that cannot be read, or it does nothing worth asking. */
function asksWhoCalls(scene: SchemaScene, routine: Routine): boolean | undefined {
  const own = readBody(scene, routine);
  if (own === undefined || own.dynamic || !touchesTables(own)) return undefined;
  // Whether something is so gives little away, and policies ask such functions.
  if (routine.returns === "boolean" && !writesRows(own)) return undefined;
  const bodies = withCallees(scene, [routine]).map((one) => readBody(scene, one));
  if (bodies.includes(undefined)) return undefined;
  return bodies.some((body) => body !== undefined && asksIn(body));
}

const asksIn: (body: ReadBody) => boolean = memo(({ text }) => asks.test(text));

const asks =
  /\bauth\s*\.\s*"?(?:uid|jwt|role|email)\b|"auth"\s*\.|\bcurrent_setting\s*\(|\b(?:session_user|current_user|current_role)\b|\brequest\.(?:jwt|headers)/i;

const touchesTables: (body: ReadBody) => boolean = memo(({ text, nodes }) => {
  let touches = /\b(?:from|join|into|update)\s+"?[a-z_]/i.test(text);
  walk(nodes, (kind, _node) => {
    if (kind === "RangeVar") touches = true;
  });
  return touches;
});
