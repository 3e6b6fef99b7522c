/* The page of a table: what htmx does not do. Everything is found by attributes, so swapped parts need no set-up. */
(() => {
  "use strict";

  // --- the grid: operators without a value, one row at full length

  function fitFilter(form) {
    const bare = new Set(form.dataset.withoutValue.split(","));
    const value = form.querySelector("#filter-value");
    value.hidden = bare.has(form.querySelector("#filter-op").value);
  }

  function showRow(button) {
    const grid = button.closest("[data-table-grid]");
    const dialog = grid.querySelector("dialog");
    const record = dialog.querySelector(".kb-record");
    const headers = [...grid.querySelectorAll("thead th")].slice(1);
    const cells = [...button.closest("tr").children].slice(1);
    record.replaceChildren();
    headers.forEach((header, at) => {
      const name = document.createElement("dt");
      name.textContent = header.querySelector(".kb-sort").firstChild.textContent;
      const value = document.createElement("dd");
      if (cells[at].querySelector(".kb-null")) value.append(cells[at].firstChild.cloneNode(true));
      else value.textContent = cells[at].title || cells[at].textContent;
      record.append(name, value);
    });
    dialog.querySelector("[data-row-number]").textContent = button.textContent;
    dialog.showModal();
  }

  document.addEventListener("change", (event) => {
    if (event.target.id === "filter-op") fitFilter(event.target.form);
  });

  document.addEventListener("click", (event) => {
    const row = event.target.closest("[data-row]");
    if (row) showRow(row);
    if (event.target.closest("[data-row-close]") || event.target.matches("dialog.kb-dialog")) {
      event.target.closest("dialog").close();
    }
  });
})();
