/** The names of a statement, or of the body of a routine, that mean nothing where it stands. */
import { type Body, type BodyStatement, bodyExpressions, bodyOf, bodyStatements } from "../sql/body.js";
import { tokens } from "../sql/lexer.js";
import type { Node, Statement } from "../sql/statement.js";
import { as } from "../sql/tree.js";
import { memo } from "../text/memo.js";
import { readStatement } from "./definitions.js";
import { apply } from "./fold.js";
import type { MissingName, Reading } from "./missing.js";
import type { Schema } from "./model.js";
import { readExpression } from "./query.js";
import { remembering } from "./remembering.js";
import { alone, nowhere } from "./scope.js";
import { dependOn, type Trace, traced } from "./tracing.js";

const remembered = new WeakMap<
  Statement,
  { readonly before: Schema; readonly after: Schema; readonly names: readonly MissingName[]; readonly trace: Trace }
>();

/** What PostgreSQL will not find when it runs a statement; what a routine's body names is not looked for until it is called. */
export function missingNames(statement: Statement, before: Schema, after: Schema): readonly MissingName[] {
  const known = remembered.get(statement);
  if (known !== undefined && known.before === before && known.after === after) {
    dependOn(known.trace);
    return known.names;
  }
  const { answer: names, trace } = traced(() => read(statement, before, after));
  remembered.set(statement, { before, after, names, trace });
  return names;
}

function read(statement: Statement, before: Schema, after: Schema): readonly MissingName[] {
  // Stand-ins for placeholders mean whatever the tool puts there.
  if (statement.node === undefined || statement.masked) return [];
  const schemas = before === after ? [before] : [before, after];
  const found: MissingName[] = [];
  const routine = as(statement.node, "CreateFunctionStmt");
  if (routine?.sql_body !== undefined) {
    const reading: Reading = { statement, schemas, variables: new Set(argumentsOf(statement)), found };
    readAtomic(reading, routine.sql_body);
  } else if ("DoStmt" in statement.node) {
    const always = ({ guarded }: BodyStatement): boolean => !guarded;
    found.push(
      ...readBody(
        statement,
        bodyStatements(statement).filter(always),
        bodyExpressions(statement).filter(always),
        schemas,
      ),
    );
  } else if (routine === undefined) {
    readStatement({ statement, schemas, variables: new Set(), found }, statement.node);
  }
  return found;
}

/** What a routine will not find when it is called, in the places of the statement that defines it. */
export const missingInBody: (statement: Statement, schema: Schema) => readonly MissingName[] = remembering(
  (statement, schema) => {
    if (statement.masked || asksWhetherThere.test(statement.text)) return [];
    return readBody(statement, bodyStatements(statement), bodyExpressions(statement), [schema]);
  },
);

/** A body that asks the catalog first, or counts on the error, knows that something may be missing. */
const asksWhetherThere =
  /\b(?:to_regclass|information_schema|pg_class|pg_tables|pg_attribute|undefined_table|undefined_column)\b/i;

function readBody(
  statement: Statement,
  inner: readonly BodyStatement[],
  evaluated: readonly BodyStatement[],
  schemas: readonly Schema[],
): readonly MissingName[] {
  const [schema] = schemas;
  if (schema === undefined) return [];
  const variables = variablesOf(statement);
  // What one statement makes the next one finds.
  const made = inner.reduce(
    (so, one) => (onlyRows(one.statement) ? so : apply(so, one.statement, { uri: "", piece: 0 })),
    schema,
  );
  const all = made === schema ? schemas : [...schemas, made];
  const found: MissingName[] = [];
  for (const { start, statement: one } of [...inner, ...evaluated]) {
    if (one.node === undefined || one.masked) continue;
    const own: MissingName[] = [];
    readStatement({ statement: one, schemas: all, variables, found: own }, one.node);
    for (const name of own)
      found.push({ ...name, span: { start: name.span.start + start, end: name.span.end + start } });
  }
  return found;
}

/** Whether a statement changes rows and makes nothing; a query may make a table, or call what makes one. */
function onlyRows({ node }: Statement): boolean {
  return node !== undefined && ("InsertStmt" in node || "UpdateStmt" in node || "DeleteStmt" in node);
}

/** Names that mean variables in the body of a statement, or arguments of the routine. */
const variablesOf: (statement: Statement) => ReadonlySet<string> = memo((statement) => {
  const body = bodyOf(statement);
  return new Set([...argumentsOf(statement), ...(body === undefined ? [] : variablesIn(body))]);
});

/** BEGIN ATOMIC … END, or RETURN with an expression. */
function readAtomic(reading: Reading, body: Node): void {
  const list = as(body, "List");
  if (list !== undefined) for (const node of list.items ?? []) readAtomic(reading, node);
  else if ("ReturnStmt" in body) readExpression(reading, body.ReturnStmt.returnval, nowhere, alone);
  else readStatement(reading, body);
}

/** The names of a routine's arguments and results, and its own, which may stand before them. */
function argumentsOf(statement: Statement): readonly string[] {
  const routine = as(statement.node, "CreateFunctionStmt");
  const names = (routine?.parameters ?? []).flatMap((node) => as(node, "FunctionParameter")?.name ?? []);
  const own = as(routine?.funcname?.at(-1), "String")?.sval;
  return own === undefined ? names : [...names, own];
}

/** Everything in a PL/pgSQL body that may be a variable: the words of its declarations, loop variables, labels, and what is always there. */
function variablesIn({ language, text: body }: Body): readonly string[] {
  if (language === "sql") return [];
  const names = [...always];
  let declaring = false;
  let behind = "";
  for (const { kind, start, end } of tokens(body)) {
    if (kind === "comment" || kind === "string") continue;
    const written = body.slice(start, end);
    const word = kind === "quoted" ? written.slice(1, -1) : written.toLowerCase();
    if (word === "declare") declaring = true;
    else if (word === "begin") declaring = false;
    else if (declaring || behind === "for" || behind === "foreach" || behind === "<<" || behind === "into")
      names.push(word);
    behind = decider(behind, word);
  }
  return names;
}

/** The word that decides about the next one: `for a, b in` and `into strict a, b` name several. */
function decider(behind: string, word: string): string {
  if (behind === "targets" && word === ",") return "into";
  if (behind === "into" && word === "strict") return "into";
  return behind === "into" || behind === "for" ? "targets" : word;
}

const always = (
  "found new old sqlstate sqlerrm tg_name tg_when tg_level tg_op tg_relid tg_relname tg_table_name tg_table_schema tg_nargs " +
  "tg_argv tg_event tg_tag"
).split(" ");
