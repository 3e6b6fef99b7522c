/* Draws what a statement gave: rows as a grid, a chart of them, a plan as a tree. Text only ever becomes text. */
window.kbSqlResult = (() => {
  "use strict";

  const NUMERIC = new Set(["int2", "int4", "int8", "float4", "float8", "numeric", "oid"]);
  const SHOWN_AT_ONCE = 200;
  const MAX_CHARACTERS = 300;
  const MAX_POINTS = 500;

  const count = (number) => Number(number).toLocaleString("en-US");
  const amount = (number, noun) => `${count(number)} ${noun}${Number(number) === 1 ? "" : "s"}`;

  function element(tag, properties = {}, ...children) {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(properties)) {
      if (name in made && name !== "role") made[name] = value;
      else made.setAttribute(name, value);
    }
    made.append(...children);
    return made;
  }

  /* Integers that a double cannot hold stay text, so that the grid shows all their digits. */
  function parse(text) {
    return JSON.parse(text, (_key, value, context) =>
      typeof value === "number" && Number.isInteger(value) && !Number.isSafeInteger(value) && context?.source
        ? context.source
        : value,
    );
  }

  const isNumeric = (column) => NUMERIC.has(column.type);
  const textOf = (value) => (typeof value === "object" ? JSON.stringify(value) : String(value));

  // --- rows

  function cell(value, column) {
    const made = element("td", { className: isNumeric(column) ? "kb-right" : "" });
    if (value === null) {
      made.append(element("span", { className: "kb-null", textContent: "NULL" }));
      return made;
    }
    const text = textOf(value);
    made.textContent = text.length > MAX_CHARACTERS ? `${text.slice(0, MAX_CHARACTERS)}…` : text;
    if (text.length > 40) made.title = text.slice(0, 2000);
    return made;
  }

  /** A grid that grows while it is scrolled. */
  function grid({ columns, rows }) {
    const head = element("tr", {}, element("th", { className: "kb-sql-at", scope: "col", textContent: "#" }));
    for (const column of columns) {
      const kind = column.duckdb_type;
      head.append(
        element(
          "th",
          { scope: "col", className: isNumeric(column) ? "kb-right" : "", title: `${column.name} ${kind}` },
          column.name,
          element("small", { textContent: kind.toLowerCase() }),
        ),
      );
    }
    const body = element("tbody");
    const table = element("table", { className: "kb-table kb-grid" }, element("thead", {}, head), body);
    const box = element("div", { className: "kb-scroll kb-grid-box", tabIndex: 0, role: "region", "aria-label": "Rows" }, table);
    let shown = 0;
    const more = () => {
      for (const row of rows.slice(shown, shown + SHOWN_AT_ONCE)) {
        shown += 1;
        const at = element("th", { className: "kb-sql-at", scope: "row", textContent: count(shown) });
        body.append(element("tr", {}, at, ...row.map((value, index) => cell(value, columns[index]))));
      }
    };
    more();
    box.addEventListener("scroll", () => {
      if (shown < rows.length && box.scrollTop + box.clientHeight > box.scrollHeight - 600) more();
    });
    return box;
  }

  function rowsOf(answer) {
    if (!answer.columns.length) {
      const changed = answer.rows_changed === null ? "" : ` · ${amount(answer.rows_changed, "row")} changed`;
      return [element("p", { className: "kb-sql-done", textContent: `Done: ${answer.command || "OK"}${changed}` })];
    }
    if (!answer.rows.length) {
      return [grid(answer), element("p", { className: "kb-empty", textContent: "No rows: the query found nothing." })];
    }
    if (!answer.truncated) return [grid(answer)];
    const notice = `The first ${count(answer.row_count)} rows; there are more. A download has all of them.`;
    return [element("p", { className: "kb-sql-notice", textContent: notice }), grid(answer)];
  }

  function failureOf({ message, details }) {
    const parts = [element("p", { className: "kb-error", role: "alert", textContent: message })];
    const more = [details?.hint, details?.sqlstate && `SQLSTATE ${details.sqlstate}`].filter(Boolean).join(" · ");
    if (more) parts.push(element("p", { className: "kb-sql-hint", textContent: more }));
    return parts;
  }

  // --- chart

  function chooser(label, id, options, chosen) {
    const select = element("select", { className: "kb-select", id });
    for (const [value, text] of options) select.append(element("option", { value, textContent: text, selected: value === chosen }));
    return [element("label", { className: "kb-sql-choice" }, element("span", { textContent: label }), select), select];
  }

  function chartOf(answer) {
    const numbers = answer.columns.map((column, index) => [index, column]).filter(([, column]) => isNumeric(column));
    if (!numbers.length || !answer.rows.length) {
      return [element("p", { className: "kb-empty", textContent: "A chart needs rows with at least one column of numbers." })];
    }
    const names = answer.columns.map((column, index) => [String(index), column.name]);
    const label = answer.columns.findIndex((column) => !isNumeric(column));
    const across = Math.max(label, 0);
    const value = (numbers.find(([index]) => index !== across) ?? numbers[0])[0];
    const [kindLabel, kind] = chooser("Draw", "sql-chart-kind", [["bar", "bars"], ["line", "lines"]], "bar");
    const [acrossLabel, acrossSelect] = chooser("across", "sql-chart-across", names, String(across));
    const [valueLabel, valueSelect] = chooser("the values of", "sql-chart-value", numbers.map(([index, column]) => [String(index), column.name]), String(value));
    const box = element("div", { className: "kb-canvas" });
    const data = element("div", { id: "sql-chart-data", hidden: true });
    const draw = () => drawChart(answer, { kind: kind.value, across: +acrossSelect.value, value: +valueSelect.value }, box, data);
    for (const select of [kind, acrossSelect, valueSelect]) select.addEventListener("change", draw);
    const parts = [element("div", { className: "kb-sql-drawing" }, kindLabel, acrossLabel, valueLabel), box, data];
    if (answer.rows.length > MAX_POINTS) {
      parts.push(element("p", { className: "kb-sql-hint", textContent: `The first ${MAX_POINTS} rows are drawn.` }));
    }
    return [parts, draw];
  }

  function drawChart(answer, { kind, across, value }, box, data) {
    const rows = answer.rows.slice(0, MAX_POINTS);
    const [x, y] = [answer.columns[across].name, answer.columns[value].name];
    data.textContent = JSON.stringify({
      labels: rows.map((row) => (row[across] === null ? "NULL" : textOf(row[across]).slice(0, 60))),
      series: [{ name: y, values: rows.map((row) => (row[value] === null ? null : Number(row[value]))) }],
      unit: "count",
    });
    box.replaceChildren(element("canvas", { "data-chart": kind, "data-source": data.id, role: "img", "aria-label": `${y} by ${x}` }));
    // As if htmx had put the canvas there: charts.js draws what is new.
    document.dispatchEvent(new CustomEvent("htmx:afterSettle"));
  }

  // --- plan

  const ALIAS = /"?_v_([0-9A-Za-z_]+)"?(?:\."?main"?)?(?:\."?data"?)?/g;
  const LEFT_OUT = new Set(["Estimated Cardinality"]);

  function planOf(text, tables) {
    const known = new Map(tables.filter((table) => table.alias).map((table) => [table.alias, `${table.schema}.${table.name}`]));
    const plan = JSON.parse(text);
    const total = plan.latency;
    // Around a measured plan stand the measurements of all of it, and the step that measured.
    let steps = Array.isArray(plan) ? plan : plan.children ?? [];
    while (steps.length === 1 && steps[0].operator_type === "EXPLAIN_ANALYZE") steps = steps[0].children;
    const most = Math.max(...steps.map(function slowest(step) {
      return Math.max(step.operator_timing ?? 0, ...(step.children ?? []).map(slowest));
    }));
    const parts = [];
    if (total !== undefined) {
      parts.push(element("p", { className: "kb-sql-hint kb-plan-total", textContent: `Measured: ${milliseconds(total)} in all` }));
    }
    const name = (value) => String(value).replace(ALIAS, (found, key) => known.get(key) ?? found);
    parts.push(element("div", { className: "kb-plan", tabIndex: 0, role: "region", "aria-label": "Plan" }, branch(steps, most, name)));
    return parts;
  }

  function branch(steps, most, name) {
    return element("ul", {}, ...steps.map((step) => {
      const item = element("li", {}, shownStep(step, most, name));
      if (step.children?.length) item.append(branch(step.children, most, name));
      return item;
    }));
  }

  function shownStep(step, most, name) {
    const info = step.extra_info ?? {};
    const title = (step.name ?? step.operator_name ?? step.operator_type ?? "").trim().replaceAll("_", " ");
    const facts = Object.entries(info)
      .filter(([key, value]) => !LEFT_OUT.has(key) && value !== "" && value !== null)
      .map(([key, value]) => `${key}: ${name(Array.isArray(value) ? value.join(", ") : typeof value === "object" ? JSON.stringify(value) : value)}`);
    const sizes = [];
    if (step.operator_cardinality !== undefined) sizes.push(amount(step.operator_cardinality, "row"));
    else if (info["Estimated Cardinality"]) sizes.push(`about ${amount(info["Estimated Cardinality"], "row")}`);
    if (step.operator_timing !== undefined) sizes.push(milliseconds(step.operator_timing));
    const head = element("div", { className: "kb-plan-head" }, element("b", { textContent: title }), element("span", { textContent: sizes.join(" · ") }));
    const made = element("div", { className: "kb-plan-step" }, head);
    if (step.operator_timing !== undefined && most > 0) {
      made.append(element("meter", { min: 0, max: most, value: step.operator_timing, "aria-label": "Share of the slowest step" }));
    }
    if (facts.length) made.append(element("div", { className: "kb-plan-facts", textContent: facts.join("\n") }));
    return made;
  }

  const milliseconds = (seconds) => (seconds < 1 ? `${(seconds * 1000).toFixed(seconds < 0.01 ? 2 : 0)} ms` : `${seconds.toFixed(2)} s`);

  return { element, amount, count, parse, rowsOf, failureOf, chartOf, planOf };
})();
