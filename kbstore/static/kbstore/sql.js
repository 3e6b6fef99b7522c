/* The SQL console: runs what the editor holds, shows the answer, remembers what was run. */
(() => {
  "use strict";

  const root = document.getElementById("sql-console");
  if (!root) return;
  const { element, amount, count, parse, rowsOf, failureOf, chartOf, planOf } = window.kbSqlResult;
  const settings = JSON.parse(document.getElementById("sql-settings").textContent);
  const byId = (id) => document.getElementById(`sql-${id}`);
  const place = `${settings.user}:${settings.workspace}`;
  const DRAFT = `kb-sql-draft:${place}`;
  const PAST = `kb-sql-history:${place}`;
  const MAX_PAST = 100;
  const MAX_REMEMBERED = 20_000;
  const FIRST_ROWS = 100;
  /* What runs a second time, or only to be measured, changes nothing. */
  const READ_ONLY = { read_only: "on" };
  const READ_ONLY_TRANSACTION = "25006";

  let tables = [];
  let running = null; // {controller, started}
  let last = null; // the text of the last statement that gave rows

  // --- what the browser keeps; without storage nothing is kept

  function kept(key, usual) {
    try {
      return JSON.parse(localStorage.getItem(key)) ?? usual;
    } catch {
      return usual;
    }
  }

  function keep(key, value) {
    try {
      localStorage.setItem(key, JSON.stringify(value));
    } catch {
      // Full, or forbidden.
    }
  }

  // --- asking the server

  class Refused extends Error {
    constructor(message, details) {
      super(message);
      this.details = details;
    }
  }

  async function ask(url, fields, signal) {
    const reply = await fetch(url, {
      method: "POST",
      headers: { "X-CSRFToken": root.dataset.csrf },
      body: new URLSearchParams(fields),
      credentials: "same-origin",
      signal,
    });
    if (reply.redirected) throw new Refused("You are logged out. Reload the page to log in again.");
    if (reply.ok) return reply;
    const body = await reply.json().catch(() => null);
    if (body?.detail?.message) throw new Refused(body.detail.message, body.detail.details);
    throw new Refused(reply.status === 403 ? "You may not do that, or you are logged out: reload the page to see." : `The server could not answer (${reply.status}).`);
  }

  // --- running

  function say(text, kind = "") {
    byId("status").textContent = text;
    byId("status").dataset.kind = kind;
  }

  const seconds = (since) => `${((performance.now() - since) / 1000).toFixed(since > performance.now() - 10_000 ? 2 : 1)} s`;

  /* Do one thing at a time, with a clock and a way to stop it. */
  async function whileRunning(verb, work) {
    if (running) return;
    const started = performance.now();
    running = { controller: new AbortController(), started };
    const clock = window.setInterval(() => say(`${verb} … ${seconds(started)}`, "running"), 100);
    say(`${verb} …`, "running");
    for (const id of ["run", "plan", "measure"]) byId(id).disabled = true;
    byId("cancel").hidden = false;
    root.setAttribute("aria-busy", "true");
    try {
      await work(running.controller.signal, started);
    } finally {
      window.clearInterval(clock);
      running = null;
      for (const id of ["run", "plan", "measure"]) byId(id).disabled = false;
      byId("cancel").hidden = true;
      root.removeAttribute("aria-busy");
    }
  }

  const wasCancelled = (error) => error.name === "AbortError";

  /* Positions of the server count characters, those of the editor UTF-16 units. */
  function unitsBefore(text, characters) {
    let units = 0;
    for (const character of text) {
      if (characters-- <= 0) break;
      units += character.length;
    }
    return units;
  }

  function showFailure(error, part, panel) {
    const details = error.details;
    byId(panel).replaceChildren(...failureOf({ message: error.message, details }));
    if (details?.position) editor.mark(part.start + unitsBefore(part.text, details.position - 1), null, error.message);
  }

  function failed(error, part, panel, started, skipped = 0) {
    const isCancelled = wasCancelled(error);
    say(isCancelled ? `Cancelled after ${seconds(started)}` : "Failed", isCancelled ? "" : "error");
    if (isCancelled) {
      byId(panel).replaceChildren(element("p", { className: "kb-empty", textContent: "Cancelled: the server stops the statement and undoes what it had changed." }));
      return;
    }
    if (error.details?.position) error.details.position = Math.max(1, error.details.position - skipped);
    const shown = error instanceof Refused ? error : new Refused("The connection to the server broke off. The query log tells how the statement ended.");
    showFailure(shown, part, panel);
  }

  function run() {
    const part = editor.chosen();
    editor.hush();
    if (!part.text.trim()) return say("There is nothing to run yet.");
    editor.unmark();
    whileRunning("Running", async (signal, started) => {
      try {
        const reply = await ask(settings.run, { sql: part.text, format: "json", limit: byId("limit").value }, signal);
        const answer = parse(await reply.text());
        show(answer, part.text);
        const took = seconds(started);
        const rows = answer.columns.length ? (answer.truncated ? `${count(answer.row_count)}+ rows` : amount(answer.row_count, "row")) : answer.command;
        say(`${rows} · ${took}`);
        remember(part.text, { ok: true, rows, took });
        // What gives no rows may have made something, or dropped it.
        if (!answer.columns.length) loadNames();
      } catch (error) {
        offer(null);
        select("rows");
        failed(error, part, "panel-rows", started);
        remember(part.text, { ok: false, rows: wasCancelled(error) ? "cancelled" : "failed", took: seconds(started) });
      }
    });
  }

  function show(answer, text) {
    byId("panel-rows").replaceChildren(...rowsOf(answer));
    const [parts, draw] = [chartOf(answer)].flatMap((found) => (Array.isArray(found[0]) ? [found[0], found[1]] : [found, null]));
    byId("panel-chart").replaceChildren(...parts);
    drawChart = draw;
    offer(answer.columns.length ? text : null);
    if (byId("panel-chart").hidden) select("rows");
    else drawChart?.();
  }
  let drawChart = null;

  function offer(text) {
    last = text;
    for (const button of root.querySelectorAll("[data-download]")) button.disabled = !text;
    if (byId("job")) byId("job").disabled = !text;
  }

  function explain(isMeasured) {
    const part = editor.statement();
    editor.hush();
    if (!part.text.trim()) return say("There is nothing to explain yet.");
    editor.unmark();
    const head = `EXPLAIN (${isMeasured ? "ANALYZE, " : ""}FORMAT JSON) `;
    whileRunning(isMeasured ? "Measuring" : "Planning", async (signal, started) => {
      select("plan");
      try {
        const fields = { sql: head + part.text, format: "json", ...(isMeasured ? READ_ONLY : {}) };
        const answer = parse(await (await ask(settings.run, fields, signal)).text());
        byId("panel-plan").replaceChildren(...planOf(answer.rows[0].at(-1), tables));
        say(`${isMeasured ? "Measured" : "Planned"} in ${seconds(started)}`);
      } catch (error) {
        const writes = isMeasured && error.details?.sqlstate === READ_ONLY_TRANSACTION;
        if (writes) error.message = "Measuring runs the statement, so only what changes nothing is measured. “Plan” shows how this one would run.";
        failed(error, part, "panel-plan", started, head.length);
      }
    });
  }

  // --- downloads: the statement runs again, for all of its rows

  function download(format) {
    if (!last) return;
    const text = last;
    whileRunning(`Downloading ${format}`, async (signal, started) => {
      try {
        const reply = await ask(settings.run, { sql: text, format, ...READ_ONLY }, signal);
        const url = URL.createObjectURL(await reply.blob());
        const stamp = new Date().toISOString().slice(0, 19).replaceAll(":", "-");
        element("a", { href: url, download: `query-${stamp}.${format}` }).click();
        window.setTimeout(() => URL.revokeObjectURL(url), 60_000);
        say(`Downloaded in ${seconds(started)}`);
      } catch (error) {
        if (wasCancelled(error)) return say(`Cancelled after ${seconds(started)}`);
        select("rows");
        failed(error, { text, start: 0 }, "panel-rows", started);
      }
    });
  }

  function runAsJob() {
    if (!last) return;
    const text = last;
    whileRunning("Starting a job", async (signal, started) => {
      try {
        const { url } = await (await ask(settings.job, { sql: text, format: "csv" }, signal)).json();
        window.location.assign(url);
      } catch (error) {
        select("rows");
        failed(error, { text, start: 0 }, "panel-rows", started);
      }
    });
  }

  // --- tabs

  const TABS = ["rows", "chart", "plan", "history"];

  function select(name, isFocused = false) {
    for (const each of TABS) {
      const tab = byId(`tab-${each}`);
      tab.setAttribute("aria-selected", each === name);
      tab.tabIndex = each === name ? 0 : -1;
      byId(`panel-${each}`).hidden = each !== name;
      if (each === name && isFocused) tab.focus();
    }
    if (name === "chart") drawChart?.();
    if (name === "history") showPast();
  }

  // --- history

  function remember(text, outcome) {
    if (text.length > MAX_REMEMBERED) return;
    const past = kept(PAST, []).filter((each) => each.sql !== text);
    keep(PAST, [{ sql: text, at: Date.now(), ...outcome }, ...past].slice(0, MAX_PAST));
    if (!byId("panel-history").hidden) showPast();
  }

  function showPast() {
    const past = kept(PAST, []);
    byId("forget").hidden = !past.length;
    if (!past.length) {
      byId("history").replaceChildren(element("p", { className: "kb-empty", textContent: "Nothing yet: what you run is listed here." }));
      return;
    }
    byId("history").replaceChildren(
      ...past.map((each) => {
        const at = new Date(each.at);
        const isToday = at.toDateString() === new Date().toDateString();
        const two = (number) => String(number).padStart(2, "0");
        const shown = isToday ? `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}` : `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
        const state = element("span", { className: "kb-badge", "data-kind": each.ok ? "success" : each.rows === "cancelled" ? "cancelled" : "error", textContent: each.rows });
        const button = element("button", { type: "button", className: "kb-sql-past", title: "Put it into the editor" },
          element("span", { textContent: shown }), element("span", { textContent: each.took }), element("span", {}, state), element("code", { textContent: each.sql.replace(/\s+/g, " ").slice(0, 300) }));
        button.addEventListener("click", () => {
          editor.setText(each.sql);
          editor.focus();
        });
        return button;
      }),
    );
  }

  // --- names

  const OWN_SCHEMA = "main";

  async function loadNames() {
    try {
      const reply = await fetch(settings.names, { credentials: "same-origin" });
      if (!reply.ok || reply.redirected) throw new Error(String(reply.status));
      tables = (await reply.json()).tables;
      editor.setTables(tables);
      showTree();
    } catch {
      byId("tree").replaceChildren(element("p", { className: "kb-empty", textContent: "The tables could not be listed. SQL works all the same." }));
    }
  }

  function showTree() {
    const wanted = byId("filter").value.trim().toLowerCase();
    const schemas = new Map();
    let [isOpen, found] = [false, 0];
    for (const table of tables) {
      const columns = wanted ? table.columns.filter(([name]) => name.toLowerCase().includes(wanted)) : table.columns;
      const isNamed = `${table.schema}.${table.name} ${table.bucket ?? ""}`.toLowerCase().includes(wanted);
      if (wanted && !isNamed && !columns.length) continue;
      found += 1;
      if (found > MAX_LISTED_TABLES) continue;
      isOpen = Boolean(wanted) && !isNamed;
      const shown = isOpen ? columns : table.columns;
      schemas.set(table.schema, [...(schemas.get(table.schema) ?? []), tableItem(table, shown, isOpen)]);
    }
    const list = element("ul");
    for (const [schema, items] of schemas) {
      const title = schema === OWN_SCHEMA ? "This workspace" : schema;
      list.append(element("li", {}, element("span", { className: "kb-sql-schema", textContent: title }), element("ul", {}, ...items)));
    }
    const none = wanted ? "Nothing has such a name." : "The project has no tables yet, and the workspace is empty: CREATE TABLE makes one here.";
    byId("tree").replaceChildren(schemas.size ? list : element("p", { className: "kb-empty", textContent: none }));
    if (found > MAX_LISTED_TABLES) {
      const more = `… and ${count(found - MAX_LISTED_TABLES)} more: type a part of the name.`;
      byId("tree").append(element("p", { className: "kb-empty", textContent: more }));
    }
  }

  const MAX_LISTED_COLUMNS = 500;
  const MAX_LISTED_TABLES = 1_000;

  function tableItem(table, columns, isOpen) {
    const rows = table.rows === null ? "" : count(table.rows);
    const name = element("button", { type: "button", className: "kb-sql-name", title: `${table.bucket ?? "this workspace"} · ${table.name}: put it into the editor` }, table.name, element("small", { textContent: rows }));
    name.addEventListener("click", () => put(kbSqlEditor.written(table)));
    const arrow = element("button", { type: "button", className: "kb-sql-arrow", "aria-expanded": "false", "aria-label": `Columns of ${table.name}` });
    const item = element("li", {}, element("div", { className: "kb-sql-row" }, arrow, name));
    const open = () => {
      const list = columns.slice(0, MAX_LISTED_COLUMNS).map(([column, type]) => {
        const button = element("button", { type: "button", className: "kb-sql-name", title: `${column} ${type}` }, column, element("small", { textContent: type.toLowerCase() }));
        button.addEventListener("click", () => put(kbSqlEditor.quoted(column)));
        return element("li", {}, element("div", { className: "kb-sql-row" }, button));
      });
      item.append(element("ul", {}, ...list));
      arrow.setAttribute("aria-expanded", "true");
    };
    arrow.addEventListener("click", () => {
      const list = item.querySelector("ul");
      if (!list) return open();
      list.remove();
      arrow.setAttribute("aria-expanded", "false");
    });
    if (isOpen) open();
    return item;
  }

  function put(text) {
    if (editor.text().trim()) editor.insert(text);
    else editor.setText(`SELECT *\nFROM ${text}\nLIMIT ${FIRST_ROWS};\n`);
    editor.focus();
  }

  // --- beginning

  const wanted = settings.first && `SELECT *\nFROM ${kbSqlEditor.written(settings.first)}\nLIMIT ${FIRST_ROWS};\n`;
  const editor = kbSqlEditor.create({
    parent: byId("editor"),
    doc: wanted ?? (settings.text || kept(DRAFT, "")),
    label: "SQL",
    hint: "SELECT * FROM ...",
    onRun: run,
    onExplain: () => explain(false),
    onChange: (text) => keep(DRAFT, text.slice(0, 100_000)),
  });

  byId("run").addEventListener("click", run);
  byId("plan").addEventListener("click", () => explain(false));
  byId("measure").addEventListener("click", () => explain(true));
  byId("cancel").addEventListener("click", () => running?.controller.abort());
  byId("job")?.addEventListener("click", runAsJob);
  byId("forget").addEventListener("click", () => {
    keep(PAST, []);
    showPast();
  });
  byId("filter").addEventListener("input", showTree);
  byId("workspace").addEventListener("change", (event) => {
    window.location.assign(`${settings.page}?workspace=${encodeURIComponent(event.target.value)}`);
  });
  for (const button of root.querySelectorAll("[data-download]")) {
    button.addEventListener("click", () => download(button.dataset.download));
  }
  TABS.forEach((name, index) => {
    byId(`tab-${name}`).addEventListener("click", () => select(name));
    byId(`tab-${name}`).addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (step) select(TABS[(index + step + TABS.length) % TABS.length], true);
    });
  });
  loadNames();
  if (wanted) run();
  else editor.focus();
})();
