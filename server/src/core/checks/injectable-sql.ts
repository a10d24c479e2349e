import { displayName, type Routine } from "../schema/model.js";
import { isPlatformSchema } from "../schema/platform.js";
import { bodyOf } from "../sql/body.js";
import type { Statement } from "../sql/statement.js";
import { as, nameOf } from "../sql/tree.js";
import { apiRoles, isServed } from "./about-access.js";
import { isOpen, statementAt } from "./about-cures.js";
import { mayExecute, readBody } from "./about-routines.js";
import { type Joined, joinedTexts } from "./about-run-texts.js";
import { likeKeywords } from "./about-tables.js";
import { check, type Fix, type SchemaScene } from "./check.js";

export default check({
  name: "injectable-sql",
  severity: "warning",
  area: "J",
  kind: "state",
  summary: "A function runs text into which an argument is put as it is.",
  why: "Whoever calls the function writes part of the query: a quotation mark is enough to read or change anything that the function may.",
  instead: "Put names in with `format('… %I …', name)` or `quote_ident`, values with `%L`, or better with USING.",
  silent: "the argument is a number, a uuid or a regclass, is quoted, or is held against a list first",
  turnOff: "when only administrators may call the functions that build SQL, and running any SQL is their purpose",
  peers: "PLS",
  bad: [
    "create function count_rows(t text) returns bigint language plpgsql stable set search_path = '' as $$\ndeclare n bigint;\nbegin\n  execute 'select count(*) from ' || t into n;\n  return n;\nend $$;",
    "CREATE FUNCTION find_notes(term text) RETURNS SETOF int LANGUAGE plpgsql STABLE SET search_path = '' AS $$\nBEGIN\n  RETURN QUERY EXECUTE format('SELECT 1 WHERE %L <> %s', 'x', term);\nEND $$;",
    "create function explain_analyze(query text) returns setof text language plpgsql set search_path = '' as $$\nbegin\n  return query execute 'explain analyze ' || query;\nend $$;",
    "create function sorted(col text) returns setof int language plpgsql set search_path = '' as $$\ndeclare sql text;\nbegin\n  sql := 'select id from public.notes order by ' || col;\n  return query execute sql;\nend $$;\ncreate table notes (id int primary key);",
  ],
  good: [
    "create function count_rows(t text) returns bigint language plpgsql stable set search_path = '' as $$\ndeclare n bigint;\nbegin\n  execute format('select count(*) from %I', t) into n;\n  return n;\nend $$;",
    "create function find_notes(term text) returns setof int language plpgsql stable set search_path = '' as $$\nbegin\n  return query execute 'select 1 where $1 <> ''x''' using term;\nend $$;",
    "create function page(size int) returns setof int language plpgsql stable set search_path = '' as $$\nbegin\n  return query execute 'select 1 limit ' || size;\nend $$;",
    "create function sorted(way text) returns setof int language plpgsql set search_path = '' as $$\nbegin\n  if way not in ('asc', 'desc') then raise exception 'no'; end if;\n  return query execute 'select 1 order by 1 ' || way;\nend $$;",
    "create function sorted(way text) returns setof int language plpgsql set search_path = '' as $$\nbegin\n  return query execute 'select 1 order by 1 ' || case when way = 'asc' then 'asc' else 'desc' end || quote_literal(way);\nend $$;",
  ],
  *schema(scene) {
    const roles = apiRoles(scene);
    for (const routine of scene.schema.routines.values().flat()) {
      const { body, returns } = routine;
      const statement = statementAt(scene, body);
      if (routine.language !== "plpgsql" || body === undefined || statement === undefined) continue;
      const created = as(statement.node, "CreateFunctionStmt");
      if (
        created === undefined ||
        nameOf(created.funcname)?.name !== routine.name ||
        isPlatformSchema(routine.schema) ||
        routine.schema === "pg_temp"
      )
        continue;
      // Most bodies run no text at all.
      if (readBody(scene, routine)?.dynamic !== true) continue;
      const [first, ...others] = joinedIn(statement, textArguments(routine));
      if (first === undefined) continue;
      const isCallable =
        !/^(?:event_)?trigger$/.test(returns ?? "") &&
        isServed(scene, routine.schema) &&
        roles.some((role) => mayExecute(scene, routine, role) === "yes");
      const name = `\`${displayName(routine)}()\``;
      yield {
        at: { ...body, span: first.span },
        message: isCallable
          ? `${name} runs text with \`${first.name}\` in it as it is: every caller of the API writes the query.`
          : `${name} runs text with \`${first.name}\` in it as it is: whoever calls it writes the query.`,
        ...(isCallable && { severity: "error" as const }),
        related: others.map(({ span }) => ({ at: { ...body, span }, message: "and here" })),
        fixes: () => fixesOf(scene, routine, statement),
      };
    }
  },
});

/** The arguments that may hold any text, by name or number. */
function textArguments({ arguments: list }: Routine): readonly string[] {
  return list
    .filter(({ mode }) => mode !== "out" && mode !== "table")
    .flatMap(({ name, type }, at) =>
      /^(?:text|character|citext|name|json|"?char)/.test(type)
        ? [`$${at + 1}`, ...(name === undefined ? [] : [name.toLowerCase()])]
        : [],
    );
}

/** What is joined as it is, at its place in the statement. */
function joinedIn(statement: Statement, names: readonly string[]): readonly Joined[] {
  const body = bodyOf(statement);
  if (body === undefined || names.length === 0) return [];
  const text = statement.text.slice(body.span.start, body.span.end);
  return joinedTexts(text, names).map((one) => ({
    ...one,
    span: { start: body.span.start + one.span.start, end: body.span.start + one.span.end },
    cure:
      one.cure === undefined
        ? undefined
        : {
            ...one.cure,
            span: { start: body.span.start + one.cure.span.start, end: body.span.start + one.cure.span.end },
          },
  }));
}

/** Every such place quoted, where it is plain whether a name or a value is meant. */
function fixesOf(scene: SchemaScene, routine: Routine, statement: Statement): readonly Fix[] {
  const places = joinedIn(statement, textArguments(routine));
  const cures = places.flatMap(({ cure }) => cure ?? []);
  const { body } = routine;
  if (body === undefined || cures.length < places.length) return [];
  const title = "Quote it";
  if (isOpen(scene, body))
    return [{ title, safe: false, edits: cures.map(({ span, text }) => ({ at: { ...body, span }, text })) }];
  let text = statement.text;
  for (const { span, text: put } of [...cures].sort((a, b) => b.span.start - a.span.start))
    text = text.slice(0, span.start) + put + text.slice(span.end);
  const replaced = text.replace(
    /^(\s*create)(\s+or\s+replace)?/i,
    (_whole, create: string) => `${create}${likeKeywords(statement, " or replace")}`,
  );
  const migrations = [{ slug: `quote_in_${routine.name}`, statements: [replaced], outsideTransaction: false }];
  return [{ title: `${title} in a new migration`, safe: false, migrations }];
}
