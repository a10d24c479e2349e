import { type Intent, type PanelSource, type PanelState, panelState } from "../protocol.js";
import type { Session } from "./session.js";

/** The sidebar's side of a session: answers intents with a whole state. */
export interface Panel {
  receive(intent: Intent): Promise<void>;
  /** Sends the state again soon, when somebody looks at it and something changed. */
  changed(): void;
}

/** A panel that nobody looks at yet. */
export function makePanel(session: Session): Panel {
  const expanded = new Set<string>();
  let wanted = false;
  let timer: NodeJS.Timeout | undefined;

  const send = async (): Promise<void> => {
    await session.loaded;
    await session.connection.sendNotification(panelState, await stateOf(session, [...expanded]));
  };

  return {
    async receive(intent) {
      wanted = true;
      switch (intent.do) {
        case "expand":
          expanded.add(intent.id);
          break;
        case "collapse":
          expanded.delete(intent.id);
          break;
        case "open":
          await open(session, intent.id);
          return;
        default:
      }
      await send();
    },
    changed() {
      if (!wanted || timer !== undefined) return;
      // Typing comes in bursts, and the panel has time.
      timer = setTimeout(() => {
        timer = undefined;
        send().catch((error: unknown) => session.connection.console.error(String(error)));
      }, 400);
    },
  };
}

async function stateOf(session: Session, expanded: readonly string[]): Promise<PanelState> {
  const answers = await Promise.all(
    session.documents
      .folders()
      .map(async (root) => ({ root, answer: await session.engine.ask("panel", { root, expanded: [...expanded] }) })),
  );
  const sources: PanelSource[] = answers.flatMap(({ root, answer }) => [
    ...answer.histories.map(({ folder, tool, count, uri }) => ({
      id: `${root}:${folder}`,
      kind: "migrations" as const,
      label: folder,
      detail: `${count} ${tool} migrations`,
      uri,
    })),
    ...answer.sync.map(({ uri, path }) => ({ id: uri, kind: "sync" as const, label: path, detail: "PowerSync", uri })),
  ]);
  for (const [uri, { path, message }] of session.troubles) {
    sources.push({ id: uri, kind: "configuration", label: path, detail: "not read", fault: message });
  }
  if (session.client.trusted && answers.some(({ answer }) => answer.histories.length > 0)) {
    sources.push({ id: "embedded", kind: "database", label: "Embedded PostgreSQL", detail: "for EXPLAIN" });
  }
  const tables = answers.flatMap(({ answer }) => answer.tables);
  return {
    tables,
    expanded: answers.flatMap(({ answer }) => answer.expanded),
    sources,
    ...(tables.length === 0 ? { notice: "No migrations were found in this workspace." } : {}),
  };
}

async function open(session: Session, id: string): Promise<void> {
  for (const root of session.documents.folders()) {
    const place = await session.engine.ask("place", { root, id });
    if (place !== undefined) {
      await session.connection.window.showDocument({ uri: place.uri, takeFocus: true, selection: place.range });
      return;
    }
  }
}
