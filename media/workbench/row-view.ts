/** How one row looks and reads. Nothing here knows where it stands or what happens when it is chosen. */
import { html, nothing, type SVGTemplateResult, svg, type TemplateResult } from "lit";
import type { PanelTable } from "../../server/src/protocol.js";
import type { RowContent } from "./rows.js";

/** A row's content: icon, name, the rest, and chips that say in words what matters. */
export function rowView(content: RowContent): TemplateResult {
  if (content.is === "schema") return row("schema", "schema", content.name, plural(content.tables, "table"));
  if (content.is === "item") return row(content.item.kind, content.item.kind, content.item.name, content.item.detail);
  const { table } = content;
  const drawing = table.kind.includes("view") ? "view" : "table";
  return html`${row(drawing, table.kind, table.name, plural(table.columns, "column"))}${chips(table)}`;
}

/** All of a row in words, for where it is too narrow to show them. */
export function rowWords(content: RowContent): string {
  if (content.is === "schema") return `schema ${content.name}, ${plural(content.tables, "table")}`;
  if (content.is === "item") return `${content.item.kind} ${content.item.name}, ${content.item.detail}`;
  const { table } = content;
  const parts = [`${table.kind} ${table.name}`, plural(table.columns, "column"), plural(table.indexes, "index")];
  if (table.rls !== undefined) parts.push(`row level security ${table.rls}`, plural(table.policies, "policy"));
  if (table.findings > 0) parts.push(plural(table.findings, "finding"));
  return parts.join(", ");
}

/** A count with its noun. */
export function plural(count: number, noun: string): string {
  const many = noun.endsWith("y") ? `${noun.slice(0, -1)}ies` : noun.endsWith("x") ? `${noun}es` : `${noun}s`;
  return `${count.toLocaleString("en")} ${count === 1 ? noun : many}`;
}

function chips({ rls, policies, findings }: PanelTable): TemplateResult {
  const chip = (style: string, text: string) => html` <span class=${style}>${text}</span>`;
  return html`<span class="chips"
    >${rls === undefined || rls === "on" ? nothing : chip(rls === "off" ? "chip alert" : "chip", `RLS ${rls}`)}${
      policies > 0 ? chip("chip minor", plural(policies, "policy")) : nothing
    }${findings > 0 ? chip("chip alert", plural(findings, "finding")) : nothing}</span
  >`;
}

/** What the icon shows is also there to be heard. */
function row(drawing: Icon, kind: string, name: string, detail: string): TemplateResult {
  return html`${icon(drawing)}<span class="unseen">${kind} </span><span class="name">${name}</span> <span class="detail">${detail}</span>`;
}

type Icon = "schema" | "table" | "view" | "column" | "key" | "index" | "policy" | "trigger";

function icon(name: Icon): TemplateResult {
  return html`<svg class="icon" viewBox="0 0 16 16" aria-hidden="true">${drawings[name]}</svg>`;
}

const drawings: Readonly<Record<Icon, SVGTemplateResult>> = {
  schema: svg`<path d="M2.5 4.5h4l1.5 2h5.5v6h-11z"/>`,
  table: svg`<path d="M2.5 3.5h11v9h-11zM2.5 6.5h11M6.5 6.5v6"/>`,
  view: svg`<path d="M1.5 8q6.5-8 13 0q-6.5 8-13 0zM8 6.5a1.5 1.5 0 1 0 .1 0z"/>`,
  column: svg`<path d="M5.5 2.5h5v11h-5zM5.5 6.5h5"/>`,
  key: svg`<path d="M5 5.5a2.5 2.5 0 1 0 .1 0zM7.5 8h6v2.5M11 8v2"/>`,
  index: svg`<path d="M9 1.5l-5 8h4l-1 5l5-8h-4z"/>`,
  policy: svg`<path d="M8 1.5l5 2v4q0 5-5 7q-5-2-5-7v-4z"/>`,
  trigger: svg`<path d="M4.5 2.5l8 5.5l-8 5.5z"/>`,
};
