import type { ColumnDef } from "@pgsql/types";
import { typeText } from "../schema/reading.js";
import { as } from "../sql/tree.js";
import { definedColumns, typeSpan } from "./about-columns.js";
import { likeKeywords, tableNamed } from "./about-tables.js";
import { check, placeIn, type Report, type StatementScene } from "./check.js";

export default check({
  name: "awkward-type",
  severity: "hint",
  area: "C",
  kind: "act",
  summary: "A column gets the type char(n), money or json, or a float for an amount of money.",
  why: "char(n) pads with blanks that count in comparisons and nowhere else; money rounds and reads by the server's locale; json has no equality, no index and is parsed anew at each read; a float cannot hold 0.1.",
  instead: "text (with a CHECK of its length), numeric, jsonb.",
  silent: "char(n) holds a code of fixed length, json is kept as it came (by its name), or a float measures something",
  turnOff: "when the columns mirror another system whose types have to be kept as they are",
  peers: "SQ PLS SM EU MP PML PF",
  bad: [
    "create table message (id uuid primary key, title char(40));",
    "create table message (id uuid primary key);\nALTER TABLE message ADD COLUMN meta JSON, ADD COLUMN fee MONEY;",
    "create table product (id uuid primary key, unit_price double precision not null default 0);",
  ],
  good: [
    "create table message (id uuid primary key, title text, country char(2), sha256_hash char(64));",
    "create table message (id uuid primary key, meta jsonb, raw_payload json, score real);",
    "create table product (id uuid primary key, price numeric(12, 2), distance float8);",
  ],
  visit: {
    *CreateStmt(create, scene) {
      if (create.relation?.relpersistence === "t") return;
      yield* judge(scene, definedColumns(create.tableElts));
    },
    *AlterTableStmt(alter, scene) {
      if (alter.objtype === "OBJECT_TABLE") yield* judge(scene, definedColumns(alter.cmds));
    },
  },
});

function* judge(scene: StatementScene, columns: readonly ColumnDef[]): Iterable<Report> {
  for (const { colname = "", typeName } of columns) {
    const type = typeText(typeName).replace(/\[\]$/, "");
    if (type === "json" && isChosen(scene, colname)) continue;
    const awkward = awkwardness(type, colname);
    const span = awkward === undefined ? undefined : typeSpan(scene.statement, typeName);
    if (awkward === undefined || span === undefined) continue;
    yield {
      at: placeIn(scene, span),
      message: `\`${colname}\` is ${type}: ${awkward.why}.`,
      fixes: () => [
        {
          title: `Make it ${awkward.better}`,
          safe: false,
          edits: [{ at: placeIn(scene, span), text: likeType(scene.statement.text, span.start, awkward.better) }],
        },
      ],
    };
  }
}

/** Prisma writes jsonb unless json is asked for, and who turns jsonb into json wants its keys in their order. */
function isChosen({ file, before, statement }: StatementScene, name: string): boolean {
  if (file.history?.tool === "prisma") return true;
  const table = tableNamed(before, as(statement.node, "AlterTableStmt")?.relation);
  return table?.columns.some((one) => one.name === name && one.type === "jsonb") === true;
}

/** In the case of the type as it is written, which need not be that of the statement. */
function likeType(text: string, start: number, type: string): string {
  return likeKeywords(text.slice(start), type);
}

function awkwardness(type: string, name: string): { readonly why: string; readonly better: string } | undefined {
  const words = name.toLowerCase().split("_");
  const has = (list: ReadonlySet<string>): boolean => words.some((word) => list.has(word));
  const length = /^character\((\d+)\)$/.exec(type)?.[1];
  // Codes of countries, currencies and languages have two or three letters.
  if (length !== undefined && Number(length) > 3 && !has(codes))
    return { why: "each value is padded with blanks to its full length", better: "text" };
  if (type === "money") return { why: "its value depends on the locale of the server", better: "numeric" };
  if (type === "json" && !has(verbatim))
    return { why: "it has no equality and no index, and each read parses it anew", better: "jsonb" };
  if (/^(?:real|double precision)$/.test(type) && has(amounts) && !has(measures))
    return { why: "a float cannot hold a tenth, so sums of money drift", better: "numeric" };
  return undefined;
}

const set = (words: string): ReadonlySet<string> => new Set(words.split(" "));

const codes = set(
  "code codes country currency lang language locale iso iban bic swift isin ean upc isbn issn zip postcode hash digest checksum " +
    "md5 sha sha1 sha256 sha512 hex uuid ulid cuid nanoid id key fingerprint token signature",
);
const verbatim = set("raw payload original verbatim body request response event log source");
const amounts = set("price prices cost costs balance fee fees salary wage tax subtotal payment revenue amount invoice");
const measures = set(
  "rate ratio percent percentage pct score factor weight units hours minutes seconds ms kg ml km token tokens usage",
);
