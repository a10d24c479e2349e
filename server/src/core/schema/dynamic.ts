/**
 * What dynamic SQL may do, as far as its text shows: a block that only grants in a loop leaves every table and column as it was. What it
 * does to grants and policies nobody tells.
 */

/** Whether a body, or what it executes, may make, change or drop tables, views, columns or schemas. */
export function mayChangeRelations(body: string): boolean {
  const code = body.replace(/--[^\n]*/g, "");
  if (changes.test(code.replace(harmless, " "))) return true;
  return executesUnseen(code);
}

/** Whether something is executed whose first words are not in sight. */
function executesUnseen(code: string): boolean {
  return [...code.matchAll(/\bexecute\b(?!\s+(?:function|procedure|on)\b)/gi)].some(
    ({ index }) => !literal.test(code.slice(index)),
  );
}

/** Whether a body, or what it executes, may make, change or drop functions, types, roles or extensions. */
export function mayChangeNames(body: string): boolean {
  const code = body.replace(/--[^\n]*/g, "");
  return (
    /\b(?:create|alter|drop)\s+(?:or\s+replace\s+)?(?:function|procedure|routine|aggregate|type|domain|role|user|group|extension|schema|language)\b/i.test(
      code,
    ) || executesUnseen(code)
  );
}

/** Statements that change relations, wherever in the text: in the code itself or in a string that is executed. */
const changes =
  /\b(?:create|alter|drop|import)\s+(?:or\s+replace\s+)?(?:(?:global|local|temp|temporary|unlogged|foreign|materialized|recursive)\s+)*(?:table|view|schema|extension)\b|\binto\s+(?:temp|temporary|unlogged|table)\b/i;

/** Forms of ALTER TABLE that leave names alone. */
const harmless =
  /\balter\s+table\s+(?:if\s+exists\s+)?(?:only\s+)?[\w."%$-]+\s+(?:(?:enable|disable|force|no\s+force)\s+(?:row\s+level\s+security|trigger)|owner\s+to|replica\s+identity|(?:add|drop|validate)\s+constraint)\b/gi;

/** EXECUTE with its statement written right there, perhaps with holes for format(): its first words are in sight. */
const literal =
  /^execute\s+(?:(?:pg_catalog\s*\.\s*)?format\s*\(\s*)?(?:e?'|\$\w*\$)\s*(?!(?:create|alter|drop|import)\s*(?:'|%))[a-z]/i;
