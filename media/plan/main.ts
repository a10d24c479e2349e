/** The page of a plan: its steps as a treegrid that the keyboard can walk. It measures nothing and judges nothing. */
import { html, nothing, render } from "lit";
import type { ExplainedPlan } from "../../server/src/protocol.js";
import { host } from "../host.js";
import { type Step, stepsOf } from "./steps.js";
import "../tokens.css";
import "./plan.css";

const editor = host<ExplainedPlan, { readonly do: "ready" }, never>();
const root = document.getElementById("root") ?? document.body;
let explained: ExplainedPlan | undefined;
let steps: readonly Step[] = [];
let active = 0;
const closed = new Set<number>();

function draw(): void {
  render(page(), root);
}

function page() {
  if (explained === undefined) return html`<p class="quiet" role="status">Waiting for a plan…</p>`;
  if (steps.length === 0) return html`<p class="notice" role="status">The answer holds no plan.</p>`;
  const warning = html`<p class="notice" role="status">
    No statistics: the planner guessed how many rows there are, so costs are not comparable.
  </p>`;
  return html`<h1>Query plan</h1>
    <pre tabindex="0" aria-label="Statement">${explained.title}</pre>
    <p class="quiet">Estimates only, made by ${explained.source}. Cost is a unit of the planner, not time.</p>
    ${explained.statistics ? nothing : warning}
    <table role="treegrid" aria-label="Steps of the plan" @keydown=${press}>
      <thead>
        <tr>
          <th scope="col">Step</th>
          <th scope="col" class="number">Cost</th>
          <th scope="col" class="number">Rows</th>
          <th scope="col">Conditions</th>
        </tr>
      </thead>
      <tbody>
        ${visible().map(row)}
      </tbody>
    </table>`;
}

function row(step: Step) {
  const open = !closed.has(step.id);
  const twist = step.hasChildren ? (open ? "twist open" : "twist closed") : "twist";
  return html`<tr
    id=${`step-${step.id}`}
    tabindex=${step.id === active ? 0 : -1}
    aria-level=${step.level}
    aria-posinset=${step.position}
    aria-setsize=${step.siblings}
    aria-expanded=${step.hasChildren ? String(open) : nothing}
    @click=${() => focus(step.id)}
    @dblclick=${() => toggle(step)}
  >
    <th scope="row" .style=${`padding-inline-start:${4 + (step.level - 1) * 16}px`}>
      <span class=${twist} aria-hidden="true" @click=${() => toggle(step)}></span>${step.title}
    </th>
    <td class="number">${shown(step.cost, 2)}</td>
    <td class="number">${shown(step.rows, 0)}</td>
    <td>${step.conditions.map(({ name, text }) => html`<div><span class="condition">${name}</span> <code>${text}</code></div>`)}</td>
  </tr>`;
}

/** The steps that no closed step hides. */
function visible(): readonly Step[] {
  const hidden = new Set<number>();
  return steps.filter(({ id, parent }) => {
    if (parent !== undefined && (hidden.has(parent) || closed.has(parent))) hidden.add(id);
    return !hidden.has(id);
  });
}

function press(event: KeyboardEvent): void {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const shownSteps = visible();
  const at = shownSteps.findIndex(({ id }) => id === active);
  const step = shownSteps[at];
  if (step === undefined) return;
  const move = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: shownSteps.length - 1 }[event.key];
  const open = step.hasChildren && !closed.has(step.id);
  if (move !== undefined) focus(shownSteps[Math.max(0, Math.min(move, shownSteps.length - 1))]?.id);
  else if (event.key === "Enter" || event.key === " ") toggle(step);
  else if (event.key === "ArrowRight" && step.hasChildren) {
    if (open) focus(shownSteps[at + 1]?.id);
    else toggle(step);
  } else if (event.key === "ArrowLeft") {
    if (open) toggle(step);
    else focus(step.parent);
  } else return;
  event.preventDefault();
}

function focus(id: number | undefined): void {
  if (id === undefined) return;
  active = id;
  draw();
  document.getElementById(`step-${id}`)?.focus();
}

function toggle(step: Step): void {
  if (!step.hasChildren) return;
  if (!closed.delete(step.id)) closed.add(step.id);
  draw();
}

function shown(value: number | undefined, digits: number): string {
  const options = { minimumFractionDigits: digits, maximumFractionDigits: digits };
  return value === undefined ? "" : value.toLocaleString("en", options);
}

editor.receive((received) => {
  explained = received;
  steps = stepsOf(received.plan);
  active = 0;
  closed.clear();
  draw();
});
draw();
editor.send({ do: "ready" });
