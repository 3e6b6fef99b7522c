/* Moves the job cells of a page, copies secrets, shows times in the reader's zone; also in what htmx loads later.
   Tells the page with the event `kb:job-ended` when a job that it shows has ended. No inline scripts anywhere. */
(() => {
  "use strict";

  const POLL_MS = 2000;
  const MAX_SOCKETS = 6;
  const FINAL = new Set(["success", "error", "cancelled"]);

  // --- texts, as kbstore/console/formatting.py writes them

  const count = (number) => (number === null || number === undefined ? "–" : number.toLocaleString("en-US"));

  function size(bytes) {
    if (bytes === null || bytes === undefined) return "–";
    const units = ["B", "KB", "MB", "GB", "TB", "PB"];
    let value = bytes;
    let unit = 0;
    while (value >= 999.95 && unit < units.length - 1) {
      value /= 1000;
      unit += 1;
    }
    return unit ? `${value.toFixed(1)} ${units[unit]}` : `${bytes} B`;
  }

  function duration(seconds) {
    const value = Math.max(0, seconds);
    if (value < 9.95) return `${value.toFixed(1)} s`;
    const whole = Math.round(value);
    if (whole < 60) return `${whole} s`;
    if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
    return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
  }

  /* For the scripts of the other pages. */
  window.kbstore = Object.freeze({ size });

  // --- job cells

  const cells = (job, field) =>
    document.querySelectorAll(`[data-job="${CSS.escape(job)}"]${field ? `[data-job-field="${field}"]` : ""}`);
  const unfinished = new Map(); // job id -> project id

  function show(job) {
    if (!unfinished.has(job.id)) return;
    for (const badge of cells(job.id, "state")) {
      badge.dataset.kind = badge.dataset.jobState = badge.textContent = job.state;
    }
    for (const bar of cells(job.id, "progress")) {
      const percent = Math.round(job.progress * 100);
      bar.dataset.kind = job.state;
      bar.setAttribute("aria-valuenow", percent);
      bar.querySelector("progress").value = percent;
      bar.querySelector(".kb-percent").textContent = `${percent}%`;
    }
    for (const cell of cells(job.id, "rows")) cell.textContent = count(job.rows);
    for (const cell of cells(job.id, "bytes")) cell.textContent = size(job.bytes);
    for (const cell of cells(job.id, "duration")) {
      cell.dataset.started = job.started_at || "";
      if (job.started_at && job.finished_at) {
        cell.textContent = duration((Date.parse(job.finished_at) - Date.parse(job.started_at)) / 1000);
      }
    }
    if (FINAL.has(job.state)) {
      unfinished.delete(job.id);
      document.dispatchEvent(new CustomEvent("kb:job-ended", { detail: job }));
      renewOutcome();
    }
  }

  function tick() {
    for (const job of unfinished.keys()) {
      for (const cell of cells(job, "duration")) {
        if (cell.dataset.started) cell.textContent = duration((Date.now() - Date.parse(cell.dataset.started)) / 1000);
      }
    }
  }

  /* The job's own page: result, error and commands are the server's to draw. */
  async function renewOutcome() {
    const old = document.getElementById("job-outcome");
    if (!old) return;
    const reply = await fetch(window.location.href, { credentials: "same-origin" });
    if (!reply.ok) return;
    const page = new DOMParser().parseFromString(await reply.text(), "text/html");
    const fresh = page.getElementById("job-outcome");
    if (fresh) old.replaceWith(document.adoptNode(fresh));
    const commands = page.querySelector(".kb-commands");
    document.querySelector(".kb-commands")?.replaceWith(...(commands ? [document.adoptNode(commands)] : []));
    look();
  }

  // --- where the news come from: websockets, and polling where they are blocked

  const polled = new Set();
  let isPolling = false;

  function watch(path, jobs, onClose = () => {}) {
    const scheme = window.location.protocol === "https:" ? "wss:" : "ws:";
    let socket;
    try {
      socket = new WebSocket(`${scheme}//${window.location.host}${path}`);
    } catch {
      onClose();
      poll(jobs);
      return;
    }
    socket.addEventListener("message", (event) => {
      show(JSON.parse(event.data));
      if (!jobs.some((job) => unfinished.has(job))) socket.close();
    });
    socket.addEventListener("close", () => {
      onClose();
      poll(jobs.filter((job) => unfinished.has(job)));
    });
  }

  function poll(jobs) {
    for (const job of jobs) polled.add(job);
    if (!isPolling) pollUntilDone();
  }

  async function pollUntilDone() {
    isPolling = true;
    while (polled.size) {
      await pollOnce([...polled]);
      for (const job of polled) if (!unfinished.has(job)) polled.delete(job);
      if (polled.size) await new Promise((resolve) => window.setTimeout(resolve, POLL_MS));
    }
    isPolling = false;
  }

  async function pollOnce(wanted) {
    const source = document.querySelector("[data-job-source]").dataset.jobSource;
    try {
      const reply = await fetch(`${source}?ids=${wanted.join(",")}`, { credentials: "same-origin" });
      if (!reply.ok || reply.redirected) return;
      const { jobs } = await reply.json();
      jobs.forEach(show);
      const known = new Set(jobs.map((job) => job.id));
      for (const job of wanted) if (!known.has(job)) unfinished.delete(job);
    } catch {
      // The server is away for a moment: the next round tells.
    }
  }

  const sockets = new Map(); // project id -> the jobs that its socket watches
  let isTicking = false;

  function watchJobs() {
    const found = new Map();
    for (const badge of document.querySelectorAll('[data-job-field="state"]')) {
      const { job, jobState, jobProject } = badge.dataset;
      if (!FINAL.has(jobState) && !unfinished.has(job)) found.set(job, jobProject);
    }
    if (!found.size) return;
    if (!isTicking) window.setInterval(tick, 500);
    isTicking = true;
    const isAlone = found.size === 1 && !unfinished.size;
    for (const [job, project] of found) unfinished.set(job, project);
    if (isAlone) {
      const [job] = found.keys();
      watch(`/ws/jobs/${encodeURIComponent(job)}/`, [job]);
    } else watchByProject(found);
  }

  function watchByProject(found) {
    for (const [job, project] of found) {
      if (sockets.has(project)) sockets.get(project).push(job);
      else if (sockets.size < MAX_SOCKETS) sockets.set(project, [job]);
      else poll([job]);
    }
    for (const [project, jobs] of sockets) {
      if (jobs.isOpen) continue;
      jobs.isOpen = true;
      watch(`/ws/projects/${encodeURIComponent(project)}/jobs/`, jobs, () => sockets.delete(project));
    }
  }

  // --- copying

  async function copy(button) {
    const source = document.getElementById(button.dataset.copy);
    const label = button.querySelector("[data-copy-label]");
    try {
      await navigator.clipboard.writeText(source.textContent);
      label.textContent = "Copied";
    } catch {
      // Without TLS browsers have no clipboard: select the text, so that Ctrl-C is enough.
      window.getSelection().selectAllChildren(source);
      label.textContent = document.execCommand("copy") ? "Copied" : "Press Ctrl-C";
    }
  }

  // --- times

  const two = (number) => String(number).padStart(2, "0");

  function localizeTimes() {
    for (const element of document.querySelectorAll("time.kb-time")) {
      const at = new Date(element.dateTime);
      const date = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
      const time = `${two(at.getHours())}:${two(at.getMinutes())}`;
      const seconds = element.closest(".kb-facts, .kb-log") ? `:${two(at.getSeconds())}` : "";
      element.textContent = element.closest(".kb-brief") ? brief(at, date, time) : `${date} ${time}${seconds}`;
    }
  }

  /* Where room is scarce: the time of today, the day of another one. */
  function brief(at, date, time) {
    const today = new Date();
    if (at.toDateString() === today.toDateString()) return time;
    if (at.getFullYear() !== today.getFullYear()) return date;
    return at.toLocaleDateString("en-GB", { day: "numeric", month: "short" });
  }

  function look() {
    localizeTimes();
    watchJobs();
  }

  /* Django's widget for choosing many labels its hints, which without a role nobody hears. */
  window.addEventListener("load", () => {
    for (const hint of document.querySelectorAll("span.help-tooltip[aria-label]")) hint.setAttribute("role", "img");
  });
  document.addEventListener("htmx:load", look);
  document.addEventListener("kb:fresh", look); // sent by scripts that put rows into the page themselves
  document.addEventListener("DOMContentLoaded", () => {
    look();
    document.addEventListener("click", (event) => {
      const button = event.target.closest("[data-copy]");
      if (button) copy(button);
    });
  });
})();
