/* What the editor suggests: tables and columns by the names that SQL has for them. */

const PLAIN = /^[a-z_][a-z0-9_]*$/;
const OWN_SCHEMA = "main";

export const quoted = (name) => (PLAIN.test(name) ? name : `"${name.replaceAll('"', '""')}"`);

/* The user's own tables need no schema. */
export const written = ({ schema, name }) => (schema === OWN_SCHEMA ? quoted(name) : `${quoted(schema)}.${quoted(name)}`);

const column = ([name, type]) => ({ label: name, apply: quoted(name), detail: type, type: "property", boost: 1 });
const table = ({ name }) => ({ label: name, apply: quoted(name), type: "class" });

/** What lang-sql wants, for names behind a dot: schema > table > columns. */
export function nestedNames(tables) {
  const schemas = {};
  for (const each of tables) {
    const known = (schemas[each.schema] ??= {});
    known[each.name] = { self: table(each), children: each.columns.map(column) };
  }
  return schemas;
}

/** Names without a dot: tables by their own name, and the columns of those that the text speaks of. */
export function bareNames(tables) {
  const all = tables.map((each) => ({ label: each.name, detail: each.schema, apply: written(each), type: "class", boost: 2 }));
  return (context) => {
    const word = context.matchBefore(/[\w$]+/);
    if (!word && !context.explicit) return null;
    const from = word ? word.from : context.pos;
    if (/[."']$/.test(context.state.sliceDoc(Math.max(0, from - 1), from))) return null;
    return { from, options: [...all, ...columnsOf(context.state.doc.toString(), tables)], validFor: /^[\w$]*$/ };
  };
}

function columnsOf(text, tables) {
  const lower = text.toLowerCase();
  const found = new Map();
  for (const each of tables) {
    if (!lower.includes(written(each).toLowerCase())) continue;
    for (const [name, type] of each.columns) {
      if (!found.has(name)) found.set(name, { ...column([name, type]), detail: `${type} · ${each.name}` });
    }
  }
  return [...found.values()];
}
