/* Draws the charts of a page with Chart.js, in the colours of the theme in force. No inline scripts anywhere.

   <canvas data-chart="bar" data-source="ID" aria-label="..." role="img"></canvas> is drawn from the JSON in the element
   of that id (Django: data|json_script:"ID"):
   {"labels": [...], "series": [{"name": "...", "kind": "success", "values": [...]}], "unit": "count|bytes|seconds|percent",
    "stacked": true, "horizontal": false, "links": ["/admin/...", ...]}
   `kind` names a colour of console.css: --kb-chart-KIND; without it the series take --kb-chart-1, -2, ... by turns. */
(() => {
  "use strict";

  const drawn = new Map(); // canvas -> chart

  function colour(name) {
    return getComputedStyle(document.documentElement).getPropertyValue(name).trim() || "#3b82f6";
  }

  const UNITS = ["B", "KB", "MB", "GB", "TB", "PB"];

  function bytes(value) {
    let unit = 0;
    while (value >= 999.95 && unit < UNITS.length - 1) {
      value /= 1000;
      unit += 1;
    }
    return unit ? `${value.toFixed(1)} ${UNITS[unit]}` : `${Math.round(value)} B`;
  }

  const FORMATS = {
    bytes,
    count: (value) => value.toLocaleString("en-US"),
    percent: (value) => `${value.toLocaleString("en-US")} %`,
    seconds: (value) => `${value.toLocaleString("en-US")} s`,
  };

  function scale(format, isValues) {
    const grid = { color: colour("--kb-chart-grid"), display: isValues };
    const ticks = { color: colour("--kb-chart-text"), maxRotation: 0, autoSkipPadding: 12 };
    if (isValues) ticks.callback = (value) => format(value);
    return { beginAtZero: true, grid, ticks, border: { display: false } };
  }

  function draw(canvas) {
    const source = document.getElementById(canvas.dataset.source);
    if (!source) return;
    const data = JSON.parse(source.textContent);
    const format = FORMATS[data.unit] || FORMATS.count;
    const [labelled, valued] = data.horizontal ? ["y", "x"] : ["x", "y"];
    const type = canvas.dataset.chart;
    drawn.get(canvas)?.destroy();
    const datasets = data.series.map((series, index) => {
      const shade = colour(series.kind ? `--kb-chart-${series.kind}` : `--kb-chart-${(index % 6) + 1}`);
      return {
        label: series.name,
        data: series.values,
        backgroundColor: shade,
        borderColor: shade,
        borderWidth: type === "line" ? 2 : 0,
        pointRadius: 0,
        tension: 0.25,
        borderRadius: 3,
        maxBarThickness: 28,
      };
    });
    const options = {
      animation: false,
      maintainAspectRatio: false,
      indexAxis: labelled,
      interaction: { mode: "index", axis: labelled, intersect: false },
      onClick: (_event, [hit]) => {
        if (hit && data.links?.[hit.index]) window.location.assign(data.links[hit.index]);
      },
      plugins: {
        legend: { display: data.series.length > 1, position: "bottom", labels: { color: colour("--kb-chart-text"), boxWidth: 10, boxHeight: 10 } },
        tooltip: { callbacks: { label: (item) => `${item.dataset.label}: ${format(item.parsed[valued])}` } },
      },
      scales: {
        [labelled]: { ...scale(format, false), stacked: Boolean(data.stacked) },
        [valued]: { ...scale(format, true), stacked: Boolean(data.stacked) },
      },
    };
    drawn.set(canvas, new Chart(canvas, { type, data: { labels: data.labels, datasets }, options }));
  }

  function drawAll() {
    for (const canvas of drawn.keys()) if (!canvas.isConnected) drawn.delete(canvas);
    for (const canvas of document.querySelectorAll("canvas[data-chart]")) draw(canvas);
  }

  document.addEventListener("DOMContentLoaded", () => {
    drawAll();
    new MutationObserver(drawAll).observe(document.documentElement, { attributes: true, attributeFilter: ["class"] });
  });
  document.addEventListener("htmx:afterSettle", drawAll);
})();
