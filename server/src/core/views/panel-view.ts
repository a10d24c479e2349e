import type { PanelChildren, PanelItem, PanelTable } from "../../protocol.js";
import { schemaOf } from "../folding.js";
import type { Folder } from "../project.js";
import { isOutsider } from "../schema/fold-tables.js";
import type { Place, Table, View } from "../schema/model.js";

/** The rows of the sidebar's tree and where each leads. */
export interface PanelView {
  readonly tables: readonly PanelTable[];
  readonly children: (table: string) => PanelChildren | undefined;
  /** The place of a row; undefined for what no file made. */
  readonly place: (id: string) => Place | undefined;
}

/** The tree of a folder's tables and views over all its histories; `findings` counts findings by the URI and offset at which a table is made. */
export function viewPanel(folder: Folder, findings: (place: Place) => number): PanelView {
  const tables: PanelTable[] = [];
  const parts = new Map<
    string,
    { readonly items: readonly (PanelItem & { readonly at: Place | undefined })[]; readonly at: Place | undefined }
  >();
  for (const history of folder.histories) {
    const schema = schemaOf(folder, history);
    for (const table of schema.tables.values()) {
      const id = `${history.folder}:${table.schema}.${table.name}`;
      if (parts.has(id) || isOutsider(table)) continue;
      parts.set(id, { items: partsOf(table, id), at: table.origin.made });
      tables.push({
        id,
        schema: table.schema,
        name: table.name,
        kind: table.kind === "partitioned" ? "partitioned table" : table.kind === "foreign" ? "foreign table" : "table",
        rls: !table.rls.enabled ? "off" : table.rls.forced ? "forced" : "on",
        policies: table.policies.length,
        columns: table.columns.length,
        indexes: table.indexes.length,
        findings: table.origin.made === undefined ? 0 : findings(table.origin.made),
      });
    }
    for (const view of schema.views.values()) {
      const id = `${history.folder}:${view.schema}.${view.name}`;
      if (parts.has(id)) continue;
      parts.set(id, { items: viewParts(view, id), at: view.origin.changed ?? view.origin.made });
      tables.push({
        id,
        schema: view.schema,
        name: view.name,
        kind: view.materialized ? "materialized view" : "view",
        policies: 0,
        columns: view.columns?.length ?? 0,
        indexes: view.indexes.length,
        findings: view.origin.made === undefined ? 0 : findings(view.origin.made),
      });
    }
  }
  tables.sort((a, b) => (a.schema === b.schema ? (a.name < b.name ? -1 : 1) : a.schema < b.schema ? -1 : 1));
  return {
    tables,
    children: (table) => {
      const items = parts.get(table)?.items;
      return items === undefined
        ? undefined
        : { table, items: items.map(({ id, kind, name, detail }) => ({ id, kind, name, detail })) };
    },
    place: (id) => {
      const whole = parts.get(id);
      if (whole !== undefined) return whole.at;
      const table = parts.get(id.slice(0, id.indexOf("#")));
      return table?.items.find((item) => item.id === id)?.at ?? table?.at;
    },
  };
}

function partsOf(table: Table, id: string) {
  const primary = table.constraints.find(({ kind }) => kind === "primary key");
  return [
    ...table.columns.map((column) => ({
      id: `${id}#column:${column.name}`,
      kind: "column" as const,
      name: column.name,
      detail: [
        column.type,
        column.notNull ? "not null" : "",
        primary?.columns.includes(column.name) ? "primary key" : "",
      ]
        .filter((word) => word !== "")
        .join(" · "),
      at: column.origin.changed ?? column.origin.made,
    })),
    ...table.constraints
      .filter(({ kind }) => kind === "foreign key")
      .map((constraint) => ({
        id: `${id}#key:${constraint.name}`,
        kind: "key" as const,
        name: constraint.name,
        detail: `${constraint.columns.join(", ")} → ${constraint.references?.name ?? ""}`,
        at: constraint.origin.made,
      })),
    ...table.indexes.map((index) => ({
      id: `${id}#index:${index.name}`,
      kind: "index" as const,
      name: index.name,
      detail: `${index.unique ? "unique · " : ""}${index.columns.map((column) => column.name ?? column.expression?.text ?? "").join(", ")}`,
      at: index.origin.made,
    })),
    ...table.policies.map((policy) => ({
      id: `${id}#policy:${policy.name}`,
      kind: "policy" as const,
      name: policy.name,
      detail: `${policy.command} · ${policy.roles.join(", ")}`,
      at: policy.origin.changed ?? policy.origin.made,
    })),
    ...table.triggers.map((trigger) => ({
      id: `${id}#trigger:${trigger.name}`,
      kind: "trigger" as const,
      name: trigger.name,
      detail: `${trigger.timing} ${trigger.events.join(" or ")} · ${trigger.function.name}`,
      at: trigger.origin.made,
    })),
  ];
}

function viewParts(view: View, id: string) {
  return (view.columns ?? []).map((name) => ({
    id: `${id}#column:${name}`,
    kind: "column" as const,
    name,
    detail: "",
    at: view.origin.made,
  }));
}
