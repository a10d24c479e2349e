/**
 * A tree that draws only the rows that can be seen, and tells assistive technology of all. Nothing here knows what the
 * rows mean.
 */
import { html, nothing, render, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";

/** A row as the tree needs it. */
export interface TreeRow {
  readonly id: string;
  readonly level: number;
  readonly position: number;
  readonly siblings: number;
  readonly open?: boolean;
}

/** What the tree asks of its owner. */
export interface TreeOwner<Row extends TreeRow> {
  readonly label: string;
  view(row: Row): TemplateResult;
  /** All of the row in words, as its tooltip. */
  words(row: Row): string;
  /** Typing jumps to the row whose name begins so. */
  name(row: Row): string;
  /** Enter or double click. */
  choose(row: Row): void;
  toggle(row: Row): void;
  /** Escape: where the focus goes. */
  leave(): void;
  /** Another row is active or the tree was scrolled. */
  moved(active: string | undefined, top: number): void;
}

/** A tree on the page. */
export interface Tree<Row extends TreeRow> {
  show(rows: readonly Row[]): void;
  focus(): void;
  /** Puts the tree where it stood. */
  restore(active: string | undefined, top: number): void;
}

const rowHeight = 22;
const margin = 8;

/** Makes a tree in an element. */
export function tree<Row extends TreeRow>(element: HTMLElement, owner: TreeOwner<Row>): Tree<Row> {
  let rows: readonly Row[] = [];
  let active: string | undefined;
  let typed = "";
  let typedAt = 0;

  const indexOfActive = () => rows.findIndex(({ id }) => id === active);

  const draw = () => {
    const first = Math.max(0, Math.floor(element.scrollTop / rowHeight) - margin);
    const last = Math.min(rows.length, first + Math.ceil(element.clientHeight / rowHeight) + 2 * margin);
    const shown = rows.slice(first, last).map((row, offset) => ({ row, at: first + offset }));
    // The active row stays on the page when it is scrolled away, or nobody could hear which one it is.
    const at = indexOfActive();
    const activeRow = rows[at];
    if (activeRow !== undefined && (at < first || at >= last)) shown.push({ row: activeRow, at });
    const items = repeat(
      shown,
      ({ row }) => row.id,
      ({ row, at }) => item(row, at),
    );
    render(html`<div role="none" class="rows" .style=${`height:${rows.length * rowHeight}px`}>${items}</div>`, element);
    if (activeRow === undefined) element.removeAttribute("aria-activedescendant");
    else element.setAttribute("aria-activedescendant", `row-${at}`);
  };

  const item = (row: Row, at: number) => html`<div
    role="treeitem"
    id=${`row-${at}`}
    class=${row.id === active ? "row active" : "row"}
    aria-level=${row.level}
    aria-setsize=${row.siblings}
    aria-posinset=${row.position}
    aria-expanded=${row.open === undefined ? nothing : row.open ? "true" : "false"}
    aria-selected=${row.id === active ? "true" : "false"}
    @pointerenter=${(event: PointerEvent) => explain(event, row)}
    .style=${`top:${at * rowHeight}px;padding-inline-start:${4 + (row.level - 1) * 12}px`}
    @click=${(event: MouseEvent) => click(row, event)}
    @dblclick=${() => owner.choose(row)}
  ><span class=${row.open === undefined ? "twist" : row.open ? "twist open" : "twist closed"} aria-hidden="true"></span>${owner.view(row)}</div>`;

  const click = (row: Row, event: MouseEvent) => {
    activate(rows.indexOf(row));
    if (event.target instanceof Element && event.target.closest(".twist") !== null && row.open !== undefined)
      owner.toggle(row);
  };

  // Set only under the pointer: a title on every row would be read out after the row itself.
  const explain = ({ currentTarget }: PointerEvent, row: Row) => {
    if (currentTarget instanceof HTMLElement) currentTarget.title = owner.words(row);
  };

  const activate = (at: number) => {
    const row = rows[Math.max(0, Math.min(at, rows.length - 1))];
    if (row === undefined) return;
    active = row.id;
    const top = rows.indexOf(row) * rowHeight;
    if (top < element.scrollTop) element.scrollTop = top;
    else if (top + rowHeight > element.scrollTop + element.clientHeight)
      element.scrollTop = top + rowHeight - element.clientHeight;
    draw();
    owner.moved(active, element.scrollTop);
  };

  const jump = (letter: string, now: number) => {
    typed = now - typedAt < 700 ? typed + letter : letter;
    typedAt = now;
    const start = indexOfActive() + (typed.length === 1 ? 1 : 0);
    const order = [...rows.slice(Math.max(0, start)), ...rows.slice(0, Math.max(0, start))];
    const found = order.find((row) => owner.name(row).toLowerCase().startsWith(typed));
    if (found !== undefined) activate(rows.indexOf(found));
  };

  /** Whether the key meant something here; all others are left to the editor. */
  const press = (event: KeyboardEvent): boolean => {
    if (event.ctrlKey || event.metaKey || event.altKey) return false;
    const at = indexOfActive();
    const row = rows[at];
    const page = Math.max(1, Math.floor(element.clientHeight / rowHeight) - 1);
    const move = { ArrowDown: at + 1, ArrowUp: at - 1, PageDown: at + page, PageUp: at - page, End: rows.length - 1 };
    if (event.key in move) activate(move[event.key as keyof typeof move]);
    else if (event.key === "Home") activate(0);
    else if (event.key === "Escape") owner.leave();
    else if (row === undefined) return false;
    else if (event.key === "Enter") owner.choose(row);
    else if (event.key === " " && row.open !== undefined) owner.toggle(row);
    else if (event.key === "ArrowRight") {
      if (row.open === false) owner.toggle(row);
      else if (row.open === true) activate(at + 1);
    } else if (event.key === "ArrowLeft") {
      if (row.open === true) owner.toggle(row);
      else activate(parentOf(at));
    } else if (event.key.length === 1 && event.key !== " ") jump(event.key.toLowerCase(), event.timeStamp);
    else return false;
    return true;
  };

  const parentOf = (at: number) => {
    const level = rows[at]?.level ?? 1;
    for (let before = at - 1; before >= 0; before--) if ((rows[before]?.level ?? 1) < level) return before;
    return at;
  };

  element.setAttribute("role", "tree");
  element.setAttribute("aria-label", owner.label);
  element.tabIndex = 0;
  element.addEventListener("keydown", (event) => {
    if (press(event)) event.preventDefault();
  });
  element.addEventListener("focus", () => {
    if (indexOfActive() < 0) activate(0);
  });
  element.addEventListener("scroll", () => {
    draw();
    owner.moved(active, element.scrollTop);
  });
  new ResizeObserver(draw).observe(element);

  return {
    show: (next) => {
      rows = next;
      draw();
    },
    focus: () => element.focus(),
    restore: (id, top) => {
      active = id;
      draw();
      element.scrollTop = top;
    },
  };
}
