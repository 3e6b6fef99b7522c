/* The editor of the SQL console: CodeMirror with what the console needs of it. Its colours are those of sql.css. */
import { acceptCompletion, autocompletion, closeBrackets, closeBracketsKeymap, closeCompletion, completionKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, toggleComment } from "@codemirror/commands";
import { PostgreSQL, sql } from "@codemirror/lang-sql";
import { HighlightStyle, bracketMatching, ensureSyntaxTree, indentOnInput, syntaxHighlighting } from "@codemirror/language";
import { setDiagnostics } from "@codemirror/lint";
import { highlightSelectionMatches, searchKeymap } from "@codemirror/search";
import { Compartment, EditorState, Prec } from "@codemirror/state";
import {
  EditorView,
  drawSelection,
  highlightActiveLine,
  highlightActiveLineGutter,
  keymap,
  lineNumbers,
  placeholder,
} from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { bareNames, nestedNames } from "./completion.js";

export { quoted, written } from "./completion.js";

const colours = HighlightStyle.define([
  { tag: tags.keyword, color: "var(--kb-sql-keyword)", fontWeight: "600" },
  { tag: [tags.string, tags.special(tags.string)], color: "var(--kb-sql-string)" },
  { tag: [tags.number, tags.bool, tags.null], color: "var(--kb-sql-number)" },
  { tag: [tags.comment, tags.lineComment, tags.blockComment], color: "var(--kb-sql-comment)", fontStyle: "italic" },
  { tag: [tags.typeName, tags.standard(tags.name)], color: "var(--kb-sql-type)" },
  { tag: tags.special(tags.name), color: "var(--kb-sql-name)" },
]);

/** SQL with the names of these tables: [{schema, name, columns: [[name, type], ...]}]. */
function language(tables) {
  return [
    sql({ dialect: PostgreSQL, schema: nestedNames(tables), upperCaseKeywords: true }),
    PostgreSQL.language.data.of({ autocomplete: bareNames(tables) }),
  ];
}

/** `onRun` and `onExplain` are called for their keys, `onChange` after each change of the text. */
export function create({ parent, doc, label, hint, onRun, onExplain, onChange }) {
  const names = new Compartment();
  const view = new EditorView({
    parent,
    state: EditorState.create({
      doc,
      extensions: [
        Prec.highest(
          keymap.of([
            { key: "Mod-Enter", run: () => (onRun(), true) },
            { key: "Mod-Shift-Enter", run: () => (onExplain(), true) },
            // Only while suggestions are open: otherwise Tab leaves the editor, as everywhere on the page.
            { key: "Tab", run: acceptCompletion },
            { key: "Mod-/", run: toggleComment },
          ]),
        ),
        lineNumbers(),
        highlightActiveLineGutter(),
        history(),
        drawSelection(),
        EditorState.allowMultipleSelections.of(true),
        indentOnInput(),
        syntaxHighlighting(colours),
        bracketMatching(),
        closeBrackets(),
        autocompletion({ icons: false, interactionDelay: 0 }),
        highlightActiveLine(),
        highlightSelectionMatches(),
        EditorView.lineWrapping,
        placeholder(hint),
        EditorView.contentAttributes.of({ "aria-label": label }),
        keymap.of([...closeBracketsKeymap, ...defaultKeymap, ...searchKeymap, ...historyKeymap, ...completionKeymap]),
        names.of(language([])),
        EditorView.updateListener.of((update) => {
          if (update.docChanged) onChange(view.state.doc.toString());
        }),
      ],
    }),
  });
  return {
    focus: () => view.focus(),
    text: () => view.state.doc.toString(),
    setText: (text) => replace(view, 0, view.state.doc.length, text),
    insert: (text) => {
      const { from, to } = view.state.selection.main;
      replace(view, from, to, text);
    },
    setTables: (tables) => view.dispatch({ effects: names.reconfigure(language(tables)) }),
    chosen: () => chosen(view.state),
    statement: () => chosen(view.state, true),
    mark: (from, to, message) => mark(view, from, to, message),
    hush: () => closeCompletion(view),
    unmark: () => view.dispatch(setDiagnostics(view.state, [])),
  };
}

function replace(view, from, to, text) {
  view.dispatch({
    changes: { from, to, insert: text },
    selection: { anchor: from + text.length },
    scrollIntoView: true,
  });
}

/* What is selected, else all of it or only the statement at the cursor, and where it begins. */
function chosen(state, isOne = false) {
  const { from, to } = state.selection.main;
  if (from !== to) return { text: state.sliceDoc(from, to), start: from, isSelection: true };
  const statement = isOne ? statementAt(state, from) : null;
  if (statement) return { text: state.sliceDoc(statement.from, statement.to), start: statement.from, isSelection: false };
  return { text: state.doc.toString(), start: 0, isSelection: false };
}

/* The one that holds the position, else the last one before it. */
function statementAt(state, position) {
  let found = null;
  for (let node = ensureSyntaxTree(state, state.doc.length, 500)?.topNode.firstChild; node; node = node.nextSibling) {
    if (node.name === "Statement" && (!found || node.from <= position)) found = node;
  }
  return found;
}

/* Underline the word at `from`, say why, and go there. */
function mark(view, from, to, message) {
  const length = view.state.doc.length;
  const begin = Math.min(from, length);
  const word = /^[\w$]+|^./u.exec(view.state.sliceDoc(begin, length));
  const end = Math.min(to ?? begin + (word ? word[0].length : 0), length);
  view.dispatch(
    setDiagnostics(view.state, [{ from: begin === length && begin > 0 ? begin - 1 : begin, to: Math.max(begin, end), severity: "error", message }]),
  );
  view.dispatch({ selection: { anchor: begin }, scrollIntoView: true });
}
