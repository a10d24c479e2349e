import type { ExplainAnswer, ExplainParams } from "../protocol.js";
import { canonical } from "./documents.js";
import type { Session } from "./session.js";

/** The plan of the statement at a place, from the embedded database that has replayed the migrations. */
export async function explain(session: Session, { uri: given, position }: ExplainParams): Promise<ExplainAnswer> {
  if (!session.client.trusted) return { refusal: "Nothing is executed in an untrusted workspace." };
  const document = session.documents.get(given);
  if (document === undefined) return { refusal: "The document is not open." };
  const uri = canonical(given);
  const root = session.documents.folderOf(uri);
  const found = await session.engine.ask("statement", { root, uri, offset: document.offsetAt(position) });
  if ("refusal" in found) return found;
  return { refusal: "The embedded database is not there." };
}
