/** The editor around a page: messages to and from it, and the little that a page may keep while it is hidden. */

interface Editor {
  postMessage(message: unknown): void;
  getState(): unknown;
  setState(state: unknown): void;
}

declare function acquireVsCodeApi(): Editor;

/** A page's way to its host. */
export interface Host<Down, Up, Kept> {
  send(message: Up): void;
  /** Calls `draw` with every message that comes. */
  receive(draw: (message: Down) => void): void;
  kept(): Partial<Kept>;
  keep(state: Kept): void;
}

/** The host of this page; asked for once. */
export function host<Down, Up, Kept>(): Host<Down, Up, Kept> {
  const editor = acquireVsCodeApi();
  return {
    send: (message) => editor.postMessage(message),
    receive: (draw) => window.addEventListener("message", (event: MessageEvent<Down>) => draw(event.data)),
    kept: () => (editor.getState() as Partial<Kept> | undefined) ?? {},
    keep: (state) => editor.setState(state),
  };
}
