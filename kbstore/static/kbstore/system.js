/* Finds rows of long tables, moves runs of the doctor and of backups, and draws what the server does now. No inline scripts anywhere. */
(() => {
  "use strict";

  // --- finding rows

  function filterRows(input) {
    const only = document.querySelector("[data-filter-only]");
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    for (const row of document.querySelectorAll(input.dataset.filter)) {
      const text = row.textContent.toLowerCase();
      const isWanted = words.every((word) => text.includes(word));
      row.hidden = !isWanted || Boolean(only?.checked && !row.dataset[only.dataset.filterOnly]);
    }
    for (const group of document.querySelectorAll("[data-filter-group]")) {
      group.hidden = !group.querySelector("tbody tr:not([hidden])");
    }
  }

  // --- runs: news come by websocket; where that is blocked or not allowed, the page asks

  const POLL_MS = 1000;
  const watched = new Set();

  function showRun(section, run) {
    const percent = Math.round(run.progress * 100);
    section.querySelector("[role=progressbar]").setAttribute("aria-valuenow", percent);
    section.querySelector("progress").value = percent;
    section.querySelector(".kb-percent").textContent = `${percent}%`;
    section.querySelector("[data-step]").textContent = run.step || "\u00a0";
  }

  function pollRun(id) {
    const timer = window.setInterval(() => {
      const section = document.getElementById(id);
      if (section?.dataset.run) window.htmx.trigger(section, "kb:poll");
      else window.clearInterval(timer);
    }, POLL_MS);
  }

  function watchRun(id) {
    const scheme = window.location.protocol === "https:" ? "wss:" : "ws:";
    let hasEnded = false;
    let socket;
    try {
      socket = new WebSocket(`${scheme}//${window.location.host}/ws/runs/${encodeURIComponent(id)}/`);
    } catch {
      pollRun(id);
      return;
    }
    socket.addEventListener("message", (event) => {
      const run = JSON.parse(event.data);
      hasEnded = run.state !== "running";
      if (hasEnded) window.location.reload();
      else showRun(document.getElementById(id), run);
    });
    socket.addEventListener("close", () => hasEnded || pollRun(id));
  }

  function watchRuns() {
    for (const section of document.querySelectorAll("[data-run]")) {
      if (watched.has(section.id)) continue;
      watched.add(section.id);
      watchRun(section.id);
    }
  }

  // --- what the server does now

  const EVERY_MS = 5000;
  const POINTS = 60;
  const RATES = ["requests", "queries", "s3_operations", "imported_rows", "catalog_queries"];
  const GAUGES = ["in_flight", "sessions", "sockets", "jobs_finished"];

  const short = (value) => value.toLocaleString("en-US", { maximumSignificantDigits: 3 });

  function startLive(box) {
    const history = { times: [], latency: [] };
    for (const name of RATES) history[name] = [];
    let before = null;

    function note(name, value, text) {
      history[name].push(value);
      if (history[name].length > POINTS) history[name].shift();
      document.querySelector(`[data-now="${name}"]`).textContent = text;
      const canvas = box.querySelector(`[data-source="live-${name}"]`);
      const series = [{ name: name === "latency" ? "Mean" : "Per second", values: history[name] }];
      const data = { labels: history.times, time: "second", series, unit: name === "latency" ? "milliseconds" : "count" };
      canvas.dispatchEvent(new CustomEvent("kb:draw", { bubbles: true, detail: data }));
    }

    function show(at, numbers) {
      for (const name of GAUGES) document.querySelector(`[data-now="${name}"]`).textContent = short(numbers[name]);
      if (before && at > before.at) {
        const since = (name) => Math.max(0, numbers[name] - before.numbers[name]);
        history.times.push(new Date(at * 1000).toISOString());
        if (history.times.length > POINTS) history.times.shift();
        for (const name of RATES) {
          const rate = since(name) / (at - before.at);
          note(name, rate, short(rate));
        }
        const requests = since("request_count");
        const latency = requests ? (since("request_seconds") / requests) * 1000 : null;
        note("latency", latency, latency === null ? "–" : `${short(latency)} ms`);
      }
      before = { at, numbers };
    }

    async function ask() {
      const state = document.querySelector("[data-live-state]");
      try {
        const reply = await fetch(box.dataset.live, { credentials: "same-origin" });
        if (!reply.ok || reply.redirected) throw new Error(reply.statusText);
        const { at, numbers } = await reply.json();
        show(at, numbers);
        state.textContent = "";
      } catch {
        state.textContent = "· The server does not answer.";
      }
    }

    ask();
    window.setTimeout(ask, 1000);
    window.setInterval(() => document.hidden || ask(), EVERY_MS);
  }

  document.addEventListener("DOMContentLoaded", () => {
    for (const input of document.querySelectorAll("[data-filter]")) {
      const renew = () => filterRows(input);
      input.addEventListener("input", renew);
      document.querySelector("[data-filter-only]")?.addEventListener("change", renew);
    }
    watchRuns();
    const box = document.querySelector("[data-live]");
    if (box) startLive(box);
  });
})();
