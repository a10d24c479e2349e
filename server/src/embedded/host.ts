/**
 * The main process's side of the embedded database: starts it when it is first needed, gives each question a deadline, kills what does
 * not answer, and stops it when nobody has asked for a while.
 */
import { type ChildProcess, fork } from "node:child_process";
import path from "node:path";
import { fileURLToPath } from "node:url";
import type { CatalogLists, FromEmbedded, ReplayError, ReplayRequest, ToEmbedded } from "./messages.js";

/** The embedded database as a door sees it. */
export interface Embedded {
  /** Replays the migrations; only what is not there yet is run. */
  replay(
    request: ReplayRequest,
  ): Promise<Outcome<{ readonly errors: readonly ReplayError[]; readonly milliseconds: number }>>;
  /** The plan of one statement in the schema that these migrations add up to; it is not run. */
  explain(
    request: ReplayRequest,
    sql: string,
  ): Promise<Outcome<{ readonly plan: unknown; readonly version: string; readonly errors: readonly ReplayError[] }>>;
  /** The schema as its catalog has it. */
  catalog(): Promise<Outcome<{ readonly catalog: CatalogLists }>>;
  close(): void;
}

/** An answer, or one sentence that says why there is none. */
export type Outcome<Value> = ({ readonly ok: true } & Value) | { readonly ok: false; readonly reason: string };

const deadlines = { replay: 120_000, catalog: 15_000 };
const idleMilliseconds = 5 * 60_000;

/** The embedded database, not started yet. */
export function makeEmbedded(log: (line: string) => void): Embedded {
  let child: ChildProcess | undefined;
  let next = 1;
  let idle: NodeJS.Timeout | undefined;

  function start(): ChildProcess {
    const here = path.dirname(fileURLToPath(import.meta.url));
    const entry = here.endsWith(`${path.sep}dist`)
      ? path.join(here, "embedded", "main.cjs")
      : path.join(here, "main.js");
    const made = fork(entry, { serialization: "advanced", stdio: ["ignore", "ignore", "pipe", "ipc"], execArgv: [] });
    made.stderr?.on("data", (text: Buffer) => log(`The embedded database: ${text.toString().trim()}`));
    // It could not be started, or is gone while it is written to.
    made.on("error", (error) => log(`The embedded database: ${error.message}`));
    made.on("exit", (code, signal) => {
      if (child !== made) return;
      child = undefined;
      if (code !== 0) log(`The embedded database ended (${signal ?? code}).`);
    });
    return made;
  }

  function stop(): void {
    const running = child;
    child = undefined;
    running?.kill("SIGKILL");
  }

  async function ask(
    message: { replay: ReplayRequest; explain?: string } | { catalog: true },
    patience: number,
  ): Promise<FromEmbedded | undefined> {
    clearTimeout(idle);
    child ??= start();
    const asked = child;
    const id = next++;
    const answer = await new Promise<FromEmbedded | undefined>((resolve) => {
      const timer = setTimeout(() => finish(undefined), patience);
      const receive = (received: FromEmbedded): void => {
        if ("id" in received && received.id === id) finish(received);
      };
      const gone = (): void => finish(undefined);
      const finish = (value: FromEmbedded | undefined): void => {
        clearTimeout(timer);
        asked.off("message", receive);
        asked.off("exit", gone);
        asked.off("error", gone);
        resolve(value);
      };
      asked.on("message", receive);
      asked.on("exit", gone);
      asked.on("error", gone);
      asked.send({ id, ...message } satisfies ToEmbedded, (error) => {
        if (error !== null) gone();
      });
    });
    if (answer === undefined && child === asked) stop();
    idle = setTimeout(stop, idleMilliseconds);
    idle.unref();
    return answer;
  }

  return {
    async replay(request) {
      const answer = await ask({ replay: request }, deadlines.replay);
      if (answer !== undefined && "milliseconds" in answer)
        return { ok: true, errors: answer.errors, milliseconds: answer.milliseconds };
      return { ok: false, reason: refusalOf(answer, "The migrations could not be replayed in time.") };
    },
    async explain(request, sql) {
      const answer = await ask({ replay: request, explain: sql }, deadlines.replay);
      if (answer !== undefined && "plan" in answer) {
        return { ok: true, plan: answer.plan, version: answer.version, errors: answer.errors };
      }
      return {
        ok: false,
        reason: refusalOf(answer, "PostgreSQL gave no answer in time; the next question starts it anew."),
      };
    },
    async catalog() {
      const answer = await ask({ catalog: true }, deadlines.catalog);
      if (answer !== undefined && "catalog" in answer) return { ok: true, catalog: answer.catalog };
      return { ok: false, reason: refusalOf(answer, "PostgreSQL gave no answer in time.") };
    },
    close() {
      clearTimeout(idle);
      stop();
    },
  };
}

function refusalOf(answer: FromEmbedded | undefined, otherwise: string): string {
  return answer !== undefined && "refusal" in answer ? answer.refusal : otherwise;
}
