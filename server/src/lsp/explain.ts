import type { ExplainAnswer, ExplainParams } from "../protocol.js";
import { canonical } from "./documents.js";
import type { Session } from "./session.js";

/** The kinds of statement that PostgreSQL plans. */
const planned: Readonly<Record<string, true>> = {
  SelectStmt: true,
  InsertStmt: true,
  UpdateStmt: true,
  DeleteStmt: true,
  MergeStmt: true,
  CreateTableAsStmt: true,
  DeclareCursorStmt: true,
  ExecuteStmt: true,
};

/** The plan of the statement at a place, from the embedded database that has replayed the migrations. */
export async function explain(session: Session, { uri: given, position }: ExplainParams): Promise<ExplainAnswer> {
  if (!session.client.trusted) return { refusal: "Nothing is executed in an untrusted workspace." };
  const document = session.documents.get(given);
  if (document === undefined) return { refusal: "The document is not open." };
  const uri = canonical(given);
  const root = session.documents.folderOf(uri);
  const found = await session.engine.ask("statement", { root, uri, offset: document.offsetAt(position) });
  if ("refusal" in found) return found;
  if (planned[found.kind] !== true) {
    return {
      refusal: `PostgreSQL has no plan for this statement (${found.words}): only queries and changes of rows are planned.`,
    };
  }
  const { files, platform } = await session.engine.ask("replay", {
    root,
    path: decodeURIComponent(uri.slice(root.length + 1)),
  });
  const answer = await session.embedded.explain({ platform, files }, found.sql);
  if (!answer.ok) return { refusal: answer.reason };
  for (const error of answer.errors.slice(0, 20)) {
    session.connection.console.warn(`Replay of ${error.uri}: ${error.message}`);
  }
  const title = found.sql.replace(/\s+/g, " ").trim().slice(0, 120);
  return {
    title,
    plan: answer.plan,
    statistics: false,
    source: `embedded PostgreSQL ${answer.version}, ${files.length} migrations`,
  };
}
