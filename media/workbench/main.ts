/**
 * The page of the sidebar: draws the state that comes down and sends up what a person does. It keeps nothing but the
 * filter, what is closed, and where one was.
 */
import { html, nothing, render } from "lit";
import type { Intent, PanelState } from "../../server/src/protocol.js";
import { host } from "../host.js";
import { plural, rowView, rowWords } from "./row-view.js";
import { type Row, rowsOf } from "./rows.js";
import { type Tree, tree } from "./tree.js";
import "../tokens.css";
import "./workbench.css";

interface Kept {
  readonly filter: string;
  readonly closed: readonly string[];
  readonly active: string | undefined;
  readonly top: number;
}

const editor = host<PanelState, Intent, Kept>();
const root = document.getElementById("root") ?? document.body;
const before = editor.kept();
const closed = new Set(before.closed);
let filter = before.filter ?? "";
let active = before.active;
let top = before.top ?? 0;
let state: PanelState | undefined;
let schema: Tree<Row> | undefined;

function draw(): void {
  const { rows, tables } = state === undefined ? { rows: [], tables: 0 } : rowsOf(state, filter, closed);
  render(page(tables), root);
  const element = document.getElementById("tree");
  if (element === null) schema = undefined;
  else if (schema === undefined) {
    schema = tree(element, owner);
    schema.show(rows);
    schema.restore(active, top);
  } else schema.show(rows);
}

function page(tables: number) {
  if (state === undefined) return html`<p class="quiet" role="status">Reading the schema…</p>`;
  const notice = state.notice === undefined ? nothing : html`<p class="notice" role="status">${state.notice}</p>`;
  const all = state.tables.length;
  if (all === 0)
    return html`${heading}${notice}<p class="quiet">No tables yet. They appear here once a migration creates them.</p>`;
  const count = filter === "" ? plural(all, "table") : `${tables.toLocaleString("en")} of ${plural(all, "table")}`;
  return html`${heading}${notice}
    <div class="search">
      <input
        id="filter"
        type="search"
        aria-label="Filter tables"
        aria-controls="tree"
        placeholder="Filter: name, rls:off, has:findings"
        spellcheck="false"
        autocomplete="off"
        .value=${filter}
        @input=${(event: InputEvent) => search((event.target as HTMLInputElement).value)}
        @keydown=${pressInFilter}
      />
    </div>
    <p class="quiet" aria-live="polite">${count}</p>
    <div id="tree"></div>`;
}

const heading = html`<h1 class="unseen">Schema</h1>`;

const owner = {
  label: "Schema",
  view: ({ content }: Row) => rowView(content),
  words: ({ content }: Row) => rowWords(content),
  name: ({ content }: Row) =>
    content.is === "table" ? content.table.name : content.is === "item" ? content.item.name : content.name,
  choose: (row: Row) => (row.content.is === "schema" ? toggle(row) : editor.send({ do: "open", id: row.id })),
  toggle,
  leave: focusFilter,
  moved: (id: string | undefined, scrolled: number) => {
    active = id;
    top = scrolled;
    keep();
  },
};

function toggle(row: Row): void {
  if (row.open === true) closed.add(row.id);
  else closed.delete(row.id);
  if (row.content.is === "table") editor.send({ do: row.open === true ? "collapse" : "expand", id: row.id });
  keep();
  draw();
}

function search(text: string): void {
  filter = text;
  keep();
  draw();
}

function pressInFilter(event: KeyboardEvent): void {
  if (event.key === "ArrowDown" || event.key === "Enter") schema?.focus();
  else if (event.key === "Escape" && filter !== "") search("");
  else return;
  event.preventDefault();
}

function focusFilter(): void {
  const input = document.getElementById("filter");
  if (input instanceof HTMLInputElement) input.select();
}

function keep(): void {
  editor.keep({ filter, closed: [...closed], active, top });
}

editor.receive((received) => {
  state = received;
  draw();
});
window.addEventListener("keydown", (event) => {
  if (event.key !== "f" || !(event.ctrlKey || event.metaKey)) return;
  event.preventDefault();
  focusFilter();
});
draw();
editor.send({ do: "ready" });
