/** How an extension that is missing gets created: on Supabase in the schema that it keeps for them. */
import { quoteIdentifier } from "../sql/quote.js";
import { likeKeywords } from "./about-tables.js";
import { type Facts, type Fix, placeIn, type StatementScene } from "./check.js";

/** CREATE EXTENSION in front of a statement. */
export function extensionBefore(scene: StatementScene, name: string): Fix {
  return {
    title: `Create the extension \`${name}\` before it`,
    safe: false,
    edits: [
      {
        at: placeIn(scene, { start: 0, end: 0 }),
        text: `${creationOf(name, scene.facts, scene.statement.text)};\n`,
      },
    ],
  };
}

/** CREATE EXTENSION as a migration of its own. */
export function extensionLater(name: string, facts: Facts, style: string): Fix {
  const statements = [creationOf(name, facts, style)];
  return {
    title: `Create the extension \`${name}\` in a new migration`,
    safe: false,
    migrations: [{ slug: `extension_${name.replaceAll("-", "_")}`, statements, outsideTransaction: false }],
  };
}

function creationOf(name: string, { platform }: Facts, style: string): string {
  const place = platform === "supabase" ? " with schema `extensions`" : "";
  return likeKeywords(style, `create extension if not exists \`${quoteIdentifier(name)}\`${place}`);
}
