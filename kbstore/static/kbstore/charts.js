/* Draws the charts of a page with Chart.js, in the colours of the theme in force. No inline scripts anywhere.

   <canvas data-chart="bar" data-source="ID" aria-label="..." role="img"></canvas> is drawn from the JSON in the element
   of that id (Django: data|json_script:"ID"):
   {"labels": [...], "series": [{"name": "...", "kind": "success", "values": [...]}],
    "unit": "count|bytes|seconds|milliseconds|percent", "stacked": true, "horizontal": false, "time": "second|hour|day",
    "links": ["/admin/...", ...]}
   `kind` names a colour of console.css: --kb-chart-KIND; without it the series take --kb-chart-1, -2, ... by turns.
   With `time` the labels are moments in ISO 8601, shown in the reader's zone (days as they are in UTC).
   A script may draw anew: canvas.dispatchEvent(new CustomEvent("kb:draw", {bubbles: true, detail: data})). */
(() => {
  "use strict";

  const drawn = new Map(); // canvas -> chart
  const given = new WeakMap(); // canvas -> data that a script has given

  function colour(name) {
    return getComputedStyle(document.documentElement).getPropertyValue(name).trim() || "#3b82f6";
  }

  // --- texts

  const number = (value) => value.toLocaleString("en-US", { maximumFractionDigits: value < 10 ? 3 : 1 });

  function seconds(value) {
    return value !== 0 && Math.abs(value) < 1 ? `${number(value * 1000)} ms` : `${number(value)} s`;
  }

  const FORMATS = {
    bytes: (value) => window.kbstore.size(Math.round(value)), // console.js
    count: number,
    percent: (value) => `${number(value)} %`,
    seconds,
    milliseconds: (value) => `${number(value)} ms`,
  };

  const two = (value) => String(value).padStart(2, "0");
  const MOMENTS = {
    second: (at) => `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`,
    hour: (at) => `${two(at.getHours())}:${two(at.getMinutes())}`,
    day: (at) => at.toLocaleDateString("en-GB", { day: "numeric", month: "short", timeZone: "UTC" }),
  };

  function labelsOf(data) {
    const moment = MOMENTS[data.time];
    return moment ? data.labels.map((label) => moment(new Date(label))) : data.labels;
  }

  // --- drawing

  function scale(data, format, isValues) {
    const ticks = { color: colour("--kb-chart-text"), maxRotation: 0, autoSkipPadding: 12, font: { size: 11 } };
    if (isValues) {
      ticks.callback = (value) => format(value);
      ticks.maxTicksLimit = 6;
    }
    const isWhole = isValues && data.unit === "count" && data.series.every((one) => one.values.every(Number.isInteger));
    if (isWhole) ticks.precision = 0;
    if (!isValues && data.horizontal) ticks.autoSkip = false;
    const grid = { color: colour("--kb-chart-grid"), display: isValues };
    return { beginAtZero: true, suggestedMax: isWhole ? 1 : undefined, grid, ticks, border: { display: false }, stacked: Boolean(data.stacked) };
  }

  function datasetOf(series, index, type) {
    const shade = colour(series.kind ? `--kb-chart-${series.kind}` : `--kb-chart-${(index % 6) + 1}`);
    return {
      label: series.name,
      data: series.values,
      backgroundColor: shade,
      borderColor: shade,
      borderWidth: type === "line" ? 2 : 0,
      pointRadius: type === "line" && series.values.length < 3 ? 2 : 0,
      tension: 0.25,
      spanGaps: true,
      borderRadius: 2,
      maxBarThickness: 28,
    };
  }

  function optionsOf(data, format) {
    const [labelled, valued] = data.horizontal ? ["y", "x"] : ["x", "y"];
    const legend = { color: colour("--kb-chart-text"), boxWidth: 10, boxHeight: 10 };
    const said = (item) => `${item.dataset.label}: ${format(item.parsed[valued])}`;
    return {
      animation: false,
      maintainAspectRatio: false,
      indexAxis: labelled,
      interaction: { mode: "index", axis: labelled, intersect: false },
      onClick: (_event, [hit]) => {
        if (hit && data.links?.[hit.index]) window.location.assign(data.links[hit.index]);
      },
      onHover: (event, [hit]) => {
        event.native.target.style.cursor = hit && data.links?.[hit.index] ? "pointer" : "default";
      },
      plugins: {
        legend: { display: data.series.length > 1, position: "bottom", labels: legend },
        tooltip: { callbacks: { label: said } },
      },
      scales: { [labelled]: scale(data, format, false), [valued]: scale(data, format, true) },
    };
  }

  function dataOf(canvas) {
    const source = document.getElementById(canvas.dataset.source);
    return given.get(canvas) || (source && JSON.parse(source.textContent));
  }

  function draw(canvas) {
    const data = dataOf(canvas);
    if (!data) return;
    const type = canvas.dataset.chart;
    const datasets = data.series.map((series, index) => datasetOf(series, index, type));
    drawn.get(canvas)?.destroy();
    const options = optionsOf(data, FORMATS[data.unit] || FORMATS.count);
    drawn.set(canvas, new Chart(canvas, { type, data: { labels: labelsOf(data), datasets }, options }));
    makeReachable(canvas);
  }

  // --- with the keyboard: arrows walk along the values, Enter opens what stands behind one

  const STEPS = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };
  let speaker = null;

  function say(text) {
    if (!speaker) {
      speaker = document.createElement("div");
      speaker.setAttribute("role", "status");
      speaker.style.cssText = "position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)";
      document.body.append(speaker);
    }
    speaker.textContent = text;
  }

  function show(canvas, index) {
    const chart = drawn.get(canvas);
    const active = chart.data.datasets.map((_set, datasetIndex) => ({ datasetIndex, index }));
    const { x, y } = chart.getDatasetMeta(0).data[index];
    chart.setActiveElements(active);
    chart.tooltip.setActiveElements(active, { x, y });
    chart.update("none");
    say([chart.data.labels[index], ...(chart.tooltip.body || []).flatMap((part) => part.lines)].join(", "));
  }

  function onKey(event) {
    const canvas = event.target;
    const count = drawn.get(canvas)?.data.labels.length;
    if (!count) return;
    const at = drawn.get(canvas).getActiveElements()[0]?.index;
    const link = at === undefined ? null : dataOf(canvas).links?.[at];
    if (event.key === "Enter" && link) window.location.assign(link);
    if (!(event.key in STEPS)) return;
    event.preventDefault();
    const next = at === undefined ? (STEPS[event.key] > 0 ? 0 : count - 1) : at + STEPS[event.key];
    show(canvas, Math.min(count - 1, Math.max(0, next)));
  }

  function onBlur(event) {
    const chart = drawn.get(event.target);
    chart?.setActiveElements([]);
    chart?.tooltip.setActiveElements([], { x: 0, y: 0 });
    chart?.update("none");
  }

  function makeReachable(canvas) {
    if (canvas.tabIndex === 0) return;
    canvas.tabIndex = 0;
    canvas.addEventListener("keydown", onKey);
    canvas.addEventListener("blur", onBlur);
  }

  function forgetGone() {
    for (const [canvas, chart] of drawn) {
      if (canvas.isConnected) continue;
      chart.destroy();
      drawn.delete(canvas);
    }
  }

  function drawAll() {
    forgetGone();
    for (const canvas of document.querySelectorAll("canvas[data-chart]")) draw(canvas);
  }

  function drawNew() {
    forgetGone();
    for (const canvas of document.querySelectorAll("canvas[data-chart]")) if (!drawn.has(canvas)) draw(canvas);
  }

  document.addEventListener("DOMContentLoaded", () => {
    drawAll();
    new MutationObserver(drawAll).observe(document.documentElement, { attributes: true, attributeFilter: ["class"] });
  });
  document.addEventListener("htmx:afterSettle", drawNew);
  document.addEventListener("kb:draw", (event) => {
    if (event.detail) given.set(event.target, event.detail);
    draw(event.target);
  });
})();
