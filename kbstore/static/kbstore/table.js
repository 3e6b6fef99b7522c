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

  // --- answers that are no part of this page

  /* A whole page, such as the login after a long pause, is gone to; a failure is said where the part would be. */
  function beforeSwap(event) {
    const { xhr, target } = event.detail;
    if (target?.id !== "table-tabs") return;
    if (xhr.status >= 400) {
      event.detail.shouldSwap = false;
      complain(`The server answered ${xhr.status}. Try again in a moment.`);
    } else if (/^\s*<!doctype/i.test(xhr.responseText)) {
      event.detail.shouldSwap = false;
      if (xhr.responseURL.includes("/login/")) window.location.reload();
      else window.location.assign(xhr.responseURL);
    }
  }

  function complain(text) {
    document.querySelector("#table-tabs > .kb-message[data-lost]")?.remove();
    const notice = document.createElement("p");
    Object.assign(notice.dataset, { kind: "error", lost: "" });
    notice.className = "kb-message";
    notice.setAttribute("role", "alert");
    notice.textContent = text;
    document.querySelector("#table-tabs > .kb-tab-row")?.after(notice);
  }

  /* What was pressed may be gone with the part: whoever works with the keyboard goes on from the tabs. */
  function keepFocus(event) {
    if (event.target.id !== "table-tabs" || document.activeElement !== document.body) return;
    event.target.querySelector(".kb-tab[aria-current]")?.focus({ preventScroll: true });
  }

  document.addEventListener("htmx:afterSettle", keepFocus);
  document.addEventListener("htmx:beforeSwap", beforeSwap);
  document.addEventListener("htmx:sendError", () => complain("The server cannot be reached."));

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
